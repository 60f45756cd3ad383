import { calibrate } from '../../math/index.ts';
import { fail, ok, skipped, warn } from './check.ts';
import type { Check } from './check.ts';

/** One decision: the probability of each candidate of being first, as the artifact that decided gives them, and which one was first. */
export interface Draw {
  readonly probabilities: Float64Array;
  readonly chosen: number;
  /** The probability of that candidate by the log, where the log has it on its own. */
  readonly logged: number | null;
}

/** How often the candidates at one place of the list were chosen, beside how often they had to be. */
export interface PlaceCount {
  readonly place: string;
  readonly expected: number;
  readonly observed: number;
  /** (observed − expected) / √Σ p (1 − p), about standard normal where the probabilities are true. */
  readonly zScore: number;
}

const places = 5;
/** Below this a score says nothing: the normal approximation needs some variance. */
const leastVariance = 5;
const leastDecisions = 200;
/** Of six scores, true probabilities let one go beyond this in about 2,600 looks. */
const toleratedScore = 4;
const sameProbability = 1e-9;

/**
 * Counts choices by their place in the list of candidates.
 * It finds whoever takes the first of the list instead of the one drawn, also where all are equally probable.
 */
export function countByPlace(draws: readonly Draw[]): PlaceCount[] {
  const counts = Array.from({ length: places }, (_, index) => ({
    place: `${index + 1}${index === places - 1 ? ' or later' : ''}`,
    expected: 0,
    observed: 0,
    variance: 0,
  }));
  for (const { probabilities, chosen } of draws) {
    for (const [index, probability] of probabilities.entries()) {
      const count = counts[Math.min(index, places - 1)];
      if (count === undefined) continue;
      count.expected += probability;
      count.variance += probability * (1 - probability);
      if (index === chosen) count.observed += 1;
    }
  }
  return counts.map(({ place, expected, observed, variance }) => ({
    place,
    expected,
    observed,
    zScore: variance < leastVariance ? 0 : (observed - expected) / Math.sqrt(variance),
  }));
}

/** Judges the logged probabilities: everything that learns from logs rests on them. */
export function judgeCalibration(draws: readonly Draw[]): Check {
  const name = 'calibration';
  const decisions = draws.length;
  if (decisions === 0) return skipped(name, 'no decision with a known probability is there yet');
  const differing = draws.filter(
    ({ probabilities, chosen, logged }) =>
      logged !== null && Math.abs(logged - (probabilities[chosen] ?? 0)) > sameProbability,
  ).length;
  if (differing > 0) {
    return fail(
      name,
      `${differing} of ${decisions} logged probabilities are not those of the artifact that decided`,
      'run `heed decisions replay --last 1000`, and neither learn nor evaluate from these decisions',
    );
  }
  const { observed, expected, zScore } = calibrate(
    draws.map(({ probabilities, chosen }) => ({ chosen: probabilities[chosen] ?? 0, distribution: probabilities })),
  );
  if (decisions < leastDecisions)
    return ok(
      name,
      `${decisions} logged probabilities are those of their artifacts; how often each is drawn is judged from ${leastDecisions} on`,
    );
  const advice =
    'actions are not drawn as often as logged: look for code that picks an action itself after Heed has decided';
  const finding = `${decisions} logged probabilities: ${observed.toFixed(4)} in the mean, ${expected.toFixed(4)} expected (${zScore.toFixed(1)} standard errors)`;
  if (Math.abs(zScore) > toleratedScore) return fail(name, finding, advice);
  const odd = countByPlace(draws).find((count) => Math.abs(count.zScore) > toleratedScore);
  if (odd !== undefined)
    return fail(
      name,
      `candidates at place ${odd.place} of the list were chosen ${odd.observed} times, ${odd.expected.toFixed(0)} expected (${odd.zScore.toFixed(1)} standard errors)`,
      advice,
    );
  return ok(name, finding);
}

/** Where the policy itself can no longer be asked, nothing is known. */
export function unreadable(why: string): Check {
  return warn(
    'calibration',
    `the logged probabilities cannot be looked at: ${why}`,
    'run `heed decisions replay --last 1000 --debug`',
  );
}
