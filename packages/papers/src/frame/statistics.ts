import { createRandom, quantileOfSorted, studentQuantile } from 'heed/math';

export type Interval = readonly [low: number, high: number];

/** Sample mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation with n − 1. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** Student's 95 % interval of a mean; without bounds where there are fewer than two values. */
export function meanInterval(values: readonly number[]): Interval {
  if (values.length < 2) return [-Infinity, Infinity];
  const middle = mean(values);
  const half = (studentQuantile(0.975, values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return [middle - half, middle + half];
}

/** The value below which a share of the values lies, between neighbours in proportion. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(
    values.toSorted((a, b) => a - b),
    share,
  );
}

/** Percentile bootstrap, 95 %, of any statistic of whole seeds. */
export function bootstrapInterval<Item>(
  items: readonly Item[],
  statistic: (sample: readonly Item[]) => number,
  draws = 2_000,
): Interval {
  if (items.length < 2) return [-Infinity, Infinity];
  const random = createRandom('bootstrap');
  const found = Array.from({ length: draws }, () =>
    statistic(items.map(() => items[Math.floor(random.uniform() * items.length)] as Item)),
  ).filter((value) => !Number.isNaN(value));
  return [quantile(found, 0.025), quantile(found, 0.975)];
}

/** Slope of the least-squares line. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const [middleX, middleY] = [mean(x), mean(y)];
  const across = x.reduce((sum, value, at) => sum + (value - middleX) * ((y[at] ?? NaN) - middleY), 0);
  return across / x.reduce((sum, value) => sum + (value - middleX) ** 2, 0);
}

/** Slope of log y on log x. */
export function logSlope(x: readonly number[], y: readonly number[]): number {
  return slope(x.map(Math.log), y.map(Math.log));
}

/** Correlation of each value with the one before it. */
export function autocorrelation(values: readonly number[]): number {
  const middle = mean(values);
  let across = 0;
  let total = 0;
  values.forEach((value, at) => {
    total += (value - middle) ** 2;
    if (at > 0) across += (value - middle) * ((values[at - 1] ?? NaN) - middle);
  });
  return across / total;
}
