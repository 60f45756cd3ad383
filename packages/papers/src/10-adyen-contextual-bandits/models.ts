import { fitLogistic, fitLogisticPerAction, sigmoid } from 'heed/math';
import type { SparseRows } from 'heed/math';
import type { PaymentBatch, PaymentsOptions } from 'heed/environments';
import { mostWeight } from './config.ts';
import type { Arm } from './config.ts';

/** Judged transactions: what a model is fitted to. */
export interface Window {
  readonly places: readonly { readonly batch: PaymentBatch; readonly row: number }[];
  readonly actions: Uint8Array;
  /** 1: authorised. */
  readonly labels: Float64Array;
  /** Of each action, as it was drawn. */
  readonly probabilities: Float64Array;
}

/** The probability that a transaction is authorised, beside each offered intervention of a batch, as a model sees it. */
export type Model = (batch: PaymentBatch) => Float64Array | Promise<Float64Array>;

export const unfitted: Model = ({ offered }) => new Float64Array(offered.length).fill(0.5);

/** Weights of the rows in a fit, 1 in the mean so that a penalty means the same. */
export function weightsOf({ labels, probabilities }: Window, kind: Arm['weights']): Float64Array | undefined {
  if (kind === 'equal') return undefined;
  const refused = labels.reduce((sum, label) => sum + 1 - label, 0);
  const raw =
    kind === 'importance'
      ? probabilities.map((probability) => Math.min(mostWeight, 1 / probability))
      : labels.map((label) => 1 / (label === 1 ? labels.length - refused : refused));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => (weight * raw.length) / total);
}

interface FitOptions {
  readonly l2: number;
  readonly weights: Float64Array | undefined;
  /** Takes the penalty off the constants (an ablation). */
  readonly freeConstant: boolean;
}

/** Fits a logistic regression, one per intervention (R) or one for all (M). */
export function fitRegression(
  oracle: 'R' | 'M',
  window: Window,
  options: PaymentsOptions,
  { l2, weights, freeConstant }: FitOptions,
): Model {
  const { contextSize, issuers, interventions } = options;
  // R: [constant, x, issuer] for each intervention. M: [intervention, x, issuer].
  const leading = oracle === 'R' ? 1 : interventions;
  const width = leading + contextSize + issuers;
  const rows = rowsOf(window, width, options, oracle === 'M');
  const penalties = new Float64Array(width).fill(l2);
  if (freeConstant) penalties.fill(0, 0, leading);
  const fitOptions = { l2: penalties, weights };
  if (oracle === 'M') {
    const { coefficients } = fitLogistic(rows, window.labels, fitOptions);
    return (batch) =>
      everyOffer(batch, (row, action) =>
        sigmoid((coefficients[action] ?? 0) + linear(coefficients, interventions, batch, row, contextSize)),
      );
  }
  const { coefficients } = fitLogisticPerAction(rows, window.labels, window.actions, interventions, fitOptions);
  return (batch) =>
    everyOffer(batch, (row, action) => {
      const from = action * width;
      return sigmoid((coefficients[from] ?? 0) + linear(coefficients, from + 1, batch, row, contextSize));
    });
}

/** A number for each offered intervention of each transaction, side by side. */
function everyOffer(
  { count, starts, offered }: PaymentBatch,
  score: (row: number, action: number) => number,
): Float64Array {
  const scores = new Float64Array(offered.length);
  for (let row = 0; row < count; row += 1)
    for (let place = starts[row] ?? 0; place < (starts[row + 1] ?? 0); place += 1)
      scores[place] = score(row, offered[place] ?? 0);
  return scores;
}

function linear(
  coefficients: Float64Array,
  from: number,
  { contexts, issuers }: PaymentBatch,
  row: number,
  size: number,
): number {
  let sum = coefficients[from + size + (issuers[row] ?? 0)] ?? 0;
  for (let at = 0; at < size; at += 1) sum += (coefficients[from + at] ?? 0) * (contexts[row * size + at] ?? 0);
  return sum;
}

/** Rows of a leading column that is 1 (that of the intervention, or the only one), the context, and the issuer's column. */
function rowsOf(
  { places, actions }: Window,
  width: number,
  { contextSize, issuers }: PaymentsOptions,
  byAction: boolean,
): SparseRows {
  const entries = contextSize + 2;
  const starts = Uint32Array.from({ length: places.length + 1 }, (_, index) => index * entries);
  const columns = new Uint32Array(places.length * entries);
  const values = new Float64Array(places.length * entries).fill(1);
  const from = width - contextSize - issuers;
  places.forEach(({ batch, row }, index) => {
    const start = index * entries;
    columns[start] = byAction ? (actions[index] ?? 0) : 0;
    for (let at = 0; at < contextSize; at += 1) {
      columns[start + 1 + at] = from + at;
      values[start + 1 + at] = batch.contexts[row * contextSize + at] ?? 0;
    }
    columns[start + 1 + contextSize] = from + contextSize + (batch.issuers[row] ?? 0);
  });
  return { starts, columns, values, width };
}
