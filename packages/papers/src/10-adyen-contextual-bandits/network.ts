import {
  applyMlp,
  bernoulli,
  foldIn,
  initMlp,
  key,
  loadTraining,
  mean,
  mul,
  neg,
  parameter,
  reshape,
  sigmoid,
} from '@heed/compute';
import type { CompiledProgram, MlpParameters, Runtime, Tensor } from '@heed/compute';
import { createRandom } from 'heed/math';
import type { PaymentBatch, PaymentsOptions } from 'heed/environments';
import { network } from './config.ts';
import type { Model, Window } from './models.ts';

export interface NetworkOptions {
  /** Passes over the window. */
  readonly passes: number;
  readonly seed: number;
  readonly weights: Float64Array | undefined;
}

/** Rows that the network scores at once. */
const scoredRows = 4_096;

/** The network's answers, one per row, before the sigmoid. */
function logits(net: MlpParameters, rows: Tensor, count: number): Tensor {
  return reshape(applyMlp(net, rows), [count]);
}

/** Fits a network with two hidden layers to [x, issuer, intervention] by Adam on the log-loss. */
export async function fitNetwork(
  runtime: Runtime,
  window: Window,
  options: PaymentsOptions,
  { passes, seed, weights }: NetworkOptions,
): Promise<{ readonly model: Model; readonly close: () => Promise<void> }> {
  const { batch: size, hidden, learningRate } = network;
  const width = options.contextSize + options.issuers + options.interventions;
  const training = await loadTraining(runtime, {
    name: 'network',
    values: initMlp(foldIn(key(1), seed), [width, ...hidden, 1]),
    inputs: {
      rows: parameter('rows', [size, width]),
      labels: parameter('labels', [size]),
      weights: parameter('weights', [size]),
    },
    loss: (net, inputs) =>
      neg(mean(mul(bernoulli(logits(net, inputs.rows, size)).logProbability(inputs.labels), inputs.weights))),
    learningRate,
  });
  for (const batch of batchesOf(window, options, size, passes, createRandom(`network ${seed}`).uniform, weights))
    await training.step(batch);
  const scorer = await training.load({ rows: parameter('rows', [scoredRows, width]) }, (net, { rows }) => ({
    scores: sigmoid(logits(net, rows, scoredRows)),
  }));
  await training.close();
  return { model: (batch) => score(scorer, batch, options, width), close: () => scorer.close() };
}

/** Batches in a new order with each pass; what is left over of a pass comes into another. */
function* batchesOf(
  { places, actions, labels: all }: Window,
  options: PaymentsOptions,
  size: number,
  passes: number,
  random: () => number,
  weights: Float64Array | undefined,
): Generator<{ readonly rows: Float32Array; readonly labels: Float32Array; readonly weights: Float32Array }> {
  const width = options.contextSize + options.issuers + options.interventions;
  const order = Uint32Array.from({ length: places.length }, (_, index) => index);
  const rows = new Float32Array(size * width);
  for (let pass = 0; pass < passes; pass += 1) {
    for (let at = order.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
    for (let from = 0; from + size <= order.length; from += size) {
      const chosen = order.subarray(from, from + size);
      rows.fill(0);
      chosen.forEach((index, at) => {
        const place = places[index];
        if (place !== undefined) writeRow(rows, at * width, place.batch, place.row, actions[index] ?? 0, options);
      });
      yield {
        rows,
        labels: Float32Array.from(chosen, (index) => all[index] ?? 0),
        weights: Float32Array.from(chosen, (index) => weights?.[index] ?? 1),
      };
    }
  }
}

/** A score for each offered intervention of each transaction, side by side. */
async function score(
  scorer: CompiledProgram,
  batch: PaymentBatch,
  options: PaymentsOptions,
  width: number,
): Promise<Float64Array> {
  const scores = new Float64Array(batch.offered.length);
  const rows = new Float32Array(scoredRows * width);
  let row = 0;
  for (let from = 0; from < scores.length; from += scoredRows) {
    rows.fill(0);
    const end = Math.min(scores.length, from + scoredRows);
    for (let place = from; place < end; place += 1) {
      while (place >= (batch.starts[row + 1] ?? 0)) row += 1;
      writeRow(rows, (place - from) * width, batch, row, batch.offered[place] ?? 0, options);
    }
    const { scores: found } = await scorer.run({ rows });
    for (let place = from; place < end; place += 1) scores[place] = Number(found?.[place - from]);
  }
  return scores;
}

function writeRow(
  rows: Float32Array,
  from: number,
  { contexts, issuers }: PaymentBatch,
  row: number,
  action: number,
  { contextSize, issuers: issuerCount }: PaymentsOptions,
): void {
  for (let at = 0; at < contextSize; at += 1) rows[from + at] = contexts[row * contextSize + at] ?? 0;
  rows[from + contextSize + (issuers[row] ?? 0)] = 1;
  rows[from + contextSize + issuerCount + action] = 1;
}
