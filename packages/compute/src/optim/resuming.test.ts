import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  applyDropout,
  applyMlp,
  createProductTuner,
  createRuntime,
  foldIn,
  initMlp,
  key,
  loadCheckpoint,
  loadTraining,
  mean,
  normals,
  parameter,
  saveCheckpoint,
  square,
  sub,
  valuesOf,
  type KeyWords,
  type MlpParameters,
  type OptimizerRule,
  type Tensor,
} from '../index.ts';

const runtime = createRuntime();
const folder = mkdtempSync(join(tmpdir(), 'heed-resuming-'));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await runtime.close();
});

const batch = 16;

/** A network with dropout: what a step does depends on its batch, its key, and all steps before. */
const begin = (rule: OptimizerRule, seed = 3) =>
  loadTraining(runtime, {
    values: initMlp(key(seed), [3, 8, 1]),
    inputs: {
      x: parameter('x', [batch, 3]),
      y: parameter('y', [batch, 1]),
      key: parameter('key', [2], 'uint32'),
    },
    loss: (params, { x, y, key: word }) => mean(square(sub(applyMlp(params, applyDropout(x, 0.25, word)), y))),
    rule,
    learningRate: 0.01,
    maxGradientNorm: 1,
  });

function batchAt(step: number, from: KeyWords) {
  const own = foldIn(from, step);
  return {
    x: normals(foldIn(own, 0), 3 * batch),
    y: normals(foldIn(own, 1), batch),
    key: Uint32Array.from(foldIn(own, 2)),
  };
}

test.each<OptimizerRule>([
  { kind: 'adam', weightDecay: 0.01 },
  { kind: 'sgd', momentum: 0.9 },
  { kind: 'rmsprop' },
  { kind: 'adagrad' },
])('$kind: training that goes on from a checkpoint takes the very steps that it would have taken', async (rule) => {
  const own = join(folder, rule.kind);
  const whole = await begin(rule);
  const losses: number[] = [];
  for (let step = 0; step < 12; step += 1) {
    losses.push(await whole.step(batchAt(step, key(9))));
    if (step === 4) await saveCheckpoint(own, { ...whole.capture(), state: { key: key(9) } });
  }
  const again = await begin(rule, 4);
  const loaded = await loadCheckpoint<{ key: KeyWords }>(own);
  expect(loaded?.step).toBe(5);
  again.restore(loaded ?? { step: 0, tensors: {} });
  const rest: number[] = [];
  for (let step = loaded?.step ?? 0; step < 12; step += 1)
    rest.push(await again.step(batchAt(step, loaded?.state.key ?? [0, 0])));
  expect(rest).toEqual(losses.slice(5));
  expect(again.capture()).toEqual(whole.capture());
  expect(valuesOf(again.values())).toEqual(valuesOf(whole.values()));
});

test('what was captured stays as it was, and what does not fit is refused before anything is changed', async () => {
  const training = await begin({ kind: 'adam' });
  const before = training.capture();
  const first = before.tensors['parameters.layers.0.weight']?.data.slice();
  await training.step(batchAt(0, key(1)));
  expect(before.tensors['parameters.layers.0.weight']?.data).toEqual(first);
  expect(Object.keys(before.tensors)).toContain('state.second.layers.1.bias');
  const { 'state.second.layers.1.bias': _, ...lacking } = before.tensors;
  const after = training.capture();
  expect(() => training.restore({ step: 0, tensors: lacking })).toThrow(
    'cannot restore training, as state.second.layers.1.bias must be float32 [1]: it is missing',
  );
  const other = { dataType: 'float32', shape: [2], data: new Float32Array(2) } as const;
  expect(() =>
    training.restore({ step: 0, tensors: { ...before.tensors, 'parameters.layers.1.bias': other } }),
  ).toThrow('parameters.layers.1.bias must be float32 [1]: it is float32 [2]');
  expect(training.capture()).toEqual(after);
});

test('products take the forms that a tuner has found', async () => {
  const tuner = createProductTuner(runtime, {
    clock: () => 0,
    known: new Map([['[16, 3]·[16, 8]:TN', 'transposeMatmul' as const]]),
  });
  const given = {
    values: initMlp(key(3), [3, 8, 1]),
    inputs: { x: parameter('x', [batch, 3]), y: parameter('y', [batch, 1]) },
    loss: (params: MlpParameters, { x, y }: Record<'x' | 'y', Tensor>) => mean(square(sub(applyMlp(params, x), y))),
  };
  const usual = await loadTraining(runtime, given);
  const tuned = await loadTraining(runtime, { ...given, tuner });
  const turned = (model: typeof usual.model): number =>
    model.graph.nodes.filter(({ opType }) => opType === 'Transpose').length;
  expect(turned(tuned.model)).toBe(turned(usual.model) + 1);
  const { key: _, ...data } = batchAt(0, key(1));
  expect(await tuned.step(data)).toBeCloseTo(await usual.step(data), 6);
  expect([...tuner.forms().keys()]).toContain('[16, 3]·[16, 8]:TN');
});
