import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { createRandom, predictMlp, sigmoid } from '../math/index.ts';
import type { Mlp } from '../math/index.ts';
import { mlpToOnnx } from './mlp-onnx.ts';
import { fitMlps, mlpOptionsSchema } from './mlp-oracle.ts';
import type { MlpProblem } from './mlp-oracle.ts';

interface Session {
  run(feeds: object): Promise<{ prediction: { data: Float32Array } }>;
}
interface OnnxRuntime {
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
  InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
}

/** ONNX Runtime itself, as the package compute has it. */
const fromCompute = createRequire(new URL('../../../compute/package.json', import.meta.url));
const { Tensor, InferenceSession } = fromCompute('onnxruntime-node') as OnnxRuntime;

const rows = 400;
const random = createRandom('network');
const features = Float32Array.from({ length: rows * 3 }, () => 4 * random.uniform() - 2);
/** 1 where the first two features have one sign: no line tells them apart; the third says nothing. */
const labels = Float64Array.from({ length: rows }, (_, row) =>
  (features[row * 3] ?? 0) * (features[row * 3 + 1] ?? 0) > 0 ? 1 : 0,
);
const evenly = new Float64Array(rows).fill(1);
const options = mlpOptionsSchema.parse({ passes: 60 });
const problemOf = (loss: MlpProblem['loss']): MlpProblem => ({ features, width: 3, labels, loss });
const rowOf = (row: number): Float32Array => features.subarray(row * 3, row * 3 + 3);

function accuracy(network: Mlp, threshold: number, from = labels): number {
  return labels.filter((_, row) => predictMlp(network, rowOf(row)) > threshold === (from[row] === 1)).length / rows;
}

test.each([
  { loss: 'logistic', threshold: 0 },
  { loss: 'squared', threshold: 0.5 },
] as const)(
  'what no line tells apart is learned, and ONNX Runtime says the same ($loss)',
  async ({ loss, threshold }) => {
    const [network] = await fitMlps(problemOf(loss), [evenly], options);
    if (network === undefined) throw new Error('cannot test the network, as there must be one: there is none');
    expect(accuracy(network, threshold)).toBeGreaterThan(0.95);
    const session = await InferenceSession.create(await mlpToOnnx(network, loss));
    const { prediction } = await session.run({ features: new Tensor('float32', features, [rows, 3]) });
    const own = Array.from({ length: rows }, (_, row) => predictMlp(network, rowOf(row)));
    const expected = loss === 'logistic' ? own.map(sigmoid) : own;
    expect(prediction.data).toHaveLength(rows);
    expect(Math.max(...expected.map((value, row) => Math.abs(value - (prediction.data[row] ?? NaN))))).toBeLessThan(
      1e-5,
    );
  },
);

test('rows without weight teach nothing; networks of one fit differ, and come again bit for bit', async () => {
  // The first half keeps its labels; the other half says the opposite, at no weight.
  const contrary = labels.map((label, row) => (row < rows / 2 ? label : 1 - label));
  const half = evenly.map((_, row) => (row < rows / 2 ? 1 : 0));
  const problem = { ...problemOf('logistic'), labels: contrary };
  const networks = await fitMlps(problem, [half, half], options);
  expect(await fitMlps(problem, [half, half], options)).toEqual(networks);
  const [first, second] = networks;
  expect(first).not.toEqual(second);
  for (const network of networks) expect(accuracy(network, 0)).toBeGreaterThan(0.9);
});
