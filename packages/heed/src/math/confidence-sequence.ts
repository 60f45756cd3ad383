/** A mean with an interval that holds at every count at once, however often it is looked at. */
export interface SequenceInterval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Takes observations one by one; the interval may be asked for after each, and acted upon. */
export interface ConfidenceSequence {
  readonly count: number;
  observe(value: number): void;
  /** What is known now: the intersection of all intervals so far, so that it never widens. */
  interval(): SequenceInterval;
}

export interface SequenceOptions {
  /** Probability that the truth is ever left out, over all counts together; in (0, 1). Default 0.05. */
  readonly alpha?: number | undefined;
  /** `lower` or `upper` spends all of `alpha` on one bound, and the other is infinite. Default `both`. */
  readonly sides?: 'both' | 'lower' | 'upper' | undefined;
  /** Count at which the interval should be narrow; left out: it narrows at every count at nearly the best rate. */
  readonly tightAt?: number | undefined;
}

export interface BoundedOptions extends SequenceOptions {
  /** Every observation lies in it. Default [0, 1]. */
  readonly range?: readonly [number, number] | undefined;
}

/** The largest bet of a sequence: 1 would let one surprise end all. */
export const largestBet = 0.5;

/**
 * Empirical-Bernstein confidence sequence of the mean of bounded observations; exact at every count, no limit theorem.
 *
 * With `y = (x − a) / (b − a)`, bets `λ_i = min(√(2 log(2/α) / (σ̂²_{i−1} i log(1 + i))), 1/2)` and
 * `ψ(λ) = −log(1 − λ) − λ` the interval is `Σ λ_i y_i / Σ λ_i ± (log(2/α) + Σ ψ(λ_i) (y_i − μ̂_{i−1})²) / Σ λ_i`.
 * It holds for the mean of the conditional means too, where these stay the same; observations need not be independent.
 *
 * @throws RangeError where `alpha` is not in (0, 1), or the range is empty; on `observe`, where a value lies outside it.
 * @example
 * const sequence = createBoundedSequence({ range: [0, 1], alpha: 0.05 });
 * for (const click of [0, 1, 1, 0]) sequence.observe(click);
 * const { lower, upper } = sequence.interval();
 * @source Waudby-Smith and Ramdas 2023, Estimating means of bounded random variables by betting, theorem 2, equations 14 and 15.
 */
export function createBoundedSequence(options: BoundedOptions = {}): ConfidenceSequence {
  const [from, to] = options.range ?? [0, 1];
  if (!(from < to)) throw new RangeError(`cannot bound a mean, as its range must not be empty: it is ${from} to ${to}`);
  return createBernstein({ ...options, from, scale: to - from, top: to });
}

/**
 * Lower confidence sequence of the mean of observations that are bounded below alone, such as importance-weighted rewards.
 *
 * Where `x ≥ a`, `E exp(λ (y − μ̂) − ψ(λ) (y − μ̂)²) ≤ exp(λ (μ − μ̂))` holds whatever the largest `y` is, as long as the
 * prediction `μ̂` lies at most 1 above the least one. An upper sequence of `w r` comes from a lower one of `w (1 − r)`.
 *
 * @param options `from`: the least value. `scale`: what values are divided by, about the largest plausible mean less `from`.
 * @throws RangeError where `alpha` is not in (0, 1) or `scale` not above 0; on `observe`, where a value lies below `from`.
 * @example
 * const sequence = createLowerSequence({ from: 0, scale: 1, alpha: 0.025 });
 * for (const weighted of [0, 12.5, 0, 0.4]) sequence.observe(weighted);
 * const { lower } = sequence.interval();
 * @source Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro 2022, Anytime-valid off-policy inference, theorem 2.
 */
export function createLowerSequence(
  options: Omit<SequenceOptions, 'sides'> & {
    readonly from?: number | undefined;
    readonly scale?: number | undefined;
  } = {},
): ConfidenceSequence {
  const { from = 0, scale = 1 } = options;
  if (!(scale > 0)) throw new RangeError(`cannot bound a mean, as its scale must be above 0: it is ${scale}`);
  return createBernstein({ ...options, sides: 'lower', from, scale, top: Infinity });
}

interface BernsteinOptions extends SequenceOptions {
  readonly from: number;
  readonly scale: number;
  readonly top: number;
}

function createBernstein({
  alpha = 0.05,
  sides = 'both',
  tightAt,
  from,
  scale,
  top,
}: BernsteinOptions): ConfidenceSequence {
  requireAlpha(alpha);
  const threshold = Math.log((sides === 'both' ? 2 : 1) / alpha);
  let count = 0;
  let bets = 0;
  let weighted = 0;
  let penalty = 0;
  let sum = 0;
  let squares = 0;
  let variance = 0.25;
  let prediction = 0.5;
  let lower = -Infinity;
  let upper = Infinity;

  return {
    get count() {
      return count;
    },
    observe(value) {
      if (!(value >= from && value <= top))
        throw new RangeError(`cannot take an observation, as it must lie in ${from} to ${top}: it is ${value}`);
      const y = (value - from) / scale;
      count += 1;
      const horizon = tightAt ?? count * Math.log(1 + count);
      const bet = Math.min(Math.sqrt((2 * threshold) / (variance * horizon)), largestBet);
      bets += bet;
      weighted += bet * y;
      penalty += (-Math.log1p(-bet) - bet) * (y - prediction) ** 2;
      sum += y;
      const mean = (0.5 + sum) / (count + 1);
      squares += (y - mean) ** 2;
      variance = (0.25 + squares) / (count + 1);
      prediction = Math.min(mean, 1);
      const centre = weighted / bets;
      const radius = (threshold + penalty) / bets;
      if (sides !== 'upper') lower = Math.max(lower, from + scale * (centre - radius), from);
      if (sides !== 'lower') upper = Math.min(upper, from + scale * (centre + radius), top);
    },
    interval: () => ({ estimate: count === 0 ? NaN : from + (scale * sum) / count, lower, upper }),
  };
}

/**
 * Half the width of the normal-mixture confidence sequence of a mean: `σ √(2 (n ρ² + 1) / (n² ρ²) · log(√(n ρ² + 1) / α))`.
 *
 * @param count `n`, observations.
 * @param deviation `σ`, standard deviation of one observation: known, or estimated, and then it holds asymptotically.
 * @param scale `ρ²`; see `mixtureScale`.
 * @source Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Time-uniform central limit theory, theorem 2.2; Robbins 1970.
 */
export function mixtureRadius(count: number, deviation: number, alpha: number, scale: number): number {
  const grown = count * scale + 1;
  return (deviation / count) * Math.sqrt(((2 * grown) / scale) * Math.log(Math.sqrt(grown) / alpha));
}

/**
 * Evidence against a mean of 0, a martingale of expectation 1 where it is 0: `exp(ρ² z² n / (2 (n ρ² + 1))) / √(n ρ² + 1)`,
 * in nats; `z` is the mean over its standard error. `exp` of the negative is a p-value that is valid at every count.
 *
 * @returns the logarithm of the mixture likelihood ratio.
 * @source Johari, Koomen, Pekelis and Walsh 2022, Always valid inference, equation 9, with a variance of the mixture of `ρ² σ²`.
 */
export function mixtureLogEvidence(count: number, z: number, scale: number): number {
  const grown = count * scale + 1;
  return (scale * count * z ** 2) / (2 * grown) - Math.log(grown) / 2;
}

/**
 * The `ρ²` that makes the normal-mixture sequence narrowest at a count: the `x / n` that solves `x − log(1 + x) = 2 log(1/α)`.
 *
 * @throws RangeError where `alpha` is not in (0, 1), or `tightAt` not above 0.
 */
export function mixtureScale(alpha: number, tightAt: number): number {
  requireAlpha(alpha);
  if (!(tightAt > 0)) throw new RangeError(`cannot choose a scale, as tightAt must be above 0: it is ${tightAt}`);
  const target = -2 * Math.log(alpha);
  let x = target + Math.log1p(target);
  for (let step = 0; step < 50; step += 1) x -= (x - Math.log1p(x) - target) / (x / (1 + x));
  return x / tightAt;
}

export interface MixtureOptions {
  readonly alpha?: number | undefined;
  /** Count at which the interval is narrowest. Default 10,000. */
  readonly tightAt?: number | undefined;
  /** Observations before anything is said, for the variance is estimated from them. Default 100. */
  readonly least?: number | undefined;
}

export const mixtureDefaults = { alpha: 0.05, tightAt: 10_000, least: 100 } as const;

/**
 * Asymptotic confidence sequence of a mean, without any range: `mean ± mixtureRadius`, with the sample's standard deviation.
 * What it promises holds as `least` grows; for heavy tails take a larger one.
 *
 * @throws RangeError where `alpha` is not in (0, 1), or `least` is below 2; on `observe`, where a value is not finite.
 * @example
 * const sequence = createMixtureSequence({ tightAt: 5_000 });
 * for (let day = 1; day <= 400; day += 1) sequence.observe(Math.sin(day));
 * const { lower, upper } = sequence.interval();
 */
export function createMixtureSequence(options: MixtureOptions = {}): ConfidenceSequence {
  const alpha = options.alpha ?? mixtureDefaults.alpha;
  const least = options.least ?? mixtureDefaults.least;
  const scale = mixtureScale(alpha, options.tightAt ?? mixtureDefaults.tightAt);
  if (!(least >= 2)) throw new RangeError(`cannot estimate a variance, as least must be 2 or more: it is ${least}`);
  let count = 0;
  let mean = 0;
  let squares = 0;
  let lower = -Infinity;
  let upper = Infinity;
  return {
    get count() {
      return count;
    },
    observe(value) {
      if (!Number.isFinite(value))
        throw new RangeError(`cannot take an observation, as it must be finite: it is ${value}`);
      count += 1;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
      if (count < least) return;
      const radius = mixtureRadius(count, Math.sqrt(squares / (count - 1)), alpha, scale);
      lower = Math.max(lower, mean - radius);
      upper = Math.min(upper, mean + radius);
    },
    interval: () => ({ estimate: count === 0 ? NaN : mean, lower, upper }),
  };
}

/** @throws RangeError where it is not in (0, 1). */
export function requireAlpha(alpha: number): void {
  if (!(alpha > 0 && alpha < 1))
    throw new RangeError(`cannot make a confidence sequence, as alpha must be in (0, 1): it is ${alpha}`);
}
