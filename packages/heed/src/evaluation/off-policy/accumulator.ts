import type { EstimateForm, Terms } from './estimators.ts';

/** Sums of an estimator's terms by the places of clusters, which grow as these come. A form that has no such term keeps none. */
export interface ClusterSums {
  readonly form: EstimateForm;
  a: Float64Array;
  b: Float64Array;
  c: Float64Array;
  /** Of the terms `a` of single rows. */
  readonly rows: { squares: number };
}

export function createClusterSums(form: EstimateForm): ClusterSums {
  const none = new Float64Array(0);
  return { form, a: none, b: none, c: none, rows: { squares: 0 } };
}

/** Adds the terms of a chunk to the sums of their clusters. */
export function addTerms(sums: ClusterSums, terms: Terms, places: Uint32Array, count: number, used: number): void {
  if (sums.form !== 'ratio') {
    sums.a = grown(sums.a, used);
    addTo(sums.a, terms.a, places, count);
    sums.rows.squares += squaresOf(terms.a, count);
  }
  if (sums.form !== 'mean') {
    sums.b = grown(sums.b, used);
    sums.c = grown(sums.c, used);
    addTo(sums.b, terms.b, places, count);
    addTo(sums.c, terms.c, places, count);
  }
}

/** The same numbers with room for `used` of them. */
export function grown(values: Float64Array, used: number): Float64Array {
  if (values.length >= used) return values;
  const larger = new Float64Array(Math.max(256, 2 ** Math.ceil(Math.log2(used))));
  larger.set(values);
  return larger;
}

/** Adds each value to the place that it belongs to. */
export function addTo(sums: Float64Array, values: Float64Array, places: Uint32Array, count: number): void {
  for (let row = 0; row < count; row += 1) {
    const place = places[row] ?? 0;
    sums[place] = (sums[place] ?? 0) + (values[row] ?? 0);
  }
}

function squaresOf(values: Float64Array, count: number): number {
  let squares = 0;
  for (let row = 0; row < count; row += 1) squares += (values[row] ?? 0) ** 2;
  return squares;
}

/** Adds each odd place to the even one before it, and halves the places. */
export function foldSums(sums: ClusterSums, places: number): void {
  for (const column of [sums.a, sums.b, sums.c]) foldPlaces(column, places);
}

export function foldPlaces(column: Float64Array, places: number): void {
  const half = Math.ceil(places / 2);
  for (let place = 0; place < half && place < column.length; place += 1)
    column[place] = (column[2 * place] ?? 0) + (2 * place + 1 < places ? (column[2 * place + 1] ?? 0) : 0);
  column.fill(0, half);
}

/** `V = A / n + B / C`, as far as the form has them; NaN where nothing was counted. */
export function valueOf(form: EstimateForm, a: number, b: number, c: number, count: number): number {
  if (form === 'mean') return a / count;
  return form === 'ratio' ? b / c : a / count + b / c;
}

/** The value that all clusters together give. */
export function totalValue({ form, a, b, c }: ClusterSums, count: number): number {
  return valueOf(form, total(a), total(b), total(c), count);
}

/**
 * How much each cluster moved the estimate, to first order: `(A_g − V_1 n_g) / n + (B_g − V_2 C_g) / C`.
 *
 * @param counts rows of each cluster.
 */
export function influencesOf({ form, a, b, c }: ClusterSums, counts: Float64Array): Float64Array {
  const influences = new Float64Array(counts.length);
  const count = total(counts);
  if (form !== 'ratio') {
    const mean = total(a) / count;
    for (let place = 0; place < counts.length; place += 1)
      influences[place] = ((a[place] ?? 0) - mean * (counts[place] ?? 0)) / count;
  }
  if (form !== 'mean') {
    const divisor = total(c);
    const ratio = total(b) / divisor;
    for (let place = 0; place < counts.length; place += 1)
      influences[place] = (influences[place] ?? 0) + ((b[place] ?? 0) - ratio * (c[place] ?? 0)) / divisor;
  }
  return influences;
}

export function total(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum;
}
