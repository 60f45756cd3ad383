import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import {
  applyMlp,
  compile,
  createParameterStore,
  createRuntime,
  encodeModel,
  initMlp,
  key,
  loadTraining,
  mean,
  normals,
  parameter,
  parametersFor,
  square,
  sub,
} from '../index.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

const values = initMlp(key(1), [2, 16, 1]);
const policyOf = (state: ReturnType<typeof parameter>) => {
  const parameters = parametersFor(values);
  return compile({ inputs: { parameters, state }, outputs: { action: applyMlp(parameters, state) } }).model;
};

test('an actor in another thread acts by whole versions of a network in training, and says by which', async () => {
  const training = await loadTraining(runtime, {
    values,
    inputs: { x: parameter('x', [8, 2]), y: parameter('y', [8, 1]) },
    loss: (params, { x, y }) => mean(square(sub(applyMlp(params, x), y))),
    learningRate: 0.05,
  });
  const store = createParameterStore(training.weights, { tensors: training.weights });
  const model = policyOf(parameter('state', [1, 2]));
  const own = await runtime.load(model, {
    bindings: Object.fromEntries(Object.entries(training.weights).map(([name, w]) => [`parameters.${name}`, w])),
  });
  const last = 40;
  const actor = new Worker(new URL('./testing-actor.ts', import.meta.url), {
    workerData: { handle: store.handle, model: encodeModel(model), last },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  await once(actor, 'message');
  const reported = once(actor, 'message') as Promise<[{ version: number; action: number }[]]>;
  const state = Float32Array.of(0.5, -1);
  const actions = new Map<number, number>();
  const batch = { x: normals(key(2), 16), y: normals(key(3), 8) };
  while (actions.size < last) {
    await training.step(batch);
    const action = await own.runAndRead({ state }, (outputs) => Number(outputs['action']?.[0]));
    const version = store.publish();
    expect(version).toBe(actions.size + 1);
    actions.set(version ?? 0, action);
  }
  const [acts] = await reported;
  expect(acts.at(-1)?.version).toBe(last);
  expect(acts.map(({ version }) => version)).toEqual(acts.map(({ version }) => version).toSorted((a, b) => a - b));
  expect(acts.filter(({ version, action }) => actions.get(version) !== action)).toEqual([]);
  expect(new Set(actions.values()).size).toBe(last);
  await actor.terminate();
});

test('parameters that are not there, or others, are not published', async () => {
  const training = await loadTraining(runtime, {
    values,
    inputs: { x: parameter('x', [8, 2]) },
    loss: (params, { x }) => mean(square(applyMlp(params, x))),
  });
  const { 'layers.0.bias': _, ...lacking } = training.weights;
  expect(() => createParameterStore(training.weights, { tensors: lacking })).toThrow(
    'cannot create store, as layers.0.bias must be given as float32 [16]: it is missing',
  );
  const other = { ...training.weights, 'layers.0.bias': training.weights['layers.1.bias'] as never };
  expect(() => createParameterStore(training.weights, { tensors: other })).toThrow(
    'layers.0.bias must be given as float32 [16]: it is float32 [1]',
  );
});
