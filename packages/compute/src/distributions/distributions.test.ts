import { expect, test } from 'vitest';
import { neg, square, sub } from '../graph/build/elementwise.ts';
import { mean } from '../graph/build/reductions.ts';
import { broadcastTo } from '../graph/build/shaping.ts';
import { constant, parameter } from '../graph/build/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { runOnnx } from '../graph/testing.ts';
import { gradients } from '../grad/reverse.ts';
import { expectSound, gapBetween, numbersOf } from '../nn/testing.ts';
import { key } from '../random/host.ts';
import { keyTensor } from '../random/keys.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { bernoulli } from './bernoulli.ts';
import { betaDistribution } from './beta.ts';
import { categorical } from './categorical.ts';
import type { ClosedDistribution } from './distribution.ts';
import { diagonalGaussian, tanhGaussian } from './gaussian.ts';
import { digamma, logGamma } from './special.ts';

const draws = 4000;
const many = (values: readonly number[]): Tensor => broadcastTo(constant([values]), [draws, values.length]);
const int64 = (values: readonly number[]): Tensor => constant(values, { dtype: 'int64' });

/** The numbers of large expressions, by ONNX Runtime: the reference would take a minute. */
const drawn = async (tensors: readonly Tensor[]): Promise<number[][]> =>
  (await runOnnx(tensors, new Map())).map(({ data }) => [...data]);

// Constants of the formulas are float32, so that even the reference is not better than 5e-8.
test('ln Γ: Γ(1/2) = √π, Γ(5) = 24, ln Γ(100); ψ(1) = −γ, ψ(1/2) = −γ − 2 ln 2', () => {
  const euler = 0.577_215_664_901_532_9;
  const logs = [Math.log(Math.PI) / 2, Math.log(24), 359.134_205_369_575_4];
  expect(gapBetween(numbersOf(logGamma(constant([0.5, 5, 100]))), logs)).toBeLessThan(5e-8);
  const slopes = [-euler, -euler - 2 * Math.LN2, Math.log(1000) - 1 / 2000 - 1 / 12e6];
  expect(gapBetween(numbersOf(digamma(constant([1, 0.5, 1000]))), slopes)).toBeLessThan(5e-8);
});

test('the gradient of ln Γ is ψ, on both sides of 8', () => {
  const x = constant([0.3, 2.5, 7.9, 8.1, 40]);
  const [slope] = gradients(mean(logGamma(x)), [x]);
  const scaled = numbersOf(slope as Tensor).map((value) => value * 5);
  expect(gapBetween(scaled, numbersOf(digamma(x)))).toBeLessThan(5e-8);
});

test('categorical by hand: probabilities 1/8, 2/8, 5/8', () => {
  const p = categorical(constant([[0, Math.log(2), Math.log(5)]]));
  const q = categorical(constant([[1, 1, 1]]));
  const logs = [1, 2, 5].map((share) => Math.log(share / 8));
  const entropy = -(logs[0] ?? 0) / 8 - (logs[1] ?? 0) / 4 - ((logs[2] ?? 0) * 5) / 8;
  expect(gapBetween(numbersOf(p.logProbability(int64([2]))), [logs[2] ?? 0])).toBeLessThan(1e-7);
  expect(gapBetween(numbersOf(p.entropy()), [entropy])).toBeLessThan(1e-7);
  expect(gapBetween(numbersOf(p.divergence(q)), [Math.log(3) - entropy])).toBeLessThan(1e-7);
  expect(numbersOf(p.mode())).toEqual([2]);
});

test('Bernoulli by hand: probability 1/4', () => {
  const p = bernoulli(constant([-Math.log(3), -Math.log(3)]));
  expect(gapBetween(numbersOf(p.logProbability(constant([1, 0]))), [Math.log(0.25), Math.log(0.75)])).toBeLessThan(
    1e-7,
  );
  const entropy = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75);
  expect(numbersOf(p.entropy())[0]).toBeCloseTo(entropy, 6);
  // To a fair coin: ln 2 − entropy.
  expect(numbersOf(p.divergence(bernoulli(constant([0, 0]))))[0]).toBeCloseTo(Math.LN2 - entropy, 6);
});

test('a diagonal Gaussian by hand: means 1 and −1, deviations 1 and 2', () => {
  const p = diagonalGaussian(constant([[1, -1]]), constant([0, Math.LN2]));
  const q = diagonalGaussian(constant([[0, 0]]), constant([0]));
  const constants = Math.log(2 * Math.PI) + Math.LN2;
  // At (2, 1) both features are one deviation away.
  expect(numbersOf(p.logProbability(constant([[2, 1]])))[0]).toBeCloseTo(-1 - constants, 6);
  expect(numbersOf(p.entropy())[0]).toBeCloseTo(1 + constants, 6);
  // (1 + 1 − 1)/2 + (4 + 1 − 1)/2 − ln 2
  expect(numbersOf(p.divergence(q))[0]).toBeCloseTo(2.5 - Math.LN2, 6);
  // Both features of q share a deviation; (1/1 + 1 − 1)/2 + ln 1 and (1/4 + 1/4 − 1)/2 + ln 2
  expect(numbersOf(q.divergence(p))[0]).toBeCloseTo(0.5 - 0.25 + Math.LN2, 6);
  expect(numbersOf(q.entropy())[0]).toBeCloseTo(Math.log(2 * Math.PI * Math.E), 6);
});

test('gradients of a Gaussian sample: 1 to the mean, the noise times the deviation to its logarithm', () => {
  const centre = constant([[0.5, -2]]);
  const logDeviation = constant([[0.3, -0.2]]);
  const sample = diagonalGaussian(centre, logDeviation).sample(keyTensor(key(5)));
  const [toMean, toDeviation] = gradients(mean(sample), [centre, logDeviation]) as [Tensor, Tensor];
  expect(numbersOf(toMean)).toEqual([0.5, 0.5]);
  const offsets = numbersOf(sub(sample, centre)).map((offset) => offset / 2);
  expect(gapBetween(numbersOf(toDeviation), offsets)).toBeLessThan(1e-9);
});

test('a squashed Gaussian: its density is 1 in all, and that of a draw is that of its value', () => {
  const p = tanhGaussian(constant([0.4]), constant([-0.3]));
  const cells = 4000;
  const middles = Array.from({ length: cells }, (_, cell) => [-1 + (2 * cell + 1) / cells]);
  const total = numbersOf(p.logProbability(constant(middles))).reduce((sum, log) => sum + Math.exp(log), 0);
  expect((total * 2) / cells).toBeCloseTo(1, 4);
  const wide = tanhGaussian(broadcastTo(constant([[0.4, -1]]), [200, 2]), constant([-0.3, 0.2]));
  const draw = wide.sampleWithLogProbability(keyTensor(key(3)));
  expect(numbersOf(draw.sample)).toHaveLength(400);
  expect(gapBetween(numbersOf(wide.logProbability(draw.sample)), numbersOf(draw.logProbability))).toBeLessThan(1e-6);
});

test('an estimate of the entropy of a squashed Gaussian is right on average; its divergence is that before', async () => {
  const [p, q] = [tanhGaussian(many([0.4]), constant([-0.3])), tanhGaussian(many([0]), constant([0.1]))];
  const { sample, logProbability } = p.sampleWithLogProbability(keyTensor(key(8)));
  const ratios = sub(logProbability, q.logProbability(sample));
  const [logRatios, divergence, estimates] = await drawn([
    ratios,
    p.divergence(q),
    p.estimateEntropy(keyTensor(key(9))),
  ]);
  expect(standardErrors(logRatios, divergence?.[0])).toBeLessThan(4.5);
  // By integration over 4,000 cells.
  const middles = Array.from({ length: 4000 }, (_, cell) => [-1 + (2 * cell + 1) / 4000]);
  const logs = numbersOf(tanhGaussian(constant([0.4]), constant([-0.3])).logProbability(constant(middles)));
  const entropy = logs.reduce((total, log) => total - (log * Math.exp(log)) / 2000, 0);
  expect(standardErrors(estimates, entropy)).toBeLessThan(4.5);
});

test('Beta(2, 3) by hand: B = 1/12, density 1.5 at 1/2', () => {
  const p = betaDistribution(constant([2]), constant([3]));
  const uniform = betaDistribution(constant([1]), constant([1]));
  expect(numbersOf(p.logProbability(constant([0.5])))[0]).toBeCloseTo(Math.log(1.5), 6);
  expect(numbersOf(p.mean())).toEqual([0.4]);
  // ψ(2) = 1 − γ, ψ(3) = 3/2 − γ, ψ(5) = 25/12 − γ: the γ cancel.
  const entropy = -Math.log(12) - 1 - 2 * 1.5 + (3 * 25) / 12;
  expect(numbersOf(p.entropy())[0]).toBeCloseTo(entropy, 6);
  expect(numbersOf(p.divergence(uniform))[0]).toBeCloseTo(-entropy, 6);
});

const e = Math.exp;

/** A distribution `draws` times over, another one, and the mean of its samples. */
const cases: [string, ClosedDistribution<never>, ClosedDistribution<never>, number][] = [
  [
    'categorical',
    categorical(many([0, 0.7, 1.6])),
    categorical(many([1, 0, 0.5])),
    (e(0.7) + 2 * e(1.6)) / (1 + e(0.7) + e(1.6)),
  ],
  ['Bernoulli', bernoulli(many([-1.1])), bernoulli(many([0.4])), 1 / (1 + e(1.1))],
  ['Gaussian', diagonalGaussian(many([1.5]), constant([0.5])), diagonalGaussian(many([1]), constant([0.2])), 1.5],
  ['Beta(2, 3)', betaDistribution(many([2]), many([3])), betaDistribution(many([1.2]), many([0.8])), 0.4],
  ['Beta(1/2, 1/2)', betaDistribution(many([0.5]), many([0.5])), betaDistribution(many([1]), many([2])), 0.5],
  ['Beta(0.3, 20)', betaDistribution(many([0.3]), many([20])), betaDistribution(many([1]), many([9])), 0.3 / 20.3],
];

/** How many standard errors the mean is from what is expected. */
function standardErrors(terms: readonly number[] = [], expected = NaN): number {
  const average = terms.reduce((a, b) => a + b, 0) / terms.length;
  const variance = terms.reduce((a, b) => a + (b - average) ** 2, 0) / terms.length;
  return Math.abs(average - expected) / Math.sqrt(variance / terms.length);
}

test.each(cases)(
  '%s: samples have the mean, the entropy and the divergence of the formulas',
  async (_name, p, q, centre) => {
    const sample = p.sample(keyTensor(key(11)));
    const logs = p.logProbability(sample);
    const ratios = sub(logs, q.logProbability(sample));
    const closed = [p.entropy(), p.divergence(q as never)];
    const [values, negative, logRatios, entropy, divergence] = await drawn([sample, neg(logs), ratios, ...closed]);
    // By chance, one of so many comparisons is beyond 4.5 standard errors less than once in 5,000 such tables.
    expect(standardErrors(negative, entropy?.[0])).toBeLessThan(4.5);
    expect(standardErrors(logRatios, divergence?.[0])).toBeLessThan(4.5);
    expect(standardErrors(values, centre)).toBeLessThan(4.5);
  },
);

test('choices come as often as their probabilities say; an excluded one never', async () => {
  const counts = [0, 0, 0, 0];
  const sample = categorical(many([0, Math.log(2), Math.log(5), -1e30])).sample(keyTensor(key(2)));
  for (const choice of (await drawn([sample]))[0] ?? []) counts[choice] = (counts[choice] ?? 0) + 1;
  const shares = [1 / 8, 2 / 8, 5 / 8];
  const errors = shares.map(
    (share, choice) => Math.abs((counts[choice] ?? 0) / draws - share) / Math.sqrt((share * (1 - share)) / draws),
  );
  expect(Math.max(...errors)).toBeLessThan(4.5);
  expect(counts[3]).toBe(0);
});

test('samples are the same in ONNX Runtime as in the reference, and others by another key', async () => {
  const word = parameter('key', [2], 'uint32');
  const shape = [40, 1];
  const all = [
    categorical(broadcastTo(constant([[0, 1, 2]]), [40, 3])).sample(word),
    bernoulli(broadcastTo(constant([[0.2]]), shape)).sample(word),
    diagonalGaussian(broadcastTo(constant([[0.2]]), shape), constant([0.1])).sample(word),
    betaDistribution(broadcastTo(constant([[0.7]]), shape), broadcastTo(constant([[3]]), shape)).sample(word),
  ];
  const run = async (seed: number) => runOnnx(all, new Map([[word, hostArray([2], key(seed), 'uint32')]]));
  const native = await run(1);
  const reference = evaluate(all, new Map([[word, hostArray([2], key(1), 'uint32')]]));
  for (const [index, { data }] of native.entries())
    expect(gapBetween([...data], [...(reference[index]?.data ?? [])])).toBeLessThan(1e-4);
  const other = await run(2);
  for (const [index, { data }] of other.entries()) expect(data).not.toEqual(native[index]?.data);
});

const positive = hostArray([3], [0.7, 2, 9]);
const other = hostArray([3], [1.5, 0.4, 4]);
test.each([
  [
    'categorical',
    async () =>
      expectSound({ a: hostArray([1, 3], [0.1, 1, -1]), b: hostArray([1, 3], [1, 0, 0.5]) }, ({ a, b }) => {
        const p = categorical(a);
        return [p.entropy(), p.divergence(categorical(b)), p.logProbability(int64([1]))];
      }),
  ],
  [
    'Bernoulli',
    async () =>
      expectSound({ a: hostArray([2], [0.3, -2]), b: hostArray([2], [1, 0.5]) }, ({ a, b }) => {
        const p = bernoulli(a);
        return [p.entropy(), p.divergence(bernoulli(b)), p.logProbability(constant([1, 0]))];
      }),
  ],
  [
    'Gaussians',
    async () =>
      expectSound({ a: hostArray([1, 2], [0.3, -0.4]), s: hostArray([2], [0.2, -0.5]) }, ({ a, s }) => {
        const p = diagonalGaussian(a, s);
        const squashed = tanhGaussian(a, s).sampleWithLogProbability(keyTensor(key(4)));
        return [
          p.entropy(),
          p.divergence(diagonalGaussian(s, a)),
          square(p.sample(keyTensor(key(3)))),
          squashed.sample,
          squashed.logProbability,
          tanhGaussian(a, s).logProbability(constant([[0.2, -0.7]])),
        ];
      }),
  ],
  [
    'Beta',
    async () =>
      expectSound({ a: positive, b: other }, ({ a, b }) => {
        const p = betaDistribution(a, b);
        return [p.entropy(), p.divergence(betaDistribution(b, a)), p.logProbability(constant([0.2, 0.5, 0.9]))];
      }),
  ],
])('%s: ONNX Runtime agrees, and gradients equal central differences', async (_name, check) => {
  expect(await check()).toBeGreaterThan(2);
});
