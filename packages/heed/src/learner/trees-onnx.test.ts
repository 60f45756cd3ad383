import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { createRandom, fitBoostedTrees, predictTrees, sigmoid } from '../math/index.ts';
import { treesToOnnx } from './trees-onnx.ts';

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

test.each(['squared', 'logistic'] as const)(
  'ONNX Runtime says what the trees say, missing values too (%s)',
  async (loss) => {
    const random = createRandom(`onnx ${loss}`);
    const [rows, width] = [800, 5];
    const features = Float32Array.from({ length: rows * width }, () =>
      random.uniform() < 0.1 ? NaN : random.uniform(),
    );
    const labels = Float64Array.from({ length: rows }, (_, row) =>
      (features[row * width] || 0) > 0.5 === random.uniform() < 0.9 ? 1 : 0,
    );
    const { trees } = fitBoostedTrees(features, width, labels, { loss, maxTrees: 30 });
    const session = await InferenceSession.create(treesToOnnx(trees, width, loss));
    const { prediction } = await session.run({ features: new Tensor('float32', features, [rows, width]) });
    expect(prediction.data).toHaveLength(rows);
    prediction.data.forEach((actual, row) => {
      const sum = predictTrees(trees, features.subarray(row * width, (row + 1) * width));
      expect(Math.abs(actual - (loss === 'logistic' ? sigmoid(sum) : sum))).toBeLessThan(1e-5);
    });
  },
);

test('a value on a threshold goes the same way', async () => {
  const { trees } = fitBoostedTrees(Float64Array.of(0.1, 0.2, 0.3, 0.4), 1, Float64Array.of(0, 0, 1, 1), {
    minLeafRows: 1,
    maxTrees: 3,
  });
  const [threshold = NaN] = trees.thresholds;
  const session = await InferenceSession.create(treesToOnnx(trees, 1, 'squared'));
  const { prediction } = await session.run({ features: new Tensor('float32', Float32Array.of(threshold), [1, 1]) });
  expect(prediction.data[0]).toBeCloseTo(predictTrees(trees, [threshold]), 6);
});

test('no tree is no ensemble', () => {
  const { trees } = fitBoostedTrees(Float64Array.of(1, 2), 1, Float64Array.of(1, 1));
  expect(() => treesToOnnx(trees, 1, 'squared')).toThrow(/there must be a tree/);
});
