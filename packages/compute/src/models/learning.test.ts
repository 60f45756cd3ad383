import { afterAll, expect, test } from 'vitest';
import {
  applyMlp,
  bernoulli,
  compile,
  createRuntime,
  foldIn,
  initMlp,
  initOptimizerState,
  key,
  mean,
  neg,
  normals,
  optimizerStep,
  parameter,
  parametersFor,
  reshape,
  uniforms,
  valueAndGrad,
  valuesOf,
  type MlpParameters,
  type OptimizerRule,
  type Tensor,
  type Values,
} from '../index.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

const size = 256;
const rule: OptimizerRule = { kind: 'adam', weightDecay: 0 };

/** Two rings around the origin, of radius 1 (label 0) and 2 (label 1), with noise of 0.15. */
function rings(seed: number): { points: Float32Array; labels: Float32Array } {
  const noise = normals(foldIn(key(seed), 0), size);
  const turns = uniforms(foldIn(key(seed), 1), size);
  const labels = Float32Array.from({ length: size }, (_, index) => index % 2);
  const points = Float32Array.from({ length: 2 * size }, (_, place) => {
    const index = place >> 1;
    const radius = 1 + (labels[index] ?? 0) + 0.15 * (noise[index] ?? 0);
    const angle = 2 * Math.PI * (turns[index] ?? 0);
    return radius * (place % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
  return { points, labels };
}

const logitsOf = (params: MlpParameters, points: Tensor): Tensor => reshape(applyMlp(params, points), [size]);

/** Trains by gradient, optimiser and all in one graph, and tells the share of new points it gets right. */
async function accuracyOf(widths: readonly number[], steps: number): Promise<number> {
  const first = initMlp(key(17), widths);
  const [parameters, points] = [parametersFor(first), parameter('points', [size, 2])];
  const firstState = initOptimizerState(rule, first);
  const state = Object.fromEntries(Object.entries(firstState).map(([name, tree]) => [name, parametersFor(tree)]));
  const [labels, step] = [parameter('labels', [size]), parameter('step', [])];
  const loss = valueAndGrad((params: MlpParameters) =>
    mean(neg(bernoulli(logitsOf(params, points)).logProbability(labels))),
  );
  const { gradients } = loss(parameters);
  const next = optimizerStep(rule, { parameters, gradients, state, learningRate: 0.02, step });
  const training = compile({ inputs: { parameters, state, points, labels, step }, outputs: { next: { ...next } } });
  const program = await runtime.load(training.model);

  let learned: Record<string, Float32Array> = flat({ parameters: first, state: firstState });
  const data = rings(1);
  for (let at = 1; at <= steps; at += 1) {
    const outputs = await program.run({ ...learned, ...data, step: Float32Array.of(at) });
    learned = Object.fromEntries(
      Object.entries(outputs).map(([name, values]) => [name.slice('next.'.length), values as Float32Array]),
    );
  }
  const scoring = compile({ inputs: { parameters, points }, outputs: { logits: logitsOf(parameters, points) } });
  const scorer = await runtime.load(scoring.model);
  const unseen = rings(2);
  const weights = Object.fromEntries(Object.entries(learned).filter(([name]) => name.startsWith('parameters.')));
  const { logits } = await scorer.run({ ...weights, points: unseen.points });
  const right = unseen.labels.filter((label, index) => label === (Number(logits?.[index]) > 0 ? 1 : 0));
  return right.length / size;
}

const flat = (tree: Values): Record<string, Float32Array> =>
  Object.fromEntries(valuesOf(tree).map(({ path, value }) => [path, Float32Array.from(value.data)]));

test('an MLP learns to tell two rings apart, which a linear model cannot', async () => {
  expect(await accuracyOf([2, 32, 32, 1], 200)).toBeGreaterThan(0.98);
  expect(await accuracyOf([2, 1], 200)).toBeLessThan(0.7);
}, 20_000);
