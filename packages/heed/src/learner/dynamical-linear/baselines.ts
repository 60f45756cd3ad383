import { drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import { checkReward } from './ucb.ts';
import type { VectorPlayer } from './ucb.ts';

export interface Exp3Options {
  /** K, vectors to choose from. */
  readonly count: number;
  /** T, rounds. */
  readonly horizon: number;
  /** M: rewards lie in [−2M, 2M], and are mapped to (y + 2M) / 4M. */
  readonly largest: number;
  /** Rounds that an action is held; its mean reward is one sample. Default 1. */
  readonly batch?: number;
}

/**
 * EXP3 over vectors, as the paper's experiments have it: gains, `γ = min(1, √(K ln K / ((e − 1) 2N/3)))` for N batches,
 * weights by `exp(γ g / (p K))`. With `batch` above 1 it is the batched EXP3.
 *
 * @source Auer, Cesa-Bianchi, Freund, Schapire 2002, The nonstochastic multiarmed bandit problem, section 3.
 */
export function createExp3({ count, horizon, largest, batch = 1 }: Exp3Options, random: Random): VectorPlayer {
  if (!(batch >= 1 && batch <= horizon))
    throw new RangeError(`cannot play by EXP3, as a batch must be from 1 to ${horizon} rounds: it is ${batch}`);
  const batches = Math.ceil(horizon / batch);
  const gamma = Math.min(1, Math.sqrt((count * Math.log(count)) / ((Math.E - 1) * ((2 * batches) / 3))));
  const logs = new Float64Array(count);
  let probabilities = new Float64Array(count).fill(1 / count);
  let [left, held, sum] = [0, 0, 0];
  return {
    next() {
      if (left === 0) {
        held = drawIndex(probabilities, random.uniform());
        left = batch;
        sum = 0;
      }
      return held;
    },
    learn(reward) {
      checkReward(reward);
      left -= 1;
      sum += Math.min(1, Math.max(0, (reward + 2 * largest) / (4 * largest)));
      if (left > 0) return;
      logs[held] = (logs[held] ?? 0) + ((gamma / count) * (sum / batch)) / (probabilities[held] ?? 1);
      const top = Math.max(...logs);
      const weights = logs.map((log) => Math.exp(log - top));
      const total = weights.reduce((all, weight) => all + weight, 0);
      probabilities = weights.map((weight) => ((1 - gamma) * weight) / total + gamma / count);
    },
    estimate: () => probabilities.slice(),
  };
}

export interface AutoregressiveOptions {
  readonly count: number;
  /** α in (0, 1): how much of an arm's state is left after a round. */
  readonly memory: number;
  /** σ: standard deviation of what is added to it. */
  readonly noise: number;
  /** Rewards are cut to [−largest, largest]. */
  readonly largest: number;
  /** Rounds of an epoch. Default: the paper's `⌈K α⁻³ σ⁻³⌉`. */
  readonly epoch?: number;
  /** Multiplies the paper's 24. Default 1. */
  readonly radiusScale?: number;
}

/**
 * AR2, alternating and restarting: even rounds play the better one of the two arms played last; odd ones play, of the arms
 * whose upper bound came near it, the one that has waited longest. Each epoch begins by playing every arm once.
 *
 *     an arm's mean is expected at α^(rounds since it was played) times its last reward
 *     it triggers where  best − it ≤ 24 c0 σ √((α² − α^(2(n + 1))) / (1 − α²)),  n rounds after it was played
 *     c0 = √(4 log(1/(α σ)) + 4 log(epoch) + 2 log(4 K))
 *
 * @source Chen, Golrezaei, Bouneffouf 2023, Non-stationary bandits with auto-regressive temporal dependency, algorithm 1.
 * Written from its description; the constants are as recalled from it.
 */
export function createAutoregressive(options: AutoregressiveOptions): VectorPlayer {
  const { count, memory, largest } = options;
  const { epoch, radius } = autoregressiveRule(options);
  const believed = new Float64Array(count);
  const playedAt = new Float64Array(count);
  const triggeredAt = new Float64Array(count).fill(Infinity);
  let [round, held, best] = [0, 0, 0];
  return {
    next() {
      const within = round % epoch;
      if (within === 0) triggeredAt.fill(Infinity);
      if (within < count) return (held = within);
      let waiting = -1;
      for (let arm = 0; arm < count; arm += 1) {
        if (arm === best) continue;
        const near = (believed[best] ?? 0) - (believed[arm] ?? 0) <= radius(round - (playedAt[arm] ?? 0));
        if (triggeredAt[arm] === Infinity && near) triggeredAt[arm] = round;
        if ((triggeredAt[arm] ?? Infinity) < (triggeredAt[waiting] ?? Infinity)) waiting = arm;
      }
      return (held = within % 2 === 1 && waiting >= 0 ? waiting : best);
    },
    learn(reward) {
      checkReward(reward);
      for (let arm = 0; arm < count; arm += 1) believed[arm] = memory * (believed[arm] ?? 0);
      believed[held] = memory * Math.min(largest, Math.max(-largest, reward));
      playedAt[held] = round;
      triggeredAt[held] = Infinity;
      if ((believed[held] ?? 0) > (believed[best] ?? 0)) best = held;
      round += 1;
    },
    estimate: () => believed.slice(),
  };
}

/**
 * Rounds of an epoch of AR2, and how near the best arm's mean another's must be to be looked at again, so many rounds after
 * it was played.
 *
 * @throws RangeError for constants out of range, or an epoch that does not exceed the arms.
 */
export function autoregressiveRule({
  count,
  memory,
  noise,
  epoch: given,
  radiusScale = 1,
}: Omit<AutoregressiveOptions, 'largest'>): {
  readonly epoch: number;
  readonly radius: (since: number) => number;
} {
  const epoch = given ?? usualEpoch(count, memory, noise);
  if (!(memory > 0 && memory < 1 && noise > 0 && epoch > count))
    throw new RangeError(
      `cannot play by AR2, as memory must lie in (0, 1), noise be above 0 and an epoch exceed ${count} rounds: they are ${memory}, ${noise} and ${epoch}`,
    );
  const c0 = Math.sqrt(4 * Math.log(1 / (memory * noise)) + 4 * Math.log(epoch) + 2 * Math.log(4 * count));
  const scale = (radiusScale * 24 * c0 * noise) / Math.sqrt(1 - memory ** 2);
  return { epoch, radius: (since) => scale * Math.sqrt(memory ** 2 - memory ** (2 * (since + 1))) };
}

/** `⌈K α⁻³ σ⁻³⌉`. */
export function usualEpoch(count: number, memory: number, noise: number): number {
  return Math.ceil(count / (memory * noise) ** 3);
}
