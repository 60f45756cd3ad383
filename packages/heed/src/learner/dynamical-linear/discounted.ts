import { choleskyFactor, solveCholesky } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import { argmax, checkVectors } from './ucb.ts';
import type { VectorPlayer } from './ucb.ts';

export interface DiscountedOptions {
  /** γ in (0, 1]: the weight of a reward one round older. */
  readonly discount: number;
  /** λ. */
  readonly ridge: number;
  /** T: `δ = 1/T`. */
  readonly horizon: number;
  /** S: a bound of the coefficients' norm. */
  readonly coefficients: number;
  /** L: a bound of the vectors' norm. */
  readonly action: number;
  readonly noise: number;
}

/**
 * D-Lin-UCB: linear bandit that forgets, `V ← γ V + u uᵀ + (1 − γ) λ I`, the same with γ² for Ṽ, and
 *
 *     u = argmax θ̂·u + β_t √(uᵀ V⁻¹ Ṽ V⁻¹ u)
 *     β_t = √λ S + σ √(2 log(1/δ) + d log(1 + L² (1 − γ^{2t}) / (λ d (1 − γ²))))
 *
 * @source Russac, Vernade, Cappé 2019, Weighted linear bandits for non-stationary environments, algorithm 1.
 */
export function createDiscountedUcb(
  vectors: readonly ArrayLike<number>[],
  options: DiscountedOptions,
  random: Random,
): VectorPlayer {
  const size = checkVectors(vectors);
  const { discount, ridge, horizon, coefficients, action, noise } = options;
  if (!(discount > 0 && discount <= 1))
    throw new RangeError(`cannot play vectors, as the discount must lie in (0, 1]: it is ${discount}`);
  if (!(ridge > 0)) throw new RangeError(`cannot play vectors, as ridge must be above 0: it is ${ridge}`);
  const unit = (scale: number): Float64Array =>
    Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? scale : 0));
  const [matrix, squared] = [unit(ridge), unit(ridge)];
  const sums = new Float64Array(size);
  let estimate: Float64Array = new Float64Array(size);
  let [round, held] = [0, 0];

  function bonus(vector: ArrayLike<number>, factor: Float64Array): number {
    const solved = solveCholesky(factor, size, vector);
    let sum = 0;
    for (let row = 0; row < size; row += 1)
      for (let column = 0; column < size; column += 1)
        sum += (solved[row] ?? 0) * (squared[row * size + column] ?? 0) * (solved[column] ?? 0);
    return Math.sqrt(Math.max(0, sum));
  }

  return {
    next() {
      const factor = choleskyFactor(matrix, size);
      if (factor === null)
        throw new RangeError('cannot play vectors, as the design must stay regular: it became singular');
      estimate = solveCholesky(factor, size, sums);
      const grown = discount === 1 ? round : (1 - discount ** (2 * round)) / (1 - discount ** 2);
      const width =
        Math.sqrt(ridge) * coefficients +
        noise * Math.sqrt(2 * Math.log(horizon) + size * Math.log(1 + (action ** 2 * grown) / (ridge * size)));
      held = argmax(
        vectors.length,
        (index) => dot(vectors[index] ?? [], estimate) + width * bonus(vectors[index] ?? [], factor),
        random,
      );
      return held;
    },
    learn(reward) {
      round += 1;
      const vector = vectors[held] ?? [];
      forget(matrix, discount, vector, ridge);
      forget(squared, discount ** 2, vector, ridge);
      for (let at = 0; at < size; at += 1) sums[at] = discount * (sums[at] ?? 0) + (vector[at] ?? 0) * reward;
    },
    estimate: () => estimate.slice(),
  };
}

function forget(matrix: Float64Array, keep: number, vector: ArrayLike<number>, ridge: number): void {
  const size = vector.length;
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      const at = row * size + column;
      matrix[at] =
        keep * (matrix[at] ?? 0) +
        (vector[row] ?? 0) * (vector[column] ?? 0) +
        (row === column ? (1 - keep) * ridge : 0);
    }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
