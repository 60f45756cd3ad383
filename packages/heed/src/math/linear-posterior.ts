import { choleskyFactor, shermanMorrison } from './cholesky.ts';
import { drawNormal } from './draws.ts';
import type { FeatureRows } from './features.ts';
import type { Random } from './random.ts';

/**
 * Ridge regression with its covariance: after examples (x, y) of weights w, `A = λ 1 + Σ w x xᵀ`, and the
 * coefficients are `A⁻¹ Σ w x y`. Features come by 32-bit hashes and get columns in the order in which they are met.
 */
export interface LinearPosterior {
  /** Hash of each column's feature. */
  readonly keys: readonly number[];
  readonly columns: ReadonlyMap<number, number>;
  readonly means: Float64Array;
  /** A⁻¹, symmetric, by rows. */
  readonly inverse: Float64Array;
}

export interface PosteriorOptions {
  /** λ, above 0. */
  readonly ridge: number;
  /** Columns that there may be; features that come later are left out. */
  readonly mostFeatures: number;
}

/** What a row of features says under a posterior. */
export interface PosteriorReading {
  /** `μ·x`. */
  readonly mean: number;
  /** `xᵀ A⁻¹ x`; features without a column count with the prior's `1/λ`. */
  readonly quadratic: number;
}

/** What is known before the first example. */
export const emptyPosterior: LinearPosterior = {
  keys: [],
  columns: new Map(),
  means: new Float64Array(),
  inverse: new Float64Array(),
};

/** A posterior from what is stored of it. */
export function posteriorOf(keys: ArrayLike<number>, means: Float64Array, inverse: Float64Array): LinearPosterior {
  const list = Array.from(keys);
  return { keys: list, columns: new Map(list.map((key, column) => [key, column])), means, inverse };
}

/**
 * Takes one example: with `g = A⁻¹ x / (1/w + xᵀ A⁻¹ x)`, sets `μ ← μ + g (y − μ·x)` and A⁻¹ by Sherman and Morrison.
 *
 * @param weight above 0.
 * @returns a new posterior; the one given is not changed.
 * @source Li, Chu, Langford, Schapire 2010, A contextual-bandit approach to personalized news article recommendation, algorithm 1.
 */
export function learnPosterior(
  posterior: LinearPosterior,
  { hashes, values, length }: { hashes: Uint32Array; values: Float32Array; length: number },
  label: number,
  weight: number,
  { ridge, mostFeatures }: PosteriorOptions,
): LinearPosterior {
  const grown = growFor(posterior, hashes, length, ridge, mostFeatures);
  const size = grown.keys.length;
  const x = new Float64Array(size);
  let mean = 0;
  for (let at = 0; at < length; at += 1) {
    const column = grown.columns.get(hashes[at] ?? 0);
    if (column === undefined) continue;
    x[column] = (x[column] ?? 0) + (values[at] ?? 0);
    mean += (grown.means[column] ?? 0) * (values[at] ?? 0);
  }
  const inverse = grown.inverse.slice();
  const { product, quadratic } = shermanMorrison(inverse, size, x, weight);
  const step = (label - mean) / (1 / weight + quadratic);
  const means = grown.means.map((value, column) => value + step * (product[column] ?? 0));
  return { ...grown, means, inverse };
}

/** Adds columns for features that are met for the first time: nothing is known of them but the prior. */
function growFor(
  posterior: LinearPosterior,
  hashes: Uint32Array,
  length: number,
  ridge: number,
  mostFeatures: number,
): LinearPosterior {
  const added = new Set<number>();
  for (let at = 0; at < length; at += 1) {
    const hash = hashes[at] ?? 0;
    if (!posterior.columns.has(hash) && posterior.keys.length + added.size < mostFeatures) added.add(hash);
  }
  if (added.size === 0) return posterior;
  const before = posterior.keys.length;
  const keys = [...posterior.keys, ...added];
  const size = keys.length;
  const means = new Float64Array(size);
  means.set(posterior.means);
  const inverse = new Float64Array(size * size);
  for (let row = 0; row < before; row += 1)
    inverse.set(posterior.inverse.subarray(row * before, (row + 1) * before), row * size);
  for (let row = before; row < size; row += 1) inverse[row * size + row] = 1 / ridge;
  return posteriorOf(keys, means, inverse);
}

/** Reads one row of features: those that all rows share, and its own. */
export function readPosterior(
  { columns, means, inverse, keys }: LinearPosterior,
  rows: FeatureRows,
  row: number,
  ridge: number,
): PosteriorReading {
  const size = keys.length;
  const [known, own, strange] = gather(columns, rows, row);
  let mean = 0;
  let quadratic = 0;
  for (let i = 0; i < known.length; i += 1) {
    const column = known[i] ?? 0;
    const value = own[i] ?? 0;
    mean += (means[column] ?? 0) * value;
    const start = column * size;
    let sum = 0;
    for (let j = 0; j < i; j += 1) sum += (inverse[start + (known[j] ?? 0)] ?? 0) * (own[j] ?? 0);
    quadratic += value * (2 * sum + (inverse[start + column] ?? 0) * value);
  }
  for (const value of strange.values()) quadratic += (value * value) / ridge;
  return { mean, quadratic: Math.max(0, quadratic) };
}

/** Columns and values of a row's known features, and the values of those without a column, by hash. */
function gather(
  columns: ReadonlyMap<number, number>,
  { hashes, values, sharedEnd, starts }: FeatureRows,
  row: number,
): [number[], number[], Map<number, number>] {
  const known: number[] = [];
  const own: number[] = [];
  const strange = new Map<number, number>();
  const add = (at: number): void => {
    const hash = hashes[at] ?? 0;
    const value = values[at] ?? 0;
    const column = columns.get(hash);
    if (column === undefined) strange.set(hash, (strange.get(hash) ?? 0) + value);
    else {
      known.push(column);
      own.push(value);
    }
  };
  for (let at = 0; at < sharedEnd; at += 1) add(at);
  for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) add(at);
  return [known, own, strange];
}

/** Draws coefficients `θ ~ N(μ, scale² A⁻¹)` of all columns, and gives the scores `θ·x` of all rows under them. */
export type PosteriorSampler = (rows: FeatureRows, scale: number, ridge: number) => (random: Random) => Float64Array;

/**
 * Makes a sampler of one posterior; its covariance is factored once. Features without a column draw theirs from the prior.
 * @throws RangeError, when drawing, where rounding has left the covariance without a factor.
 */
export function createPosteriorSampler({ columns, means, inverse, keys }: LinearPosterior): PosteriorSampler {
  const size = keys.length;
  let factor: Float64Array | null = null;
  return (rows, scale, ridge) => {
    factor ??= choleskyFactor(inverse, size);
    if (factor === null)
      throw new RangeError(
        `cannot draw, as the covariance of ${size} coefficients must be positive definite: it is not`,
      );
    const known = factor;
    const gathered = Array.from({ length: rows.starts.length - 1 }, (_, row) => gather(columns, rows, row));
    const strangers = [...new Set(gathered.flatMap(([, , strange]) => [...strange.keys()]))];
    const normals = new Float64Array(size);
    const drawn = new Float64Array(size);
    return (random) => {
      for (let at = 0; at < size; at += 1) normals[at] = drawNormal(random);
      for (let row = 0; row < size; row += 1) {
        let sum = 0;
        for (let at = 0; at <= row; at += 1) sum += (known[row * size + at] ?? 0) * (normals[at] ?? 0);
        drawn[row] = (means[row] ?? 0) + scale * sum;
      }
      const weights = new Map(strangers.map((hash) => [hash, (scale * drawNormal(random)) / Math.sqrt(ridge)]));
      return Float64Array.from(gathered, ([own, values, strange]) => {
        let score = 0;
        for (let at = 0; at < own.length; at += 1) score += (drawn[own[at] ?? 0] ?? 0) * (values[at] ?? 0);
        for (const [hash, value] of strange) score += (weights.get(hash) ?? 0) * value;
        return score;
      });
    };
  };
}
