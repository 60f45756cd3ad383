import { afterAll, expect, test } from 'vitest';
import {
  allocateTensor,
  cast,
  compile,
  constant,
  createRuntime,
  hostArray,
  mul,
  parameter,
  toFileTensor,
  type SharedTensor,
} from '../index.ts';

const runtime = createRuntime({ workers: 2 });
afterAll(() => runtime.close());

const x = parameter('x', [3]);

/** 1, 2 and 3 as they are stored. */
function stored(dataType: 'float16' | 'int8' | 'uint8'): SharedTensor {
  const tensor = allocateTensor(dataType, [3]);
  (tensor.data as Uint8Array).set(toFileTensor(hostArray([3], [1, 2, 3]), dataType).data as Uint8Array);
  return tensor;
}

test('frozen weights lie in memory once, for all sessions of all workers, as few bits as they are stored in', async () => {
  const weights = { half: stored('float16'), bytes: stored('int8'), levels: stored('uint8') };
  const inputs = Object.entries(weights).map(([name, { dataType }]) => parameter(name, [3], dataType as 'int8'));
  const y = inputs.reduce((product, weight) => mul(product, cast(weight, 'float32')), x);
  const [half, bytes, levels] = inputs as [typeof x, typeof x, typeof x];
  const { model } = compile({ inputs: { half, bytes, levels, x }, outputs: { y } });
  const programs = await Promise.all([0, 0, 1, 1].map((worker) => runtime.load(model, { worker, bindings: weights })));
  const answers = async (): Promise<unknown[]> =>
    Promise.all(programs.map((program) => program.runAndRead({ x: Float32Array.of(1, 1, 1) }, (got) => got.y?.[2])));
  expect(await answers()).toEqual([27, 27, 27, 27]);
  (weights.bytes.data as Int8Array)[2] = -5;
  expect(await answers()).toEqual([-45, -45, -45, -45]);
  for (const program of programs) await program.close();
});

test('bfloat16 weights are constants of a model', async () => {
  const table = constant([1, 1.5, 2 ** 100], { dtype: 'bfloat16' });
  const { model } = compile({ inputs: { x }, outputs: { y: mul(x, cast(table, 'float32')) } });
  const program = await runtime.load(model);
  const { y } = await program.run({ x: Float32Array.of(1, 2, 2 ** -100) });
  expect([...(y ?? [])]).toEqual([1, 3, 1]);
  await program.close();
});
