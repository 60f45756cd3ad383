import type { Random } from '../../math/index.ts';
import type { BatchedDescentOptions } from './batched-descent.ts';
import type { Situation } from './instances.ts';

/** Hedge: every action is seen in every round, the action is drawn anew each time. */
export function hedge({ actions, horizon }: Situation): BatchedDescentOptions {
  const learningRate = Math.sqrt((2 * Math.log(actions)) / horizon);
  return { actions, horizon, batches: horizon, learningRate, observed: { kind: 'full' }, dartboard: false };
}

/** Hedge with the dartboard (Geulen, Vöcking, Winkler 2010). */
export function dartboardHedge(situation: Situation): BatchedDescentOptions {
  return { ...hedge(situation), dartboard: true };
}

/** Exp3: sees what it takes, may change in every round, and pays for that. */
export function exp3({ actions, horizon }: Situation): BatchedDescentOptions {
  const learningRate = Math.sqrt((2 * Math.log(actions)) / (actions * horizon));
  return { actions, horizon, batches: horizon, learningRate, observed: { kind: 'bandit' }, dartboard: false };
}

/**
 * Follow the lazy leader with full feedback: the action of least `loss so far + p_k`, with one perturbation p uniform
 * in [0, 1/ε)^K that is shifted so that the leader changes only where the losses move it.
 *
 * @param losses rounds × actions, by rounds.
 * @returns the action of each round.
 * @source Kalai, Vempala 2005, Efficient algorithms for online decision problems, section 3.2, ε = √(ln K / T).
 */
export function lazyLeader({ actions, horizon }: Situation, losses: Float64Array, random: Random): Uint32Array {
  const width = Math.sqrt(horizon / Math.log(actions));
  const offset = Float64Array.from({ length: actions }, () => random.uniform() * width);
  const sums = new Float64Array(actions);
  const taken = new Uint32Array(horizon);
  for (let round = 0; round < horizon; round += 1) {
    let leader = 0;
    let least = Infinity;
    for (let action = 0; action < actions; action += 1) {
      // The point of the grid of cells `width` wide in the box that begins at the sums.
      const at = (offset[action] ?? 0) + Math.ceil(((sums[action] ?? 0) - (offset[action] ?? 0)) / width) * width;
      if (at >= least) continue;
      least = at;
      leader = action;
    }
    taken[round] = leader;
    for (let action = 0; action < actions; action += 1)
      sums[action] = (sums[action] ?? 0) + (losses[round * actions + action] ?? 0);
  }
  return taken;
}
