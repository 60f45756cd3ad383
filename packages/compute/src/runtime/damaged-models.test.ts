import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { compile, encodeModel, initMlp, applyMlp, key, parameter, parametersFor, softmax } from '../index.ts';
import { branchingModel, linearModel } from '../onnx/testing-models.ts';
import type { OnnxModel } from '../onnx/types.ts';
import { ComputeRuntimeError } from './errors.ts';
import { createRuntime } from './runtime.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

// As many as are quick by default; HEED_FUZZ_RUNS=10000 runs as many as wanted.
const numRuns = Math.ceil(Number(process.env['HEED_FUZZ_RUNS'] ?? 5000) / 25);

const parameters = parametersFor(initMlp(key(1), [3, 4, 2]));
const x = parameter('x', [2, 3]);
const compiled = compile({ inputs: { parameters, x }, outputs: { y: softmax(applyMlp(parameters, x)) } }).model;
const real = [linearModel, branchingModel, compiled].map((model) => encodeModel(model));

/** How a model was taken: anything but an error that says what is wrong is thrown on. */
async function outcome(model: Uint8Array | OnnxModel): Promise<'loaded' | 'refused'> {
  try {
    await (await runtime.load(model, { dimensions: { B: 2 } })).close();
    return 'loaded';
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return 'refused';
    if (error instanceof ComputeRuntimeError && error.code === 'onnx_runtime') return 'refused';
    throw error;
  }
}

test('damaged and truncated models are loaded or refused, and the worker lives on', async () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...real), damage, fc.nat(), async (model, changes, cut) => {
      const bytes = model.slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const given = cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
      expect(['loaded', 'refused']).toContain(await outcome(given));
    }),
    { numRuns },
  );
  expect(await outcome(linearModel)).toBe('loaded');
});

test('weights that claim to be huge, or to lie elsewhere on the disk, are refused and take no memory', async () => {
  const before = process.memoryUsage().rss;
  const [w, b] = linearModel.graph.initializers;
  const elsewhere = ['/etc/hostname', '../hostname', 'hostname'].map((location) => ({
    dims: [2, 3],
    data: { location, offset: 0, lengthBytes: 24 },
  }));
  for (const changes of [{ dims: [2 ** 20, 2 ** 12] }, { dims: [2, 2 ** 40] }, { dims: [2, -1] }, ...elsewhere]) {
    const initializers = [{ ...w, ...changes }, b] as OnnxModel['graph']['initializers'];
    const graph = { ...linearModel.graph, valueInfo: [], initializers };
    expect(await outcome({ ...linearModel, graph })).toBe('refused');
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
});
