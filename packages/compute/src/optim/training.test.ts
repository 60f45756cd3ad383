import { afterAll, expect, test } from 'vitest';
import {
  applyMlp,
  categorical,
  createRuntime,
  foldIn,
  hostArray,
  initMlp,
  key,
  loadTraining,
  mean,
  mul,
  neg,
  normals,
  parameter,
  square,
  sub,
  sum,
  uniforms,
  valuesOf,
  type MlpParameters,
  type Runtime,
  type Tensor,
} from '../index.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

const size = 200;

/** Pictures of 5 × 5 points: a bar that lies, stands, or leans, at a place and under noise that chance picks. */
function bars(seed: number): { pictures: Float32Array; kinds: BigInt64Array } {
  const noise = normals(foldIn(key(seed), 0), 25 * size);
  const places = uniforms(foldIn(key(seed), 1), size);
  const kindOf = (picture: number): number => picture % 3;
  const pictures = noise.map((value, index) => {
    const [picture, row, column] = [Math.floor(index / 25), Math.floor((index % 25) / 5), index % 5];
    const place = Math.floor(5 * (places[picture] ?? 0));
    const distances = [row - place, column - place, (row + column - place) % 5];
    return 0.3 * value + (distances[kindOf(picture)] === 0 ? 1 : 0);
  });
  return { pictures, kinds: BigInt64Array.from({ length: size }, (_, picture) => BigInt(kindOf(picture))) };
}

const inputs = () => ({ pictures: parameter('pictures', [size, 25]), kinds: parameter('kinds', [size], 'int64') });
type Batch = ReturnType<typeof inputs>;

const loss = (params: MlpParameters, { pictures, kinds }: Batch): Tensor =>
  neg(mean(categorical(applyMlp(params, pictures)).logProbability(kinds)));

const begin = (on: Runtime, learningRate: number) =>
  loadTraining(on, { values: initMlp(key(3), [25, 32, 3]), inputs: inputs(), loss, learningRate });

/** Share of pictures never seen before whose kind is told. */
async function accuracy(training: Awaited<ReturnType<typeof begin>>) {
  const pictures = parameter('pictures', [size, 25]);
  const program = await training.load({ pictures }, (params, given) => ({
    kind: categorical(applyMlp(params, given.pictures)).mode(),
  }));
  const unseen = bars(2);
  const { kind } = await program.run({ pictures: unseen.pictures });
  return unseen.kinds.filter((wanted, index) => wanted === kind?.[index]).length / size;
}

test('a network learns to tell bars apart, and another program sees what it has learned', async () => {
  const training = await begin(runtime, 0.01);
  const before = await accuracy(training);
  const losses: number[] = [];
  for (let step = 0; step < 100; step += 1) losses.push(await training.step(bars(1)));
  expect(losses[0]).toBeGreaterThan(1);
  expect(losses.at(-1)).toBeLessThan(0.05);
  expect(before).toBeLessThan(0.6);
  expect(await accuracy(training)).toBeGreaterThan(0.95);
});

test('the same seed and threads give the same bits, with one thread and with two, however these wait', async () => {
  const runs: { losses: number[]; weights: number[] }[] = [];
  for (const options of [{}, {}, { threads: 2 }, { threads: 2, idleSpinning: true }]) {
    const own = createRuntime(options);
    const training = await begin(own, 0.01);
    const losses: number[] = [];
    for (let step = 0; step < 30; step += 1) losses.push(await training.step(bars(step)));
    runs.push({ losses, weights: valuesOf(training.values()).flatMap(({ value }) => [...value.data]) });
    await own.close();
  }
  const [one, oneAgain, two, twoAgain] = runs;
  expect(oneAgain).toEqual(one);
  expect(twoAgain).toEqual(two);
  expect(two?.losses.at(-1)).toBeCloseTo(one?.losses.at(-1) ?? NaN, 4);
});

test('one step by hand; what is frozen stays, and what does not decay is moved by its gradient alone', async () => {
  // loss = Σ (w · u · x)²: with w = (1, 2), u = 3, x = (1, 1) the gradient by w is 18 w.
  const training = await loadTraining(runtime, {
    values: { w: hostArray([2], [1, 2]), v: hostArray([1], [1]), u: hostArray([1], [3]) },
    inputs: { x: parameter('x', [2]) },
    loss: ({ w, v, u }, { x }) => mul(sum(square(mul(mul(w, u), x))), sum(sub(v, sub(v, 1)))),
    rule: { kind: 'sgd', weightDecay: 0.5 },
    learningRate: 0.01,
    trains: (path) => path !== 'u',
    decays: (path) => path === 'v',
  });
  expect(await training.step({ x: Float32Array.of(1, 1) })).toBe(45);
  const { w, v, u } = training.values();
  expect([...w.data].map((value) => Number(value.toFixed(5)))).toEqual([0.82, 1.64]);
  expect(v.data[0]).toBeCloseTo(0.995, 6);
  expect([...u.data]).toEqual([3]);
  expect(Object.keys(training.program.outputs)).toEqual(['loss', 'gradients.w', 'gradients.v']);
});
