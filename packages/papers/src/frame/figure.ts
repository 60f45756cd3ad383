import { mean, meanInterval } from './statistics.ts';

/** A curve: points, with a band where `low` and `high` are given. `broken`: an ablation. */
export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  readonly broken?: boolean;
}

/** The means of seeds with their 95 % intervals: `lists` has one list per seed, of which the values at `places` are drawn over `x`. */
export function meanCurve(
  name: string,
  x: readonly number[],
  lists: readonly (readonly number[])[],
  places: readonly number[] = [...x.keys()],
): Curve {
  const at = places.map((place) => lists.map((list) => list[place] ?? NaN));
  const bounds = at.map(meanInterval);
  return { name, x, y: at.map(mean), low: bounds.map(([low]) => low), high: bounds.map(([, high]) => high) };
}

/** A picture of curves over common axes. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** What stands at x = 1, 2, …, where x is no quantity: points are then drawn apart. */
  readonly places?: readonly string[];
  /** Which curve each ablation changes. Those that are not named change nothing here. Default: all change the first one. */
  readonly ablated?: Readonly<Record<string, string>>;
  readonly curves: readonly Curve[];
}
