import { checkBounds, exploreNext, isotonic, playOf, stateCount } from '../../math/index.ts';
import type { LastSwitchModel, Random, ScheduledArm, StateBounds } from '../../math/index.ts';
import { relaxByPrice } from './multiplier.ts';
import { bestOf, planDefaults, roundSchedule } from './planner.ts';
import type { LastSwitchPlan } from './planner.ts';
import { countPlay, emptyCounts } from './player.ts';
import type { LastSwitchPlayer, StateCounts } from './player.ts';
import { planWithoutOverlap } from './without-overlap.ts';

/*
 * Explore, then plan: m samples of what each arm pays in each state, then the schedule of the means found, which are
 * first made not to fall from tired to rested.
 *
 *     m = ⌈(T / (n (Tau + Phi)))^(2/3) log^(1/3) T⌉
 */

export interface OnlineOptions extends StateBounds {
  /** n, at least 1. */
  readonly arms: number;
  /** T, rounds. */
  readonly horizon: number;
  /** m. Default: as above. */
  readonly samples?: number;
  /** Leaves the means as they are: worse, and here to show it. */
  readonly withoutIsotonic?: boolean;
}

/** m: samples of each state that are worth their rounds. */
export function samplesFor({ arms, horizon, tauMax, phiMax }: OnlineOptions): number {
  return Math.ceil((horizon / (arms * (tauMax + phiMax))) ** (2 / 3) * Math.log(horizon) ** (1 / 3));
}

/**
 * The table of means of what was counted, each arm's made not to fall from tired to rested, weighted by plays.
 * A state that was never played has what its neighbours have; an arm that was never played has ½.
 */
export function estimateMeans(counts: StateCounts, { withoutIsotonic = false } = {}): LastSwitchModel {
  const { tauMax, phiMax, plays, rewards } = counts;
  const means = plays.map((own, arm) => {
    const raw = own.map((count, cell) => (count === 0 ? NaN : (rewards[arm]?.[cell] ?? 0) / count));
    const found = withoutIsotonic ? raw : isotonic(raw, own);
    return found.map((value) => (Number.isNaN(value) ? 0.5 : Math.min(1, Math.max(0, value))));
  });
  return { tauMax, phiMax, means };
}

/**
 * Plans by estimates. Where they are not monotone, as without the isotonic step, mirroring promises nothing, but works.
 *
 * @param monotone that the payoffs do not fall from tired to rested; else arms are kept apart (`planWithoutOverlap`).
 */
export function planByEstimates(
  model: LastSwitchModel,
  random: Random,
  {
    roundings = planDefaults.roundings,
    monotone = true,
  }: { readonly roundings?: number; readonly monotone?: boolean } = {},
): LastSwitchPlan {
  const relaxation = relaxByPrice(model);
  return monotone
    ? bestOf(model, relaxation, roundings, () => roundSchedule(relaxation, random))
    : planWithoutOverlap(model, relaxation, random, { roundings });
}

/** A player that tells what it has seen. */
export interface ExploringPlayer extends LastSwitchPlayer {
  readonly counts: StateCounts;
  /** Whether it has seen enough, and plays its schedule. */
  planned(): boolean;
}

/**
 * Makes a player that explores until each state of each arm has its samples, then plays the best schedule it finds.
 *
 * @throws RangeError for no arms, tauMax or phiMax below 1, or a horizon that does not hold the samples.
 */
export function createLastSwitchPlayer(options: OnlineOptions, random: Random): ExploringPlayer {
  checkOnline(options);
  const { arms, withoutIsotonic = false, samples = samplesFor(options) } = options;
  const counts = emptyCounts(arms, options);
  let plan: { model: LastSwitchModel; schedule: readonly ScheduledArm[] } | null = null;
  let round = 0;
  return {
    counts,
    planned: () => plan !== null,
    next(states) {
      if (plan === null) {
        const explored = exploreNext(counts.plays, states, samples, options);
        if (explored !== 'done') return explored;
        const model = estimateMeans(counts, { withoutIsotonic });
        plan = { model, schedule: planByEstimates(model, random).schedule };
      }
      round += 1;
      return playOf(plan.schedule, plan.model, round - 1)?.arm ?? null;
    },
    learn(arm, state, reward) {
      if (plan === null) countPlay(counts, arm, state, reward);
    },
  };
}

function checkOnline(options: OnlineOptions): void {
  checkBounds(options);
  const { arms, horizon } = options;
  if (!Number.isInteger(arms) || arms < 1)
    throw new RangeError(`cannot learn, as arms must be a whole number from 1: it is ${arms}`);
  if (!Number.isInteger(horizon) || horizon < 2)
    throw new RangeError(`cannot learn, as the horizon must be a whole number from 2: it is ${horizon}`);
  const { samples = samplesFor(options) } = options;
  if (!Number.isInteger(samples) || samples < 1)
    throw new RangeError(`cannot learn, as samples must be a whole number from 1: it is ${samples}`);
  const needed = samples * arms * stateCount(options);
  if (horizon < needed)
    throw new RangeError(
      `cannot learn, as the horizon must hold ${samples} samples of each of ${arms * stateCount(options)} states, ${needed} rounds: it is ${horizon}`,
    );
}
