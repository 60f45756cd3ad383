import { choleskyFactor, solveCholesky } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import { argmax, checkReward, checkVectors } from './ucb.ts';
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

/** Weighted least squares: V, Ṽ (weights squared) and Σ γ^(t − s) u y. */
export interface DiscountedStatistics {
  readonly matrix: Float64Array;
  readonly squared: Float64Array;
  readonly sums: Float64Array;
}

/** Statistics of no rewards: `V = Ṽ = λ I`. */
export function noDiscountedRewards(size: number, ridge: number): DiscountedStatistics {
  const unit = (): Float64Array =>
    Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? ridge : 0));
  return { matrix: unit(), squared: unit(), sums: new Float64Array(size) };
}

/** Takes a vector's reward into the statistics, which are changed in place: `V ← γ V + u uᵀ + (1 − γ) λ I`, with γ² for Ṽ. */
export function addDiscountedReward(
  { matrix, squared, sums }: DiscountedStatistics,
  vector: ArrayLike<number>,
  reward: number,
  { discount, ridge }: Pick<DiscountedOptions, 'discount' | 'ridge'>,
): void {
  forget(matrix, discount, vector, ridge);
  forget(squared, discount ** 2, vector, ridge);
  for (let at = 0; at < sums.length; at += 1) sums[at] = discount * (sums[at] ?? 0) + (vector[at] ?? 0) * reward;
}

/** β_t after so many rounds, in d dimensions. */
export function discountedWidth(
  { discount, ridge, horizon, coefficients, action, noise }: DiscountedOptions,
  size: number,
): (round: number) => number {
  return (round) => {
    const grown = discount === 1 ? round : (1 - discount ** (2 * round)) / (1 - discount ** 2);
    return (
      Math.sqrt(ridge) * coefficients +
      noise * Math.sqrt(2 * Math.log(horizon) + size * Math.log(1 + (action ** 2 * grown) / (ridge * size)))
    );
  };
}

/**
 * θ̂ and the matrix of the bonus, `V⁻¹ Ṽ V⁻¹`.
 * @throws RangeError for a singular design.
 */
export function discountedBounds({ matrix, squared, sums }: DiscountedStatistics): {
  readonly estimate: Float64Array;
  readonly matrix: Float64Array;
} {
  const size = sums.length;
  const factor = factorOf(matrix, size);
  const columns = Array.from({ length: size }, (_, column) =>
    solveCholesky(
      factor,
      size,
      Float64Array.from({ length: size }, (_each, row) => squared[row * size + column] ?? 0),
    ),
  );
  // Row by row of V⁻¹ Ṽ, which is solved against V once more: V is symmetric.
  const rows = Array.from({ length: size }, (_, row) =>
    solveCholesky(
      factor,
      size,
      Float64Array.from(columns, (column) => column[row] ?? 0),
    ),
  );
  return {
    estimate: solveCholesky(factor, size, sums),
    matrix: Float64Array.from({ length: size * size }, (_, at) => rows[Math.floor(at / size)]?.[at % size] ?? 0),
  };
}

/** @throws RangeError for a discount outside (0, 1], or a ridge that is not above 0. */
export function checkDiscounted({ discount, ridge }: DiscountedOptions): void {
  if (!(discount > 0 && discount <= 1))
    throw new RangeError(`cannot play vectors, as the discount must lie in (0, 1]: it is ${discount}`);
  if (!(ridge > 0)) throw new RangeError(`cannot play vectors, as ridge must be above 0: it is ${ridge}`);
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
  checkDiscounted(options);
  const statistics = noDiscountedRewards(size, options.ridge);
  const { matrix, squared, sums } = statistics;
  const widthAt = discountedWidth(options, size);
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
      const factor = factorOf(matrix, size);
      estimate = solveCholesky(factor, size, sums);
      const width = widthAt(round);
      held = argmax(
        vectors.length,
        (index) => dot(vectors[index] ?? [], estimate) + width * bonus(vectors[index] ?? [], factor),
        random,
      );
      return held;
    },
    learn(reward) {
      checkReward(reward);
      round += 1;
      addDiscountedReward(statistics, vectors[held] ?? [], reward, options);
    },
    estimate: () => estimate.slice(),
  };
}

function factorOf(matrix: Float64Array, size: number): Float64Array {
  const factor = choleskyFactor(matrix, size);
  if (factor === null) throw new RangeError('cannot play vectors, as the design must stay regular: it became singular');
  return factor;
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
