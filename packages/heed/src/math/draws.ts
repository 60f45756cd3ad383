import type { Random } from './random.ts';

/**
 * Draws from the standard normal distribution.
 * @source Marsaglia, Bray 1964, A convenient method for generating normal variables.
 */
export function drawNormal({ uniform }: Random): number {
  for (;;) {
    const u = 2 * uniform() - 1;
    const v = 2 * uniform() - 1;
    const square = u * u + v * v;
    if (square > 0 && square < 1) return u * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * Draws from the gamma distribution of scale 1.
 *
 * @param shape above 0.
 * @source Marsaglia, Tsang 2000, A simple method for generating gamma variables; below shape 1 by its section 6.
 */
export function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Draws from the beta distribution: `X / (X + Y)` of gamma variables. Both parameters are above 0. */
export function drawBeta(alpha: number, beta: number, random: Random): number {
  const x = drawGamma(alpha, random);
  const y = drawGamma(beta, random);
  return x + y === 0 ? alpha / (alpha + beta) : x / (x + y);
}

/**
 * Draws from the Poisson distribution of mean 1 by its distribution function.
 *
 * @param u uniform in [0, 1).
 */
export function poissonOne(u: number): number {
  let count = 0;
  let probability = Math.exp(-1);
  let sum = probability;
  while (u >= sum && count < 20) {
    count += 1;
    probability /= count;
    sum += probability;
  }
  return count;
}
