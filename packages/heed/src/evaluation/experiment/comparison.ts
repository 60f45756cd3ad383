import { createBoundedMixture } from '../../math/index.ts';

/** What became of one unit. */
export interface UnitOutcome {
  readonly treated: boolean;
  /** Within the declared range. */
  readonly outcome: number;
  /** Something known of the unit before it was assigned, such as its outcome in the weeks before: it takes noise away. */
  readonly covariate?: number | undefined;
}

export interface ComparisonOptions {
  /** Probability that a unit is treated; in (0, 1). */
  readonly share: number;
  /** Every outcome lies in it. Default [0, 1]. */
  readonly range?: readonly [number, number] | undefined;
  /** Probability that the interval ever leaves out the true difference. Default 0.05. */
  readonly alpha?: number | undefined;
}

export interface ArmSummary {
  readonly units: number;
  /** NaN where there is no unit. */
  readonly mean: number;
}

/** The mean outcome of the treated less that of the others: it may be looked at, and acted upon, after every unit. */
export interface ComparisonResult {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** Of no difference; valid whenever one stops. */
  readonly pValue: number;
  readonly treated: ArmSummary;
  readonly control: ArmSummary;
}

export interface Comparison {
  /** Takes the outcome of one unit; each unit once, in an order that its arm has no part in. */
  observe(unit: UnitOutcome): void;
  result(): ComparisonResult;
}

/** Units of both arms before the covariate is used: a slope from fewer is noise. */
const leastForSlope = 20;

/**
 * Compares two arms while units come in, by an exact confidence sequence of their difference.
 *
 * Each unit gives `f = m₁ − m₀ + Z (y − m₁) / π − (1 − Z) (y − m₀) / (1 − π)`, where `m₁` and `m₀` are predicted from the
 * units before it: `f` has the difference as its mean whatever the predictions are, as the assignment alone is random.
 * With a covariate `m = ȳ + θ (x − x̄)`, `θ` being the slope within the arms (CUPED), and the variance falls by its share
 * of the outcome's. `f` lies within `± (b − a) / min(π, 1 − π)`, which is all that the sequence needs.
 *
 * @throws RangeError where `share` is not in (0, 1); on `observe`, where an outcome lies outside the range or a covariate is not finite.
 * @example
 * const comparison = createComparison({ share: 0.5 });
 * for (const [treated, outcome] of [[true, 1], [false, 0], [true, 1]] as const) comparison.observe({ treated, outcome });
 * const { lower, upper } = comparison.result();
 * @source Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Time-uniform central limit theory, section 4 (the estimate);
 *   Deng, Xu, Kohavi and Walker 2013, Improving the sensitivity of online controlled experiments (CUPED); the interval is
 *   that of `createBoundedMixture`.
 */
export function createComparison({ share, range: [from, to] = [0, 1], alpha = 0.05 }: ComparisonOptions): Comparison {
  if (!(share > 0 && share < 1))
    throw new RangeError(`cannot compare two arms, as share must be in (0, 1): it is ${share}`);
  const scale = to - from;
  const largest = 1 / Math.min(share, 1 - share);
  const sequence = createBoundedMixture({ alpha, range: [-largest, largest] });
  const arms = [createArm(), createArm()] as const;
  let pValue = 1;

  function slope(): number {
    const [control, treated] = arms;
    if (control.units < leastForSlope || treated.units < leastForSlope) return 0;
    const spread = control.spread + treated.spread;
    return spread > 0 ? (control.together + treated.together) / spread : 0;
  }

  return {
    observe({ treated, outcome, covariate = 0 }) {
      const y = (outcome - from) / scale;
      if (!(y >= 0 && y <= 1))
        throw new RangeError(`cannot take an outcome, as it must lie in ${from} to ${to}: it is ${outcome}`);
      if (!Number.isFinite(covariate))
        throw new RangeError(`cannot take an outcome, as its covariate must be finite: it is ${covariate}`);
      const theta = slope();
      const [m0, m1] = [arms[0].predict(covariate, theta), arms[1].predict(covariate, theta)];
      const correction = treated ? (y - m1) / share : -(y - m0) / (1 - share);
      sequence.observe(Math.min(largest, Math.max(-largest, m1 - m0 + correction)));
      arms[treated ? 1 : 0].take(y, covariate);
    },
    result() {
      const { estimate, lower, upper } = sequence.interval();
      pValue = Math.min(pValue, sequence.count === 0 ? 1 : sequence.pValue(0));
      const summary = ({ units, sum }: Arm): ArmSummary => ({ units, mean: from + (scale * sum) / units });
      return {
        estimate: estimate * scale,
        lower: Math.max(lower, -1) * scale,
        upper: Math.min(upper, 1) * scale,
        pValue,
        treated: summary(arms[1]),
        control: summary(arms[0]),
      };
    },
  };
}

interface Arm {
  readonly units: number;
  readonly sum: number;
  /** Σ (x − x̄)² and Σ (x − x̄)(y − ȳ). */
  readonly spread: number;
  readonly together: number;
  predict(covariate: number, slope: number): number;
  take(y: number, covariate: number): void;
}

function createArm(): Arm {
  let [units, sum, centre, spread, together] = [0, 0, 0, 0, 0];
  return {
    get units() {
      return units;
    },
    get sum() {
      return sum;
    },
    get spread() {
      return spread;
    },
    get together() {
      return together;
    },
    predict: (covariate, slope) =>
      Math.min(1, Math.max(0, (0.5 + sum) / (units + 1) + (units === 0 ? 0 : slope * (covariate - centre)))),
    take(y, covariate) {
      const before = units === 0 ? 0 : sum / units;
      units += 1;
      sum += y;
      const off = covariate - centre;
      centre += off / units;
      spread += off * (covariate - centre);
      together += (y - before) * (covariate - centre);
    },
  };
}
