import type { EstimateForm, Estimator, EstimatorName, Terms } from './estimators.ts';

/** One estimator at one parameter, with what it has added up. */
export interface Accumulator {
  readonly name: EstimatorName;
  readonly estimator: Estimator;
  readonly parameter: number;
  readonly sums: ClusterSums;
  /** Of the terms `a` of single rows. */
  readonly rows: { sum: number; squares: number; least: number; largest: number };
}

/** Sums of the terms by the places of clusters. A form that has no such term keeps none. */
export interface ClusterSums {
  readonly form: EstimateForm;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

export function createClusterSums(form: EstimateForm, places: number): ClusterSums {
  const mean = new Float64Array(form === 'ratio' ? 0 : places);
  const ratio = (): Float64Array => new Float64Array(form === 'mean' ? 0 : places);
  return { form, a: mean, b: ratio(), c: ratio() };
}

/** Adds the terms of a chunk to the sums of their clusters. */
export function scatter(accumulator: Accumulator, terms: Terms, places: Uint32Array, count: number): void {
  const { form, a, b, c } = accumulator.sums;
  if (form !== 'ratio') {
    addTo(a, terms.a, places, count);
    moments(accumulator.rows, terms.a, count);
  }
  if (form !== 'mean') {
    addTo(b, terms.b, places, count);
    addTo(c, terms.c, places, count);
  }
}

function addTo(sums: Float64Array, values: Float64Array, places: Uint32Array, count: number): void {
  for (let row = 0; row < count; row += 1) {
    const place = places[row] ?? 0;
    sums[place] = (sums[place] ?? 0) + (values[row] ?? 0);
  }
}

function moments(rows: Accumulator['rows'], values: Float64Array, count: number): void {
  let { sum, squares, least, largest } = rows;
  for (let row = 0; row < count; row += 1) {
    const value = values[row] ?? 0;
    sum += value;
    squares += value * value;
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  rows.sum = sum;
  rows.squares = squares;
  rows.least = least;
  rows.largest = largest;
}

/** `V = A / n + B / C`, as far as the form has them; NaN where nothing was counted. */
export function valueOf(form: EstimateForm, a: number, b: number, c: number, count: number): number {
  if (form === 'mean') return a / count;
  return form === 'ratio' ? b / c : a / count + b / c;
}

/**
 * How much each cluster moved the estimate, to first order: `(A_g − V_1 n_g) / n + (B_g − V_2 C_g) / C`.
 *
 * @param counts rows of each cluster.
 */
export function influencesOf({ form, a, b, c }: ClusterSums, counts: Float64Array): Float64Array {
  const influences = new Float64Array(counts.length);
  const count = total(counts, counts.length);
  if (form !== 'ratio') {
    const mean = total(a, counts.length) / count;
    for (let place = 0; place < counts.length; place += 1)
      influences[place] = ((a[place] ?? 0) - mean * (counts[place] ?? 0)) / count;
  }
  if (form !== 'mean') {
    const divisor = total(c, counts.length);
    const ratio = total(b, counts.length) / divisor;
    for (let place = 0; place < counts.length; place += 1)
      influences[place] = (influences[place] ?? 0) + ((b[place] ?? 0) - ratio * (c[place] ?? 0)) / divisor;
  }
  return influences;
}

/** The sum of the first `count` numbers. */
export function total(values: Float64Array, count = values.length): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += values[index] ?? 0;
  return sum;
}
