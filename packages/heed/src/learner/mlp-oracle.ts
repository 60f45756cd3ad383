import { z } from 'zod';
import { createRandom } from '../math/index.ts';
import type { Mlp } from '../math/index.ts';

/*
 * A small network as a regression oracle: fitted anew to all rows, in batches of an order that each pass draws, by Adam
 * with decoupled weight decay. It learns outside the calling thread, by the compute layer.
 *
 *     minimise  mean of  w [log(1 + exp(f)) − y f]  (logistic)   or   w (f − y)²  (squared)
 *
 * Kingma, Ba 2015, Adam; Loshchilov, Hutter 2019, Decoupled weight decay regularization.
 */

/** What a network does where its options say nothing. */
const mlpDefaults = {
  hidden: [32, 32],
  learningRate: 0.003,
  passes: 20,
  batchRows: 64,
  weightDecay: 0.01,
  seed: 0,
} as const;

export const mlpOptionsSchema = z.strictObject({
  hidden: z
    .array(z.number().int().min(1).max(1_024))
    .min(1)
    .max(4)
    .default([...mlpDefaults.hidden]),
  learningRate: z.number().positive().default(mlpDefaults.learningRate),
  passes: z.number().int().min(1).default(mlpDefaults.passes),
  batchRows: z.number().int().min(1).default(mlpDefaults.batchRows),
  weightDecay: z.number().nonnegative().default(mlpDefaults.weightDecay),
  seed: z.number().int().nonnegative().default(mlpDefaults.seed),
});
export type MlpOptions = z.infer<typeof mlpOptionsSchema>;

/** What a network is fitted to: dense rows of `width` float32 numbers, with a label each. */
export interface MlpProblem {
  readonly features: Float32Array;
  readonly width: number;
  readonly labels: Float64Array;
  readonly loss: 'squared' | 'logistic';
}

/**
 * Fits one network per list of weights, each from first values of its own.
 *
 * @param weights one list per network, one number per row, not negative.
 * @returns the networks; the same arguments give the same bits on one machine.
 */
export async function fitMlps(
  problem: MlpProblem,
  weights: readonly Float64Array[],
  options: MlpOptions,
): Promise<Mlp[]> {
  // Whoever learns nothing by networks does not load the compute layer.
  const compute = await import('@heed/compute');
  const runtime = compute.createRuntime();
  const scales = scalesOf(problem);
  const batchRows = Math.min(options.batchRows, problem.labels.length);
  try {
    const networks: Mlp[] = [];
    for (const [index, own] of weights.entries()) {
      const key = compute.foldIn(compute.key(options.seed), index);
      const inputs = {
        x: compute.parameter('x', [batchRows, problem.width]),
        y: compute.parameter('y', [batchRows, 1]),
        w: compute.parameter('w', [batchRows, 1]),
      };
      const training = await compute.loadTraining(runtime, {
        values: compute.initMlp(key, [problem.width, ...options.hidden, 1]),
        inputs,
        loss: (params, { x, y, w }) => {
          const { add, applyMlp, mul, neg, softplus, square, sub, sum } = compute;
          const f = applyMlp(params, x);
          const each = problem.loss === 'squared' ? square(sub(f, y)) : add(softplus(f), neg(mul(y, f)));
          return mul(sum(mul(w, each)), 1 / batchRows);
        },
        rule: { kind: 'adam', weightDecay: options.weightDecay },
        learningRate: options.learningRate,
        decays: (path) => path.endsWith('weight'),
        name: 'regression oracle',
      });
      const random = createRandom(`passes ${options.seed} ${index}`);
      for (let pass = 0; pass < options.passes; pass += 1) {
        const { steps, ...batches } = batchesOf(problem, scales, own, batchRows, random.uniform);
        const shared = Object.entries(batches).map(([name, { shape, data }]) => {
          const tensor = compute.allocateTensor('float32', shape);
          (tensor.data as Float32Array).set(data);
          return [name, tensor] as const;
        });
        await training.program.runSteps({ steps, inputs: Object.fromEntries(shared) });
      }
      const { layers } = training.values();
      networks.push({
        scales,
        layers: layers.map(({ weight, bias }) => ({
          weight: Float32Array.from(weight.data),
          bias: Float32Array.from(bias?.data ?? []),
        })),
      });
      await training.close();
    }
    return networks;
  } finally {
    await runtime.close();
  }
}

/** 1 over each column's largest absolute value; 1 for a column of zeros. */
function scalesOf({ features, width }: MlpProblem): Float32Array {
  const largest = new Float32Array(width);
  features.forEach((value, at) => {
    const column = at % width;
    largest[column] = Math.max(largest[column] ?? 0, Math.abs(value));
  });
  return largest.map((value) => (value > 0 ? 1 / value : 1));
}

/** One pass over all rows in a new order, the last batch filled up with rows of no weight. */
function batchesOf(
  { features, width, labels }: MlpProblem,
  scales: Float32Array,
  weights: Float64Array,
  batchRows: number,
  uniform: () => number,
) {
  const rows = labels.length;
  const steps = Math.ceil(rows / batchRows);
  const order = Array.from({ length: rows }, (_, row) => ({ row, place: uniform() }))
    .toSorted((a, b) => a.place - b.place || a.row - b.row)
    .map(({ row }) => row);
  const x = new Float32Array(steps * batchRows * width);
  const [y, w] = [new Float32Array(steps * batchRows), new Float32Array(steps * batchRows)];
  order.forEach((row, at) => {
    for (let column = 0; column < width; column += 1)
      x[at * width + column] = (features[row * width + column] ?? 0) * (scales[column] ?? 1);
    y[at] = labels[row] ?? 0;
    w[at] = weights[row] ?? 0;
  });
  return {
    steps,
    x: { shape: [steps, batchRows, width], data: x },
    y: { shape: [steps, batchRows, 1], data: y },
    w: { shape: [steps, batchRows, 1], data: w },
  };
}
