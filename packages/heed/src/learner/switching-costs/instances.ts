import type { BatchedDescentOptions } from './batched-descent.ts';

/** How often may be observed, by whom the rest is set. */
export interface Situation {
  /** K. */
  readonly actions: number;
  /** T, rounds. */
  readonly horizon: number;
}

/**
 * Spends a budget of B observations on full rounds, K at a time: `N = B/K`, `η = √(2 ln K / N)`, with the dartboard.
 * Regret `T √(2K ln K / B)`, switches at most η N in the mean.
 *
 * @throws RangeError for a budget below K, which buys no round.
 */
export function fullFeedback({ actions, horizon }: Situation, budget: number): BatchedDescentOptions {
  const batches = batchesFor(budget, actions, horizon);
  const learningRate = Math.sqrt((2 * Math.log(actions)) / batches);
  return { actions, horizon, batches, learningRate, observed: { kind: 'full' }, dartboard: true };
}

/**
 * Spends a budget of B observations on `count` actions at a time, drawn anew each time: `N = B/M`,
 * `η = √(2 M ln K / (K N))`, with the dartboard. The same rate as full rounds, for every M.
 *
 * @throws RangeError for a budget below `count`.
 */
export function flexibleFeedback(
  { actions, horizon }: Situation,
  budget: number,
  count: number,
): BatchedDescentOptions {
  const batches = batchesFor(budget, count, horizon);
  const learningRate = Math.sqrt((2 * count * Math.log(actions)) / (actions * batches));
  return { actions, horizon, batches, learningRate, observed: { kind: 'flexible', count }, dartboard: true };
}

/**
 * Spends a budget of B observations on the actions that are taken: `N = B`, `η = √(2 ln K / (K N))`, without dartboard.
 * Good while `B ≤ K^{1/3} T^{2/3}`: beyond that each further batch costs a switch.
 *
 * @throws RangeError for a budget below 1.
 */
export function banditFeedback({ actions, horizon }: Situation, budget: number): BatchedDescentOptions {
  const batches = batchesFor(budget, 1, horizon);
  const learningRate = Math.sqrt((2 * Math.log(actions)) / (actions * batches));
  return { actions, horizon, batches, learningRate, observed: { kind: 'bandit' }, dartboard: false };
}

/** The ordinary bandit, which sees what it takes in every round: `N = K^{1/3} T^{2/3}`. */
export function plainBandit(situation: Situation): BatchedDescentOptions {
  return banditFeedback(situation, Math.min(situation.horizon, Math.ceil(mostUseful(situation))));
}

/**
 * Setting 1: bandit feedback in each round, and `extra` observations for nothing. Uses the extra ones alone, on full
 * rounds, once they are worth more: `s T √(K/B) < (1 + s) K^{1/3} T^{2/3}` with `s = √(2 ln K)`.
 */
export function withExtraObservations(situation: Situation, extra: number): BatchedDescentOptions {
  const s = Math.sqrt(2 * Math.log(situation.actions));
  const worth = (s / (1 + s)) ** 2 * mostUseful(situation);
  return extra < worth ? plainBandit(situation) : fullFeedback(situation, extra);
}

/** Setting 2: `budget` observations in all, of any actions in any rounds. */
export function withTotalObservations(situation: Situation, budget: number): BatchedDescentOptions {
  return budget <= mostUseful(situation) ? banditFeedback(situation, budget) : fullFeedback(situation, budget);
}

/** Observations used over all batches; never above the budget. */
export function observationsUsed({ batches, observed, actions }: BatchedDescentOptions): number {
  return batches * (observed.kind === 'full' ? actions : observed.kind === 'flexible' ? observed.count : 1);
}

/** `K^{1/3} T^{2/3}`: batches of one observation beyond which switches cost more than they gain. */
function mostUseful({ actions, horizon }: Situation): number {
  return actions ** (1 / 3) * horizon ** (2 / 3);
}

function batchesFor(budget: number, price: number, horizon: number): number {
  if (!(budget >= price) || price < 1)
    throw new RangeError(
      `cannot spend the budget, as it must buy one observed round of ${price} actions: it is ${budget}`,
    );
  return Math.min(horizon, Math.floor(budget / price));
}
