import type { Check } from './paper.ts';
import { bootstrapInterval, mean, meanInterval } from './statistics.ts';
import type { Interval } from './statistics.ts';

/** A number with its 95 % interval. */
export interface Measured {
  readonly value: number;
  readonly interval: Interval | null;
}

/** A bar as it is written: four digits are enough. */
function short(bar: number): string {
  return String(Number(bar.toPrecision(4)));
}

/** The mean over seeds, with Student's interval. */
export function meanOf(values: readonly number[]): Measured {
  return { value: mean(values), interval: meanInterval(values) };
}

/** The ratio of two means over seeds, with its bootstrap interval: means of ratios have heavy tails. */
export function ratioOf(pairs: readonly (readonly [above: number, below: number])[]): Measured {
  return { value: meanRatio(pairs), interval: bootstrapInterval(pairs, meanRatio) };
}

function meanRatio(pairs: readonly (readonly [above: number, below: number])[]): number {
  return mean(pairs.map(([above]) => above)) / mean(pairs.map(([, below]) => below));
}

/** Passes where the whole interval lies at or above the bar. */
export function atLeast(name: string, { value, interval }: Measured, bar: number): Check {
  const passed = (interval === null ? value : interval[0]) >= bar;
  return { name, value, interval, bar: `≥ ${short(bar)}`, passed };
}

/** Passes where the whole interval lies at or below the bar. */
export function atMost(name: string, { value, interval }: Measured, bar: number): Check {
  const passed = (interval === null ? value : interval[1]) <= bar;
  return { name, value, interval, bar: `≤ ${short(bar)}`, passed };
}

/** Passes where the value reaches the bar and the interval leaves out what would be no effect. */
export function reaches(name: string, { value, interval }: Measured, bar: number, none: number): Check {
  const up = bar >= none;
  const beyond = up ? value >= bar : value <= bar;
  const clear = interval !== null && (up ? interval[0] > none : interval[1] < none);
  const sign = up ? '≥' : '≤';
  return {
    name,
    value,
    interval,
    bar: `${sign} ${bar}, interval ${up ? 'above' : 'below'} ${none}`,
    passed: beyond && clear,
  };
}

/** Passes where the value lies within two bounds, and its interval where `whole` asks for that. */
export function within(name: string, { value, interval }: Measured, bounds: Interval, whole = true): Check {
  const [low, high] = whole && interval !== null ? interval : [value, value];
  const bar = `in [${bounds[0]}, ${bounds[1]}]${whole ? ', with its interval' : ''}`;
  return { name, value, interval, bar, passed: low >= bounds[0] && high <= bounds[1] };
}

/** What this preset does not decide. */
export function fullOnly(name: string, bar: string): Check {
  return { name, value: null, interval: null, bar, passed: 'full only' };
}
