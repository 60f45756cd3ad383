import { hashName } from '../../math/index.ts';

/** An arm of an experiment. Of every unit, the share `weight / Σ weights` is in it. */
export interface WeightedArm {
  readonly name: string;
  /** Above 0; any scale. */
  readonly weight: number;
}

/**
 * Where a unit lies in [0, 1) under a salt: `murmur3(unit, seed = murmur3(salt, 0)) / 2³²`, of their UTF-8 bytes.
 * The same pair lies at the same place for ever; places under two salts have nothing to do with one another.
 */
export function placeOf(salt: string, unit: string): number {
  return hashName(unit, hashName(salt, 0)) / 4_294_967_296;
}

/**
 * The arm that a unit is in: the first one whose weights, summed from the first arm on and divided by all, lie above its place.
 * Nothing is stored and nobody is asked, so that it is the same in every process and after every restart.
 * `assignment.vectors.json` has units with their arms, for those who write this in another language.
 *
 * @throws RangeError where there is no arm, or a weight is not above 0.
 * @example
 * const arm = assignArm('checkout-2026', 'reader 7', [{ name: 'control', weight: 9 }, { name: 'green', weight: 1 }]);
 */
export function assignArm(salt: string, unit: string, arms: readonly WeightedArm[]): string {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  const place = placeOf(salt, unit);
  let sum = 0;
  for (const { name, weight } of arms) {
    if (!(weight > 0 && weight < Infinity))
      throw new RangeError(`cannot assign a unit, as the weight of ${name} must be above 0: it is ${weight}`);
    sum += weight;
    if (place < sum / total) return name;
  }
  const last = arms.at(-1);
  if (last === undefined) throw new RangeError('cannot assign a unit, as there must be an arm: there is none');
  // Rounding may leave the sum a little below the total.
  return last.name;
}
