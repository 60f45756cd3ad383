import { shermanMorrison, vectorUpperBound } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';

/*
 * DynLin-UCB: which of several vectors to play where a hidden state, x' = A x + B u + ε, carries effects over to later
 * rewards, y = ω·x + θ·u + η. In the long run a constant action u is worth h·u with h = θ + Bᵀ (I − A)⁻ᵀ ω.
 *
 *     epoch m holds one action for 1 + H_m rounds, H_m = ⌊log m / log(1/ρ)⌋; its last reward alone is learned from
 *     u_m = argmax ĥ·u + β_t √(uᵀ V⁻¹ u)         V = λ I + Σ u uᵀ,  ĥ = V⁻¹ Σ u y
 *     β_t = c1/√λ · log(e (t + 1)) + c2 √λ + √(2 σ̃² (log(1/δ) + d/2 · log(1 + t U²/(d λ))))
 *     c1 = U Ω Φ (U B/(1 − ρ) + X)   c2 = Θ + Ω B Φ/(1 − ρ)   σ̃² = σ² (1 + Ω² Φ²/(1 − ρ²))
 *
 * Mussi, Metelli, Restelli 2023, Dynamical linear bandits, algorithm 1 and theorem 4.
 * Deviation: equals are broken at random, also in the first epoch.
 */

/** What is known of the system beforehand; all of it bounds. */
export interface DynamicalBounds {
  /** ρ: of the spectral radius of A, in [0, 1). 0 holds no action longer than a round. */
  readonly spectralRadius: number;
  /** Φ ≥ 1: of `‖A^k‖ / ρ^k` over all k. */
  readonly overshoot: number;
  /** Θ: of `‖θ‖`. */
  readonly direct: number;
  /** Ω: of `‖ω‖`. */
  readonly readout: number;
  /** B: of `‖B‖`. */
  readonly input: number;
  /** U: of `‖u‖`. */
  readonly action: number;
  /** X: of `‖x‖`. */
  readonly state: number;
  /** σ of both noises. */
  readonly noise: number;
}

export interface DynamicalOptions {
  readonly bounds: DynamicalBounds;
  /** T, from 2: `δ = 1/T`. */
  readonly horizon: number;
  /** λ. Recommended: log T. */
  readonly ridge: number;
  /** Which rewards of an epoch are learned from. Default `last`; the others are wrong, and here to show it. */
  readonly learnFrom?: 'last' | 'first' | 'every';
  /** Leaves c1, the price of the transient, out of the width (Lin-UCB). */
  readonly withoutTransient?: boolean;
  /** β of a round, counted from 0, instead of the paper's. */
  readonly width?: (round: number) => number;
}

/** Plays one vector a round and learns from its reward. */
export interface VectorPlayer {
  /** Index of the vector to play in the next round. */
  next(): number;
  /** Takes the reward of the round just played. */
  learn(reward: number): void;
  /** What is believed of h. */
  estimate(): Float64Array;
}

/** β_t as a function of the round, counted from 0, in d dimensions. */
export function confidenceWidth(
  { bounds, horizon, ridge, withoutTransient }: DynamicalOptions,
  dimensions: number,
): (round: number) => number {
  const { spectralRadius: rho, overshoot, direct, readout, input, action, state, noise } = bounds;
  const c1 = withoutTransient === true ? 0 : action * readout * overshoot * ((action * input) / (1 - rho) + state);
  const c2 = direct + (readout * input * overshoot) / (1 - rho);
  const variance = noise ** 2 * (1 + (readout * overshoot) ** 2 / (1 - rho ** 2));
  const root = Math.sqrt(ridge);
  return (round) =>
    (c1 / root) * Math.log(Math.E * (round + 1)) +
    c2 * root +
    Math.sqrt(
      2 *
        variance *
        (Math.log(horizon) + (dimensions / 2) * Math.log(1 + (round * action ** 2) / (dimensions * ridge))),
    );
}

/** H_m: rounds by which epoch m, counted from 1, is longer than one. */
export function holdRounds(epoch: number, spectralRadius: number): number {
  // A whole power of 1/ρ may come out a little below its exponent.
  return spectralRadius === 0 ? 0 : Math.floor(Math.log(epoch) / Math.log(1 / spectralRadius) + 1e-12);
}

/**
 * Makes a DynLin-UCB player over given vectors; with ρ = 0 it is Lin-UCB.
 *
 * @param vectors all of the same length, at least one.
 * @throws RangeError for no vectors, vectors of unequal length, or bounds that make no sense.
 */
export function createDynamicalUcb(
  vectors: readonly ArrayLike<number>[],
  options: DynamicalOptions,
  random: Random,
): VectorPlayer {
  const dimensions = checkVectors(vectors);
  checkOptions(options);
  const { ridge, bounds, learnFrom = 'last', width = confidenceWidth(options, dimensions) } = options;
  const statistics = noRewards(dimensions, ridge);
  const { estimate, inverse } = statistics;
  let [round, epoch, left, held, first] = [0, 0, 0, 0, true];

  function choose(): number {
    const beta = width(round);
    return argmax(vectors.length, (index) => vectorUpperBound(vectors[index] ?? [], estimate, inverse, beta), random);
  }

  return {
    next() {
      if (left === 0) {
        epoch += 1;
        held = choose();
        left = 1 + holdRounds(epoch, bounds.spectralRadius);
        first = true;
      }
      return held;
    },
    learn(reward) {
      checkReward(reward);
      left -= 1;
      round += 1;
      const takes = learnFrom === 'every' || (learnFrom === 'last' ? left === 0 : first);
      first = false;
      if (!takes) return;
      addReward(statistics, vectors[held] ?? [], reward);
    },
    estimate: () => estimate.slice(),
  };
}

/** Least squares with a ridge, as it goes on. */
export interface RidgeStatistics {
  /** V⁻¹, d × d. */
  readonly inverse: Float64Array;
  /** Σ u y. */
  readonly sums: Float64Array;
  /** ĥ = V⁻¹ Σ u y. */
  readonly estimate: Float64Array;
}

/** Statistics of no rewards: `V = λ I`. */
export function noRewards(dimensions: number, ridge: number): RidgeStatistics {
  const inverse = Float64Array.from({ length: dimensions ** 2 }, (_, at) =>
    at % (dimensions + 1) === 0 ? 1 / ridge : 0,
  );
  return { inverse, sums: new Float64Array(dimensions), estimate: new Float64Array(dimensions) };
}

/** Takes a vector's reward into the statistics, which are changed in place. */
export function addReward(
  { inverse, sums, estimate }: RidgeStatistics,
  vector: ArrayLike<number>,
  reward: number,
): void {
  const size = sums.length;
  shermanMorrison(inverse, size, vector);
  for (let at = 0; at < size; at += 1) sums[at] = (sums[at] ?? 0) + (vector[at] ?? 0) * reward;
  for (let row = 0; row < size; row += 1) {
    let sum = 0;
    for (let at = 0; at < size; at += 1) sum += (inverse[row * size + at] ?? 0) * (sums[at] ?? 0);
    estimate[row] = sum;
  }
}

/** Index of the largest value; equals are drawn from. */
export function argmax(count: number, value: (index: number) => number, random: Random): number {
  let best = 0;
  let largest = -Infinity;
  let equals = 0;
  for (let index = 0; index < count; index += 1) {
    const found = value(index);
    // Rounding must not break a tie.
    const slack = equals === 0 ? 0 : 1e-12 * Math.abs(largest);
    if (found > largest + slack) {
      largest = found;
      best = index;
      equals = 1;
    } else if (found >= largest - slack) {
      equals += 1;
      if (random.uniform() * equals < 1) best = index;
    }
  }
  return best;
}

/** Their common length. */
export function checkVectors(vectors: readonly ArrayLike<number>[]): number {
  const dimensions = vectors[0]?.length ?? 0;
  if (
    dimensions === 0 ||
    vectors.some((vector) => vector.length !== dimensions || !Array.from(vector).every(Number.isFinite))
  )
    throw new RangeError(
      `cannot play vectors, as there must be at least one, all finite and of one length: the first of ${vectors.length} has ${dimensions} numbers`,
    );
  return dimensions;
}

/** @throws RangeError for a reward that is not finite: it would spoil all that was learned. */
export function checkReward(reward: number): void {
  if (!Number.isFinite(reward))
    throw new RangeError(`cannot learn from a reward, as it must be finite: it is ${reward}`);
}

/** @throws RangeError for bounds that make no sense, a horizon below 2 or a ridge that is not above 0. */
export function checkOptions({ bounds, horizon, ridge }: DynamicalOptions): void {
  const { spectralRadius, overshoot, ...others } = bounds;
  must(
    spectralRadius >= 0 && spectralRadius < 1,
    'spectralRadius must lie in [0, 1), for a system that settles',
    spectralRadius,
  );
  must(overshoot >= 1 && Number.isFinite(overshoot), 'overshoot must be at least 1', overshoot);
  for (const [name, value] of Object.entries(others))
    must(value >= 0 && Number.isFinite(value), `${name} must not be negative`, value);
  must(horizon >= 2, 'the horizon must be at least 2 rounds', horizon);
  must(ridge > 0 && Number.isFinite(ridge), 'ridge must be above 0, or the design is singular', ridge);
}

function must(fits: boolean, what: string, value: number): void {
  if (!fits) throw new RangeError(`cannot play vectors, as ${what}: it is ${value}`);
}
