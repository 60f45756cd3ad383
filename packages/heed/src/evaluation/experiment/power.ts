import { boundedBoundary } from '../../math/index.ts';
import { normalQuantile } from '../../math/student.ts';

export interface PowerQuestion {
  /** The difference of means that is to be found. */
  readonly effect: number;
  /** Standard deviation of one unit's outcome, within an arm; with a covariate, of what it leaves. */
  readonly deviation: number;
  /** Least and largest outcome; their distance bounds what one unit can say. Default [0, 1]. */
  readonly range?: readonly [number, number] | undefined;
  /** Share of units that are treated. Default 0.5. */
  readonly share?: number | undefined;
  readonly alpha?: number | undefined;
  /** Probability of finding the effect. Default 0.8. */
  readonly power?: number | undefined;
}

export const powerDefaults = { range: [0, 1], share: 0.5, alpha: 0.05, power: 0.8 } as const;

/** How many units, of both arms together, an experiment takes. */
export interface PowerAnswer {
  /** For a test at one planned moment: `(z_{1−α/2} + z_{power})² σ² (1/π + 1/(1−π)) / effect²`. */
  readonly fixed: number;
  /** For one that is watched all the time: by then the interval leaves out 0 with at least that probability. */
  readonly watched: number;
}

/**
 * Units that an experiment takes to find an effect, looked at once or all the time.
 * Watching costs about three times as many where the effect is as small as planned, and ends early where it is larger.
 *
 * @throws RangeError where `effect` is 0, `deviation` is not above 0, or `share`, `alpha` or `power` is not in (0, 1).
 * @example
 * const { fixed, watched } = unitsNeeded({ effect: 0.01, deviation: Math.sqrt(0.1 * 0.9) });
 */
export function unitsNeeded({
  effect,
  deviation,
  range = powerDefaults.range,
  share = powerDefaults.share,
  alpha = powerDefaults.alpha,
  power = powerDefaults.power,
}: PowerQuestion): PowerAnswer {
  for (const [name, value] of Object.entries({ share, alpha, power }))
    if (!(value > 0 && value < 1))
      throw new RangeError(`cannot tell the units needed, as ${name} must be in (0, 1): it is ${value}`);
  if (!(Math.abs(effect) > 0))
    throw new RangeError(`cannot tell the units needed, as effect must not be 0: it is ${effect}`);
  if (!(deviation > 0))
    throw new RangeError(`cannot tell the units needed, as deviation must be above 0: it is ${deviation}`);
  const variance = deviation ** 2 * (1 / share + 1 / (1 - share));
  const luck = normalQuantile(power);
  const fixed = Math.ceil(((normalQuantile(1 - alpha / 2) + luck) ** 2 * variance) / effect ** 2);

  // As in `createComparison`: what a unit says lies in ± width / 2.
  const width = (2 * (range[1] - range[0])) / Math.min(share, 1 - share);
  const enough = (units: number): boolean =>
    (width * boundedBoundary((units * variance) / width ** 2, alpha / 2)) / units +
      luck * Math.sqrt(variance / units) <=
    Math.abs(effect);
  let [few, many] = [1, fixed];
  while (!enough(many)) [few, many] = [many, many * 2];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (enough(middle)) many = middle;
    else few = middle;
  }
  return { fixed, watched: many };
}
