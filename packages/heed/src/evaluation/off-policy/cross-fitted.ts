import { createFeatureEncoder, hashName, linearSums } from '../../math/index.ts';
import type { FeatureDefinition, FeatureRows, FeaturedItem, Situation } from '../../math/index.ts';

export interface CrossFittedDefinition {
  readonly features: FeatureDefinition;
  /** Each model has 2^bits weights. Default 16. */
  readonly bits?: number | undefined;
  /** Models, each of which never saw the rows that it predicts. Default 3. */
  readonly folds?: number | undefined;
  /** Step of AdaGrad. Default 0.3. */
  readonly step?: number | undefined;
}

export const crossFittedDefaults = { bits: 16, folds: 3, step: 0.3 } as const;

/** Linear models over hashed features, one a fold: each learns from the units of the other folds alone. */
interface CrossFitted {
  /**
   * Takes a step of every model but the unit's own.
   *
   * @param slope derivative of the loss by the linear sum, given that sum.
   */
  learn(unit: string, situation: Situation, item: FeaturedItem, slope: (sum: number) => number): void;
  /** The linear sums of all items by the model that has not seen the unit. */
  sums(unit: string, situation: Situation, items: readonly FeaturedItem[]): Float64Array;
}

/**
 * Makes models that never predict what they learned from, so that their errors do not go with those of the rows they are used on.
 *
 * @throws RangeError where folds are fewer than 2.
 * @source Chernozhukov et al. 2018, Double/debiased machine learning, definition 3.1; Duchi, Hazan and Singer 2011 for the steps.
 */
export function createCrossFitted(definition: CrossFittedDefinition): CrossFitted {
  const {
    bits = crossFittedDefaults.bits,
    folds = crossFittedDefaults.folds,
    step = crossFittedDefaults.step,
  } = definition;
  if (!(folds >= 2)) throw new RangeError(`cannot fit across folds, as there must be 2 or more: there are ${folds}`);
  const encoder = createFeatureEncoder(definition.features);
  const mask = 2 ** bits - 1;
  const models = Array.from({ length: folds }, () => ({
    weights: new Float64Array(mask + 1),
    squares: new Float64Array(mask + 1),
  }));
  const foldOf = (unit: string): number => hashName(unit, 0x0ddba11) % folds;

  return {
    learn(unit, situation, item, slope) {
      const rows = encoder.rows(situation, [item]);
      const own = foldOf(unit);
      models.forEach(({ weights, squares }, fold) => {
        if (fold === own) return;
        const sum = linearSums(rows, weights, mask)[0] ?? 0;
        descend(rows, slope(sum), { weights, squares, mask, step });
      });
    },
    sums(unit, situation, items) {
      const { weights } = models[foldOf(unit)] ?? { weights: new Float64Array(mask + 1) };
      return linearSums(encoder.rows(situation, items), weights, mask);
    },
  };
}

interface Steps {
  readonly weights: Float64Array;
  readonly squares: Float64Array;
  readonly mask: number;
  readonly step: number;
}

/** One step of AdaGrad along `error · x`, for a single row. */
function descend({ hashes, values, sharedEnd, starts }: FeatureRows, error: number, steps: Steps): void {
  for (let at = 0; at < sharedEnd; at += 1) move(hashes[at] ?? 0, error * (values[at] ?? 0), steps);
  for (let at = starts[0] ?? 0; at < (starts[1] ?? 0); at += 1) move(hashes[at] ?? 0, error * (values[at] ?? 0), steps);
}

function move(hash: number, slope: number, { weights, squares, mask, step }: Steps): void {
  if (slope === 0) return;
  const slot = hash & mask;
  squares[slot] = (squares[slot] ?? 0) + slope * slope;
  weights[slot] = (weights[slot] ?? 0) - (step * slope) / Math.sqrt(squares[slot] ?? 1);
}
