import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bits,
  cosineSchedule,
  countValues,
  decoderLoss,
  encodeSafetensors,
  foldIn,
  initDecoder,
  key,
  loadTraining,
  parameter,
  warmUp,
  type FileTensor,
  type KeyWords,
  type Runtime,
} from '@heed/compute';
import { runPeer } from '../../harness.ts';
import { weightTensors } from '../supervised.ts';

const guide = join(import.meta.dirname, '..', '..', '..', 'docs', 'guide');
const checkpoints = 10;
const [rows, places] = [16, 64];
const sizes = { width: 128, layers: 4, heads: 4, hiddenWidth: 344 };
const [beta2, weightDecay, maxGradientNorm] = [0.99, 0.1, 1];

/** Losses of one side: before every step, and of the text held back after each checkpoint. */
export interface Losses {
  readonly training: readonly number[];
  readonly testing: readonly number[];
}

export interface CharacterResult {
  readonly parameters: number;
  readonly ours: Losses;
  readonly theirs: Losses;
  /** PyTorch with another number of threads: the same sums in another order. */
  readonly theirsInOtherOrder: Losses;
  readonly stepsPerCheckpoint: number;
  readonly version: string;
}

/** Our own guide, as the numbers of its characters. */
function readText(): { readonly codes: readonly number[]; readonly vocabulary: number } {
  const files = readdirSync(guide)
    .filter((name) => name.endsWith('.md'))
    .toSorted();
  const characters = files.flatMap((name) => readFileSync(join(guide, name), 'utf8').split(''));
  const known = new Map([...new Set(characters)].toSorted().map((character, code) => [character, code]));
  return { codes: characters.map((character) => known.get(character) ?? 0), vocabulary: known.size };
}

/** Pieces of a text that begin where chance says: [steps ·] rows × (places + 1). */
function pieces(from: KeyWords, codes: readonly number[], shape: readonly number[]): FileTensor {
  const length = places + 1;
  const count = shape.reduce((product, size) => product * size, 1) / length;
  const starts = Array.from(bits(from, count), (word) => word % (codes.length - length));
  const data = BigInt64Array.from(
    starts.flatMap((start) => codes.slice(start, start + length)),
    BigInt,
  );
  return { dataType: 'int64', shape, data };
}

/** Trains a decoder by Heed and by PyTorch: the same first weights, batches, rates and clipping. */
export async function compareCharacters(
  runtime: Runtime,
  python: string,
  { steps, folder }: { readonly steps: number; readonly folder: string },
): Promise<CharacterResult> {
  const { codes, vocabulary } = readText();
  const config = { ...sizes, vocabulary };
  const cut = Math.floor(0.9 * codes.length);
  const tokens = pieces(foldIn(key(4), 0), codes.slice(0, cut), [steps, rows, places + 1]);
  const heldBack = pieces(foldIn(key(4), 1), codes.slice(cut), [rows, places + 1]);
  const values = initDecoder(foldIn(key(4), 2), config);
  const stepsPerCheckpoint = steps / checkpoints;
  const rate = warmUp(steps / 10, cosineSchedule({ from: 2e-3, to: 2e-4, steps: (9 * steps) / 10 }));
  const learningRates = Float64Array.from({ length: steps }, (_, index) => rate(index + 1));

  const file = join(folder, 'characters.safetensors');
  const weights = weightTensors(values, 'parameters');
  writeFileSync(file, encodeSafetensors({ ...weights, 'data.tokens': tokens, 'heldBack.tokens': heldBack }));
  const request = {
    file,
    config: { ...config, places },
    learningRates: [...learningRates],
    beta2,
    weightDecay,
    maxGradientNorm,
    stepsPerCheckpoint,
  };
  const training = await loadTraining(runtime, {
    values,
    inputs: { tokens: parameter('tokens', [rows, places + 1], 'int64') },
    loss: (params, given) => decoderLoss(params, config, given.tokens),
    rule: { kind: 'adam', beta2, weightDecay },
    maxGradientNorm,
    decays: (path) => !path.endsWith('scale'),
    name: 'characters',
  });
  const judge = await training.load({ tokens: parameter('tokens', [rows, places + 1], 'int64') }, (params, given) => ({
    loss: decoderLoss(params, config, given.tokens),
  }));
  const ours = { training: [] as number[], testing: [] as number[] };
  const perStep = rows * (places + 1);
  for (let step = 0; step < steps; step += 1) {
    training.program.configure({ learningRate: learningRates[step] ?? 0 });
    const batch = (tokens.data as BigInt64Array).subarray(step * perStep, (step + 1) * perStep);
    ours.training.push(await training.step({ tokens: batch }));
    if ((step + 1) % stepsPerCheckpoint !== 0) continue;
    const { loss } = await judge.run({ tokens: heldBack.data as BigInt64Array });
    ours.testing.push(Number(loss?.[0]));
  }
  await judge.close();
  await training.close();
  const requestFile = join(folder, 'characters.json');
  const askTorch = (threads: number): Losses & { readonly version: string } => {
    writeFileSync(requestFile, JSON.stringify({ ...request, threads }));
    return runPeer(python, 'torch_characters.py', [requestFile]) as unknown as Losses & { readonly version: string };
  };
  const theirs = askTorch(runtime.threads);
  const theirsInOtherOrder = askTorch(runtime.threads === 1 ? 2 : 1);
  const parameters = countValues(values);
  return { parameters, ours, theirs, theirsInOtherOrder, stepsPerCheckpoint, version: theirs.version };
}
