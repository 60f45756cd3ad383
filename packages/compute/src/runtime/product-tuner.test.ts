import { afterAll, expect, test } from 'vitest';
import { createProductTuner, createRuntime, matmul, parameter } from '../index.ts';
import type { ProductForm } from '../index.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

/** A weight gradient, xᵀ·g, and a batched product with the right side turned. */
function request() {
  const [x, g, queries, keys] = [
    parameter('x', [6, 3]),
    parameter('g', [6, 2]),
    parameter('queries', [2, 4, 3]),
    parameter('keys', [2, 5, 3]),
  ];
  return {
    inputs: { x, g, queries, keys },
    outputs: {
      gradient: matmul(x, g, { transposeA: true }),
      scores: matmul(queries, keys, { transposeB: true, alpha: 0.5 }),
    },
  };
}

/** A clock by which each form takes as long as it is said to, in the order in which forms are tried. */
function clockOf(durations: readonly number[]): () => number {
  let calls = 0;
  let now = 0;
  return () => {
    calls += 1;
    if (calls % 2 === 0) now += durations[(calls / 2 - 1) % durations.length] ?? 0;
    return now;
  };
}

const gradient = '[6, 3]·[6, 2]:TN';
const scores = '[2, 4, 3]·[2, 5, 3]:NT';

test('each product takes the form that was quickest, and is measured once', async () => {
  // Of the gradient: gemm, fusedMatmul, transposeMatmul.
  const { outputs, inputs } = request();
  const only = { inputs: { x: inputs.x, g: inputs.g }, outputs: { gradient: outputs.gradient } };
  let calls = 0;
  const count = (clock: () => number) => () => {
    calls += 1;
    return clock();
  };
  const tuner = createProductTuner(runtime, { clock: count(clockOf([3, 2, 1])) });
  const { model } = await tuner.compile(only);
  expect([...tuner.forms()]).toEqual([[gradient, 'transposeMatmul']]);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(['Transpose', 'MatMul']);
  const measured = calls;
  await tuner.compile(only);
  expect(calls).toBe(measured);
});

test('the default form stays where another gains too little', async () => {
  const { outputs, inputs } = request();
  const tuner = createProductTuner(runtime, { clock: clockOf([1, 0.98, 0.99]) });
  await tuner.compile({ inputs: { x: inputs.x, g: inputs.g }, outputs: { gradient: outputs.gradient } });
  expect([...tuner.forms()]).toEqual([[gradient, 'gemm']]);
});

test('every choice of forms computes the same products', async () => {
  const x = Float32Array.from({ length: 18 }, (_, index) => Math.sin(index));
  const g = Float32Array.from({ length: 12 }, (_, index) => Math.cos(index));
  const queries = Float32Array.from({ length: 24 }, (_, index) => index / 7);
  const keys = Float32Array.from({ length: 30 }, (_, index) => 1 - index / 9);
  const answers: { gradient: number[]; scores: number[] }[] = [];
  for (const form of ['gemm', 'fusedMatmul', 'transposeMatmul'] as const satisfies ProductForm[]) {
    const known = new Map<string, ProductForm>([
      [gradient, form],
      [scores, form],
    ]);
    const { model } = await createProductTuner(runtime, { clock: () => 0, known }).compile(request());
    const program = await runtime.load(model);
    const found = await program.run({ x, g, queries, keys });
    answers.push({
      gradient: [...(found['gradient'] ?? [])] as number[],
      scores: [...(found['scores'] ?? [])] as number[],
    });
    await program.close();
  }
  const [first] = answers;
  // x is [6, 3], g is [6, 2]: the first number is Σ x[row, 0] · g[row, 0].
  const byHand = [0, 1, 2, 3, 4, 5].reduce((sum, row) => sum + Math.sin(3 * row) * Math.cos(2 * row), 0);
  expect(first?.gradient[0]).toBeCloseTo(byHand, 5);
  for (const answer of answers)
    for (const name of ['gradient', 'scores'] as const)
      answer[name].forEach((value, index) => expect(value).toBeCloseTo(first?.[name][index] ?? NaN, 4));
});

test('rounds must be a whole number from 1', () => {
  expect(() => createProductTuner(runtime, { clock: () => 0, rounds: 0 })).toThrow(RangeError);
});
