import type { SparseTable } from './sparse-table.ts';

/**
 * One subject's deviation from the global model: independent Gaussians per feature, prior N(0, priorVariance).
 * Keys are 32-bit hashes of features; a feature without a row has the prior.
 */
export interface Deviation {
  /** Observations taken; those of weight 0 do not count. */
  readonly count: number;
  readonly means: Map<number, number>;
  readonly variances: Map<number, number>;
}

export interface Observation {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly from: number;
  readonly to: number;
  /** What was observed, less what the global model said. */
  readonly residual: number;
  readonly weight: number;
}

/** What a subject has before anything is known of it. */
export function emptyDeviation(): Deviation {
  return { count: 0, means: new Map(), variances: new Map() };
}

/** `z · m`: how far the subject's scores lie from the global ones, before shrinkage. */
export function deviationSum(
  deviation: Deviation,
  hashes: Uint32Array,
  values: Float32Array,
  from: number,
  to: number,
): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += (deviation.means.get(hashes[at] ?? 0) ?? 0) * (values[at] ?? 0);
  return sum;
}

/** Shrinkage `κ_n = n / (n + shrink)` towards the global model, after n observations. */
export function shrinkage(count: number, shrink: number): number {
  return count === 0 ? 0 : count / (count + shrink);
}

/**
 * Takes one observation: with `v = Σ z_i² s_i`, `g_i = s_i z_i / (noiseVariance / weight + v)` and
 * `e = residual − z · m`, sets `m_i += g_i e` and `s_i −= g_i z_i s_i`.
 *
 * Means and variances are those of the exact posterior; covariances are dropped after each observation
 * (assumed-density filtering), so that a subject costs memory in proportion to the features it has met.
 *
 * @returns a new deviation; the one given is not changed.
 * @source Bishop 2006, Pattern recognition and machine learning, equations 3.50 and 3.51; Opper 1998, On-line Bayesian learning.
 */
export function observe(
  deviation: Deviation,
  observations: readonly Observation[],
  { priorVariance, noiseVariance }: { readonly priorVariance: number; readonly noiseVariance: number },
): Deviation {
  const means = new Map(deviation.means);
  const variances = new Map(deviation.variances);
  const next = { count: deviation.count + observations.filter(({ weight }) => weight > 0).length, means, variances };
  for (const { hashes, values, from, to, residual, weight } of observations) {
    if (weight <= 0) continue;
    const error = residual - deviationSum(next, hashes, values, from, to);
    let spread = noiseVariance / weight;
    for (let at = from; at < to; at += 1)
      spread += (values[at] ?? 0) ** 2 * (variances.get(hashes[at] ?? 0) ?? priorVariance);
    for (let at = from; at < to; at += 1) {
      const hash = hashes[at] ?? 0;
      const value = values[at] ?? 0;
      const variance = variances.get(hash) ?? priorVariance;
      const gain = (variance * value) / spread;
      means.set(hash, (means.get(hash) ?? 0) + gain * error);
      variances.set(hash, variance - gain * value * variance);
    }
  }
  return next;
}

/** A deviation as a table, rows in the order of their keys. */
export function toTable({ count, means, variances }: Deviation): SparseTable {
  const keys = Uint32Array.from(means.keys()).toSorted();
  return {
    numbers: [count],
    keys,
    columns: [
      Float64Array.from(keys, (key) => means.get(key) ?? 0),
      Float64Array.from(keys, (key) => variances.get(key) ?? 0),
    ],
  };
}

/** Reads back what `toTable` made. */
export function fromTable({ numbers, keys, columns }: SparseTable): Deviation {
  const means = new Map<number, number>();
  const variances = new Map<number, number>();
  keys.forEach((key, row) => {
    means.set(key, columns[0]?.[row] ?? 0);
    variances.set(key, columns[1]?.[row] ?? 0);
  });
  return { count: numbers[0] ?? 0, means, variances };
}
