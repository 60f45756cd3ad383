import { fastCbNext, greedyNext, squareCbNext } from './exploration.ts';
import type { FastCbForm } from './exploration.ts';
import { plackettLuceNext } from './ranking.ts';

/**
 * ε-greedy over a set of actions: `p_a = ε/K`, and `1 − ε` more for the best, which equals share.
 *
 * @param scores one per action, at least one.
 * @param epsilon in [0, 1].
 * @throws RangeError for no action or a score that is not a number.
 * @example
 * epsilonGreedyProbabilities(Float64Array.of(0.2, 0.7), 0.1); // [0.05, 0.95]
 */
export function epsilonGreedyProbabilities(scores: Float64Array, epsilon: number): Float64Array {
  checkScores(scores);
  return greedyNext(scores, new Uint8Array(scores.length)).map(
    (greedy) => (1 - epsilon) * greedy + epsilon / scores.length,
  );
}

/**
 * Boltzmann exploration: `p_a = exp(s_a/τ) / Σ_b exp(s_b/τ)`.
 *
 * @param scores one per action, at least one.
 * @param temperature τ, above 0, in the scores' unit.
 * @throws RangeError for no action or a score that is not a number.
 */
export function boltzmannProbabilities(scores: Float64Array, temperature: number): Float64Array {
  checkScores(scores);
  return plackettLuceNext(scores, temperature, new Uint8Array(scores.length)).map(Math.exp);
}

/**
 * SquareCB: `p_a = 1 / (K + γ (s_b − s_a))` for each action but the best b, which has the rest.
 *
 * @param scores one per action, at least one, in widths of the reward range.
 * @param gamma γ, not negative: 0 is uniform.
 * @throws RangeError for no action or a score that is not a number.
 * @source Foster, Rakhlin 2020, Beyond UCB, algorithm 1.
 */
export function squareCbProbabilities(scores: Float64Array, gamma: number): Float64Array {
  checkScores(scores);
  return squareCbNext(scores, gamma, new Uint8Array(scores.length));
}

/**
 * FastCB, in the form for losses (the default) or the one for rewards: see `fastCbNext`.
 *
 * @param rewards expected reward per action, at least one; taken as lying in [0, 1].
 * @param gamma γ, not negative: 0 is uniform.
 * @throws RangeError for no action or a score that is not a number.
 * @source Foster, Krishnamurthy 2021, Efficient first-order contextual bandits, algorithm 1.
 */
export function fastCbProbabilities(rewards: Float64Array, gamma: number, form: FastCbForm = 'loss'): Float64Array {
  checkScores(rewards);
  return fastCbNext(rewards, gamma, new Uint8Array(rewards.length), form);
}

function checkScores(scores: Float64Array): void {
  if (scores.length === 0) throw new RangeError('cannot explore, as there must be an action: there is none');
  const bad = scores.findIndex(Number.isNaN);
  if (bad >= 0) throw new RangeError(`cannot explore, as each score must be a number: number ${bad} is NaN`);
}
