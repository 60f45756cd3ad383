/**
 * The non-decreasing sequence that is nearest to the values, `min Σ w (x − v)²`, by pooling adjacent violators.
 *
 * @param weights not negative; a value of weight 0 takes what lies between its neighbours: the one before it, else the one after; NaN where none has weight.
 * @throws RangeError for lists of unequal length, numbers that are not finite, or a negative weight.
 * @example
 * isotonic([3, 1, 2], [1, 1, 1]); // [2, 2, 2]
 * @source Ayer, Brunk, Ewing, Reid, Silverman 1955; weighted as in Robertson, Wright, Dykstra 1988, section 1.2.
 */
export function isotonic(values: ArrayLike<number>, weights: ArrayLike<number>): Float64Array {
  const count = values.length;
  if (weights.length !== count)
    throw new RangeError(
      `cannot sort out values, as there must be as many weights: they are ${count} and ${weights.length}`,
    );
  const means: number[] = [];
  const masses: number[] = [];
  const sizes: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const [value, weight] = [values[at] ?? NaN, weights[at] ?? NaN];
    if (!(weight >= 0 && weight < Infinity) || (weight > 0 && !Number.isFinite(value)))
      throw new RangeError(
        `cannot sort out values, as values must be finite and weights not negative: number ${at} is ${value} with weight ${weight}`,
      );
    let [mean, mass, size] = [weight > 0 ? value : NaN, weight, 1];
    while (means.length > 0) {
      const [before, beforeMass] = [means.at(-1) ?? NaN, masses.at(-1) ?? 0];
      if (mass > 0 && beforeMass > 0 && before <= mean) break;
      // What has no weight joins its neighbour; two that fall are averaged.
      const total = mass + beforeMass;
      mean = mass === 0 ? before : beforeMass === 0 ? mean : (before * beforeMass + mean * mass) / total;
      mass = total;
      size += sizes.pop() ?? 0;
      means.pop();
      masses.pop();
    }
    means.push(mean);
    masses.push(mass);
    sizes.push(size);
  }
  return Float64Array.from(means.flatMap((mean, at) => Array.from({ length: sizes[at] ?? 0 }, () => mean)));
}
