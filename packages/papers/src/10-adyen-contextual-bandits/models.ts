import { fitLogistic, fitLogisticPerAction, sigmoid } from 'heed/math';
import type { SparseRows } from 'heed/math';
import type { PaymentBatch, PaymentsOptions } from 'heed/environments';

/** One judged transaction in a window. */
export interface Judged {
  readonly batch: PaymentBatch;
  readonly row: number;
  readonly action: number;
  readonly reward: number;
}

/** Probability that a transaction is authorised with an intervention, as a model sees it. */
export type Score = (batch: PaymentBatch, row: number, action: number) => number;

/** Fits one oracle to a window. `freeConstant` takes the penalty off the constants (an ablation). */
export function fitOracle(
  oracle: 'R' | 'M',
  window: readonly Judged[],
  options: PaymentsOptions,
  l2: number,
  freeConstant: boolean,
): Score {
  const { contextSize, issuers, interventions } = options;
  const labels = Float64Array.from(window, ({ reward }) => reward);
  const actions = Uint8Array.from(window, ({ action }) => action);
  const common = contextSize + issuers;
  if (oracle === 'R') {
    // [constant, x, issuer], one regression per intervention.
    const width = 1 + common;
    const rows = rowsOf(window, width, options, () => 0);
    const penalties = new Float64Array(width).fill(l2);
    if (freeConstant) penalties[0] = 0;
    const { coefficients } = fitLogisticPerAction(rows, labels, actions, interventions, { l2: penalties });
    return (batch, row, action) =>
      sigmoid(linear(coefficients, action * width + 1, coefficients[action * width] ?? 0, batch, row, contextSize));
  }
  // [intervention, x, issuer], one regression for all.
  const width = interventions + common;
  const rows = rowsOf(window, width, options, ({ action }) => action);
  const penalties = new Float64Array(width).fill(l2);
  if (freeConstant) penalties.fill(0, 0, interventions);
  const { coefficients } = fitLogistic(rows, labels, { l2: penalties });
  return (batch, row, action) =>
    sigmoid(linear(coefficients, interventions, coefficients[action] ?? 0, batch, row, contextSize));
}

function linear(
  coefficients: Float64Array,
  from: number,
  constant: number,
  { contexts, issuers }: PaymentBatch,
  row: number,
  size: number,
): number {
  let sum = constant + (coefficients[from + size + (issuers[row] ?? 0)] ?? 0);
  for (let at = 0; at < size; at += 1) sum += (coefficients[from + at] ?? 0) * (contexts[row * size + at] ?? 0);
  return sum;
}

/** Rows of a leading column that is 1, the context, and the issuer's column. */
function rowsOf(
  window: readonly Judged[],
  width: number,
  { contextSize, issuers }: PaymentsOptions,
  leading: (judged: Judged) => number,
): SparseRows {
  const entries = contextSize + 2;
  const starts = Uint32Array.from({ length: window.length + 1 }, (_, index) => index * entries);
  const columns = new Uint32Array(window.length * entries);
  const values = new Float64Array(window.length * entries).fill(1);
  const from = width - contextSize - issuers;
  window.forEach((judged, index) => {
    const { batch, row } = judged;
    const start = index * entries;
    columns[start] = leading(judged);
    for (let at = 0; at < contextSize; at += 1) {
      columns[start + 1 + at] = from + at;
      values[start + 1 + at] = batch.contexts[row * contextSize + at] ?? 0;
    }
    columns[start + 1 + contextSize] = from + contextSize + (batch.issuers[row] ?? 0);
  });
  return { starts, columns, values, width };
}
