/**
 * Logarithm of a sum of exponentials: `max + log Σ exp(x_i − max)`; −Infinity for none.
 */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let index = 0; index < values.length; index += 1) largest = Math.max(largest, values[index] ?? -Infinity);
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += Math.exp((values[index] ?? -Infinity) - largest);
  return largest + Math.log(sum);
}

/** The logistic function `1 / (1 + exp(−x))`, without overflow at either end. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/** `log(1 + exp(x))`, without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Euclidean norm `√Σ x_i²` of `values[from … to)`. */
export function euclideanNorm(values: ArrayLike<number>, from = 0, to = values.length): number {
  let sum = 0;
  for (let index = from; index < to; index += 1) sum += (values[index] ?? 0) ** 2;
  return Math.sqrt(sum);
}
