import { drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';

/*
 * Batched mirror descent with a shrinking dartboard, for losses in [0, 1] of K actions where each change of action
 * costs as well. Time is cut into N batches; one action is held in each, one round of it is observed:
 *
 *     full       l^_b[k] = l_u[k]                               flexible   l^_b[k] = (K/M) l_u[k] 1{k observed}
 *     bandit     l^_b[k] = l_u[k] 1{k = A_b} / w_b[k]           w_{b+1}[k] ∝ w_b[k] exp(−η l^_b[k])
 *
 * With the dartboard the action is kept with probability W_{b+1}[A]/W_b[A] = exp(−η l^_b[A]), else drawn from w_{b+1}:
 * that leaves P(A_b = k) = w_b[k] as it is where l^_b does not depend on A_b.
 *
 * Cheng, Zhou, Ji 2023, Understanding the role of feedback in online learning with switching costs;
 * Geulen, Vöcking, Winkler 2010, Regret minimization for online buffering problems (the dartboard).
 * Deviations: 1. constants are ours, the rates are the paper's. 2. The last batch may be shorter.
 */

/** What is seen of the observed round: every action, some actions drawn anew each time, or the one taken. */
export type Observed =
  | { readonly kind: 'full' }
  | { readonly kind: 'flexible'; readonly count: number }
  | { readonly kind: 'bandit' };

export interface BatchedDescentOptions {
  /** K, at least 2. */
  readonly actions: number;
  /** T, rounds. */
  readonly horizon: number;
  /** N, from 1 to T. */
  readonly batches: number;
  /** η, above 0. */
  readonly learningRate: number;
  readonly observed: Observed;
  /** Keeps actions by the shrinking dartboard. Must be off for bandit feedback, whose estimates depend on the action. */
  readonly dartboard: boolean;
}

/** Between two batches. */
export interface BatchedDescentState {
  /** log W, up to a constant. */
  readonly logWeights: Float64Array;
  /** w: the distribution of the action. */
  readonly weights: Float64Array;
  /** A: held until the next batch. */
  readonly action: number;
}

/** Which round of a batch is looked at, and which actions of it; drawn before, and whatever the action is. */
export interface Observation {
  /** Within the batch, from 0. */
  readonly round: number;
  readonly actions: readonly number[];
}

/**
 * Draws the first action uniformly.
 * @throws RangeError where the options contradict one another.
 */
export function startDescent(options: BatchedDescentOptions, random: Random): BatchedDescentState {
  const { actions, horizon, batches, learningRate, observed } = options;
  require(Number.isInteger(actions) && actions >= 2, 'actions must be a whole number from 2', actions);
  require(Number.isInteger(horizon) && horizon >= 1, 'horizon must be a whole number from 1', horizon);
  require(Number.isInteger(batches) &&
    batches >= 1 &&
    batches <= horizon, `batches must be a whole number from 1 to the horizon, ${horizon}`, batches);
  require(learningRate > 0 && Number.isFinite(learningRate), 'learningRate must be above 0', learningRate);
  if (observed.kind === 'flexible')
    require(Number.isInteger(observed.count) &&
      observed.count >= 1 &&
      observed.count <= actions, `observed.count must be a whole number from 1 to ${actions}`, observed.count);
  const weights = new Float64Array(actions).fill(1 / actions);
  return { logWeights: new Float64Array(actions), weights, action: drawIndex(weights, random.uniform()) };
}

/** Rounds [from, to) of batch b, counted from 0. */
export function batchBounds(
  { horizon, batches }: BatchedDescentOptions,
  batch: number,
): readonly [from: number, to: number] {
  return [Math.floor((batch * horizon) / batches), Math.floor(((batch + 1) * horizon) / batches)];
}

/** Chooses what to observe of a batch of that many rounds. */
export function chooseObservation(
  options: BatchedDescentOptions,
  { action }: BatchedDescentState,
  rounds: number,
  random: Random,
): Observation {
  const round = Math.floor(random.uniform() * rounds);
  const { actions, observed } = options;
  switch (observed.kind) {
    case 'full':
      return { round, actions: Array.from({ length: actions }, (_, index) => index) };
    case 'bandit':
      return { round, actions: [action] };
    case 'flexible': {
      const all = Array.from({ length: actions }, (_, index) => index);
      for (let place = 0; place < observed.count; place += 1) {
        const other = place + Math.floor(random.uniform() * (actions - place));
        [all[place], all[other]] = [all[other] ?? 0, all[place] ?? 0];
      }
      return { round, actions: all.slice(0, observed.count) };
    }
  }
}

/**
 * Estimates the losses of all actions from those observed, without bias as long as the observation was.
 * @throws RangeError for a loss outside [0, 1].
 */
export function estimateLosses(
  { actions, observed }: BatchedDescentOptions,
  { weights }: BatchedDescentState,
  seen: readonly number[],
  losses: ArrayLike<number>,
): Float64Array {
  const estimate = new Float64Array(actions);
  seen.forEach((action, index) => {
    const loss = losses[index] ?? NaN;
    require(loss >= 0 && loss <= 1, 'each loss must lie in [0, 1]', loss);
    const share =
      observed.kind === 'full' ? 1 : observed.kind === 'flexible' ? observed.count / actions : (weights[action] ?? 0);
    estimate[action] = loss / share;
  });
  return estimate;
}

/** Takes the estimate of a batch and chooses the action of the next. */
export function descend(
  { learningRate, dartboard }: BatchedDescentOptions,
  state: BatchedDescentState,
  estimate: Float64Array,
  random: Random,
): BatchedDescentState {
  const logWeights = new Float64Array(estimate.length);
  let largest = -Infinity;
  for (let index = 0; index < estimate.length; index += 1) {
    const next = (state.logWeights[index] ?? 0) - learningRate * (estimate[index] ?? 0);
    logWeights[index] = next;
    if (next > largest) largest = next;
  }
  const weights = new Float64Array(estimate.length);
  let sum = 0;
  for (let index = 0; index < estimate.length; index += 1) {
    // The largest is taken off for good: only differences count, and W itself would underflow.
    logWeights[index] = (logWeights[index] ?? 0) - largest;
    weights[index] = Math.exp(logWeights[index] ?? 0);
    sum += weights[index] ?? 0;
  }
  for (let index = 0; index < estimate.length; index += 1) weights[index] = (weights[index] ?? 0) / sum;
  const stay = dartboard && random.uniform() < Math.exp(-learningRate * (estimate[state.action] ?? 0));
  return { logWeights, weights, action: stay ? state.action : drawIndex(weights, random.uniform()) };
}

function require(fits: boolean, must: string, value: number): void {
  if (!fits) throw new RangeError(`cannot learn with switching costs, as ${must}: it is ${value}`);
}
