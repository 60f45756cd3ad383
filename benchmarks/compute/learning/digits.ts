import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  applyConvolution,
  applyLinear,
  bits,
  categorical,
  cosineSchedule,
  flatten,
  foldIn,
  initConvolution,
  initLinear,
  key,
  loadTraining,
  maxPool,
  mean,
  neg,
  parameter,
  relu,
  reshape,
  type KeyWords,
  type ReplaceArrays,
  type Runtime,
  type Tensor,
} from '@heed/compute';
import { runPeer } from '../../harness.ts';

/** Pictures of 8 × 8 points from 0 to 16, and what they show. */
export interface Digits {
  readonly pictures: readonly (readonly number[])[];
  readonly digits: readonly number[];
}

const file = join(import.meta.dirname, '..', '..', '..', '.cache', 'digits.json');
const side = 8;
const batch = 64;

/** The 1,797 digits that scikit-learn brings, kept in the folder of caches. */
export function readDigits(python: string): Digits {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    runPeer(python, 'digits.py', [file]);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Digits;
}

/** The numbers below `count` in an order that the key picks. */
function shuffled(from: KeyWords, count: number): number[] {
  const words = bits(from, count);
  return Array.from({ length: count }, (_, index) => index).toSorted((a, b) => (words[a] ?? 0) - (words[b] ?? 0));
}

/** A picture moved by a point at most in each direction, between 0 and 1. */
function moved(picture: readonly number[], right: number, down: number): number[] {
  return Array.from({ length: side * side }, (_, place) => {
    const [row, column] = [Math.floor(place / side) - down, (place % side) - right];
    const inside = row >= 0 && row < side && column >= 0 && column < side;
    return inside ? (picture[row * side + column] ?? 0) / 16 : 0;
  });
}

/** Two convolutions, the largest of each 2 × 2 points, and a linear map. */
const initNetwork = (from: KeyWords) => ({
  first: initConvolution(foldIn(from, 0), 1, 16, [3, 3]),
  second: initConvolution(foldIn(from, 1), 16, 32, [3, 3]),
  head: initLinear(foldIn(from, 2), (32 * side * side) / 4, 10),
});

type Network = ReplaceArrays<ReturnType<typeof initNetwork>, Tensor>;

/** [pictures, side²] → the logits of ten digits. */
function applyNetwork({ first, second, head }: Network, pictures: Tensor): Tensor {
  const points = reshape(pictures, [-1, 1, side, side]);
  const inner = relu(applyConvolution(first, points, { padding: 'same' }));
  const outer = maxPool(relu(applyConvolution(second, inner, { padding: 'same' })), { size: 2 });
  return applyLinear(head, flatten(outer, 1));
}

/**
 * Learns from four fifths of the digits, chosen by the seed, and is asked for the last fifth.
 *
 * @returns the share of digits that it tells.
 */
export async function learnDigits(runtime: Runtime, { pictures, digits }: Digits, seed: number, epochs: number) {
  const order = shuffled(foldIn(key(seed), 0), digits.length);
  const held = Math.floor(digits.length / 5);
  const [unseen, seen] = [order.slice(0, held), order.slice(held)];
  const steps = epochs * Math.floor(seen.length / batch);
  const training = await loadTraining(runtime, {
    values: initNetwork(foldIn(key(seed), 1)),
    inputs: { pictures: parameter('pictures', [batch, side * side]), digits: parameter('digits', [batch], 'int64') },
    loss: (params, given) => neg(mean(categorical(applyNetwork(params, given.pictures)).logProbability(given.digits))),
    rule: { kind: 'adam', weightDecay: 0.05 },
    name: 'digits',
  });
  const rate = cosineSchedule({ from: 2e-3, to: 2e-5, steps });
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const turn = foldIn(foldIn(key(seed), 2), epoch);
    const shifts = bits(foldIn(turn, 1), 2 * seen.length).map((word) => word % 3);
    const places = shuffled(foldIn(turn, 0), seen.length).map((place) => seen[place] ?? 0);
    for (let from = 0; from + batch <= places.length; from += batch) {
      step += 1;
      const chosen = places.slice(from, from + batch);
      training.program.configure({ learningRate: rate(step) });
      await training.step({
        pictures: Float32Array.from(
          chosen.flatMap((index, place) => {
            const [right = 1, down = 1] = shifts.subarray(2 * (from + place));
            return moved(pictures[index] ?? [], right - 1, down - 1);
          }),
        ),
        digits: BigInt64Array.from(chosen, (index) => BigInt(digits[index] ?? 0)),
      });
    }
  }
  const scorer = await training.load({ pictures: parameter('pictures', [held, side * side]) }, (params, given) => ({
    digit: categorical(applyNetwork(params, given.pictures)).mode(),
  }));
  const asked = Float32Array.from(unseen.flatMap((index) => moved(pictures[index] ?? [], 0, 0)));
  const { digit } = await scorer.run({ pictures: asked });
  const right = unseen.filter((index, place) => BigInt(digits[index] ?? -1) === digit?.[place]).length;
  await scorer.close();
  await training.close();
  return right / held;
}
