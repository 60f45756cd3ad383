import { atLeast, atMost, meanOf, ratioOf, reaches } from '../frame/checks.ts';
import type { Measured } from '../frame/checks.ts';
import { listOf, numberOf } from '../frame/paper.ts';
import type { Check, Judged, Outcome } from '../frame/paper.ts';
import { bootstrapInterval, logSlope, mean } from '../frame/statistics.ts';
import { bars } from './config.ts';
import type { Settings } from './config.ts';

type Outcomes = readonly Outcome[];

function overSeeds(outcomes: Outcomes, statistic: (sample: Outcomes) => number): Measured {
  return { value: statistic(outcomes), interval: bootstrapInterval(outcomes, statistic, 500) };
}

/** Mean over seeds of one place of a list. */
function at(outcomes: Outcomes, name: string, place: number): number {
  return mean(outcomes.map((outcome) => listOf(outcome, name)[place] ?? NaN));
}

function least(values: readonly number[]): Measured {
  return { value: Math.min(...values), interval: null };
}

export function judge({ outcomes, settings }: Judged<Settings>): Check[] {
  const lists = (name: string): number[][] => outcomes.map((outcome) => [...listOf(outcome, name)]);
  const numbers = (name: string): number[] => outcomes.map((outcome) => numberOf(outcome, name));
  const difference = (first: string, second: string): Measured =>
    meanOf(outcomes.map((outcome) => mean(listOf(outcome, first)) - mean(listOf(outcome, second))));
  const bounds = lists('bound 3').flat();
  const optima = lists('optimum').flat();
  // The card's bar is for T = 3e5, whatever comes after it.
  const last = Math.max(
    0,
    settings.horizons.findLastIndex((horizon) => horizon <= 300_000),
  );

  return [
    atLeast(
      '1. relaxation less optimum, smallest',
      least(bounds.map((bound, index) => bound - (optima[index] ?? NaN))),
      bars.bound,
    ),
    atLeast('1. p(real) − p(virtual) on F1–F3, smallest', least(numbers('least advantage')), 0),
    atMost(
      '1. p(real) − p(virtual) on F4, smallest of a seed, largest over seeds',
      { value: Math.max(...numbers('falling advantage')), interval: null },
      -0.1,
    ),
    atLeast('kept apart: p(real) − p(virtual) on F4, smallest', least(numbers('apart advantage')), 0),
    atLeast('2. PLAN / relaxation, lower 95 % limit, smallest of F1–F3', least(numbers('least share')), bars.share),
    ...settings.positions
      .map((position, place) => ({ position, place }))
      .filter(({ position }) => position <= 5)
      .map(({ position, place }) =>
        atLeast(
          `3. PLAN / greedy on F2, ${position} rounds of rest`,
          ratioOf(
            outcomes.map((each) => [listOf(each, 'trap')[place] ?? NaN, listOf(each, 'trap greedy')[place] ?? NaN]),
          ),
          bars.trap,
        ),
      ),
    atLeast(
      '3. best of all roundings / greedy on F1, in the mean',
      ratioOf(outcomes.map((each) => [mean(listOf(each, 'best 3')), mean(listOf(each, 'greedy 3'))])),
      bars.greedy,
    ),
    atLeast('4. value of the relaxation over that of phi = 1, F3', least(numbers('long blocks')), bars.longBlocks),
    atLeast('4. mean reward over that of phi = 1, F3', meanOf(numbers('long blocks played')), bars.longBlocksPlayed),
    reaches('4. reward above that of equal offsets, F1', difference('mean 3', 'equal 3'), 0, 0),
    reaches('4. reward above that of any candidate, F1', difference('mean 3', 'any 3'), 0, 0),
    atMost(
      '5. slope of regret to PLAN against T',
      overSeeds(outcomes, (sample) =>
        logSlope(
          settings.horizons,
          settings.horizons.map((_, place) => at(sample, 'regret', place)),
        ),
      ),
      bars.slope,
    ),
    atLeast(
      `5. reward per round at T = ${settings.horizons[last]}, share of PLAN`,
      overSeeds(outcomes, (sample) => at(sample, 'share', last)),
      bars.online,
    ),
    reaches(
      `5. gain of the isotonic step at ${settings.isotonicSamples} samples`,
      meanOf(numbers('isotonic gain')),
      0,
      0,
    ),
  ];
}
