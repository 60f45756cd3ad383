import { createRandom, drawNormal } from '../math/index.ts';

/** Losses fixed before anybody acts. */
export interface LossTable {
  readonly actions: number;
  readonly horizon: number;
  /** horizon × actions, by rounds, each in [0, 1]. */
  readonly losses: Float64Array;
  /** Share of losses that were cut to [0, 1]. */
  readonly clipped: number;
}

interface LossOptions {
  /** K. */
  readonly actions: number;
  /** T, rounds. */
  readonly horizon: number;
  /** By how much the best action is better, in the mean. */
  readonly gap: number;
  readonly seed: string;
}

/** Independent losses: Bernoulli(1/2), and Bernoulli(1/2 − gap) for one action drawn by the seed. */
export function stochasticLosses(options: LossOptions): LossTable {
  const random = createRandom(`${options.seed} stochastic`);
  const best = Math.floor(random.uniform() * options.actions);
  return tableOf(options, (_, action) => (random.uniform() < 0.5 - (action === best ? options.gap : 0) ? 1 : 0));
}

/**
 * The hard instance: a walk on many scales that all actions share, noise of each action's own, and one that is better:
 * `l_t[k] = clip(1/2 + G_t + γ_t[k] − gap 1{k = k*})`, `G_t = G_{t − 2^i} + ξ_t`, where 2^i is the largest power of two
 * that divides t, all noise of standard deviation `scale / (9 log₂ T)`.
 *
 * @source Dekel, Ding, Koren, Peres 2014, Bandits with switching costs: T^{2/3} regret, section 3. Deviation: the noise
 * γ, without which one full observation names the best action.
 */
export function walkLosses(options: LossOptions & { readonly scale: number }): LossTable {
  const { actions, horizon, gap, scale, seed } = options;
  const random = createRandom(`${seed} walk`);
  const deviation = scale / (9 * Math.log2(horizon));
  const best = Math.floor(random.uniform() * actions);
  const walk = new Float64Array(horizon + 1);
  for (let round = 1; round <= horizon; round += 1)
    walk[round] = (walk[round - (round & -round)] ?? 0) + deviation * drawNormal(random);
  return tableOf(
    options,
    (round, action) => 0.5 + (walk[round + 1] ?? 0) + deviation * drawNormal(random) - (action === best ? gap : 0),
  );
}

/** A shift: until T/3 one action is better by the gap, from then on another one is. Bernoulli losses. */
export function shiftingLosses(options: LossOptions): LossTable {
  const random = createRandom(`${options.seed} shifting`);
  const first = Math.floor(random.uniform() * options.actions);
  const second = (first + 1) % options.actions;
  return tableOf(options, (round, action) => {
    const best = round < options.horizon / 3 ? first : second;
    return random.uniform() < 0.5 - (action === best ? options.gap : 0) ? 1 : 0;
  });
}

function tableOf({ actions, horizon, gap }: LossOptions, loss: (round: number, action: number) => number): LossTable {
  if (!(gap >= 0 && gap <= 0.5))
    throw new RangeError(`cannot make losses, as the gap must lie in [0, 0.5]: it is ${gap}`);
  const losses = new Float64Array(horizon * actions);
  let clipped = 0;
  for (let round = 0; round < horizon; round += 1)
    for (let action = 0; action < actions; action += 1) {
      const raw = loss(round, action);
      if (raw < 0 || raw > 1) clipped += 1;
      losses[round * actions + action] = Math.min(1, Math.max(0, raw));
    }
  return { actions, horizon, losses, clipped: clipped / losses.length };
}
