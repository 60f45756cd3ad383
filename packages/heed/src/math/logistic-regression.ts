import { choleskyFactor, solveCholesky } from './cholesky.ts';
import { sigmoid, softplus } from './log-domain.ts';
import { pickRows, sparseDot } from './sparse-rows.ts';
import type { SparseRows } from './sparse-rows.ts';

export interface LogisticOptions {
  /** λ: one for every coefficient, the constant's among them, or one per column. Above 0, or 0 where the rows alone decide. */
  readonly l2: number | Float64Array;
  /** Weight of each row, not negative. Default: 1 each. */
  readonly weights?: Float64Array | undefined;
  /** Where to begin. Default: all 0. */
  readonly initial?: Float64Array | undefined;
  /** Largest absolute entry of the gradient that ends the search. Default 1e-8 times (1 + the sum of the weights). */
  readonly tolerance?: number | undefined;
  /** Most steps. Default 50. */
  readonly mostSteps?: number | undefined;
}

export interface LogisticFit {
  /** θ, one per column. */
  readonly coefficients: Float64Array;
  /** What was minimised, at its end. */
  readonly objective: number;
  readonly steps: number;
  readonly converged: boolean;
}

/**
 * Fits a logistic regression to a batch by Newton's method with halving of the step:
 *
 *     minimise  Σ_i w_i [log(1 + exp(θ·x_i)) − y_i θ·x_i]  +  Σ_j λ_j/2 θ_j²
 *
 * There is no hidden constant: give the rows a column of ones where there should be one.
 *
 * @param rows no row may name a column twice.
 * @param labels y in [0, 1], one per row.
 * @throws RangeError where labels or weights differ in number from the rows, or a number is not finite.
 * @source Hastie, Tibshirani, Friedman 2009, The elements of statistical learning, equation 4.26.
 * @example
 * const rows = sparseRows([[1, -1], [1, 1]], 2);
 * const { coefficients } = fitLogistic(rows, Float64Array.of(0, 1), { l2: 1 });
 */
export function fitLogistic(rows: SparseRows, labels: Float64Array, options: LogisticOptions): LogisticFit {
  const { width } = rows;
  const count = rows.starts.length - 1;
  const { weights, initial, mostSteps = 50 } = options;
  if (labels.length !== count || (weights !== undefined && weights.length !== count))
    throw new RangeError(
      `cannot fit, as labels and weights must be as many as the rows, ${count}: they are ${labels.length} and ${weights?.length ?? count}`,
    );
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? count;
  const { tolerance = 1e-8 * (1 + total) } = options;
  const penalties = typeof options.l2 === 'number' ? new Float64Array(width).fill(options.l2) : options.l2;
  const problem: Problem = { rows, labels, weights, penalties };

  let coefficients = initial?.slice() ?? new Float64Array(width);
  let objective = objectiveOf(problem, coefficients);
  if (!Number.isFinite(objective))
    throw new RangeError(
      `cannot fit, as all rows, labels, weights and penalties must be finite: their loss is ${objective}`,
    );
  let steps = 0;
  for (; steps < mostSteps; steps += 1) {
    const { gradient, hessian } = slopes(problem, coefficients);
    if (gradient.every((slope) => Math.abs(slope) <= tolerance))
      return { coefficients, objective, steps, converged: true };
    const step = newtonStep(hessian, gradient, width);
    let scale = 1;
    let moved = false;
    for (let halving = 0; halving < 40 && !moved; halving += 1, scale /= 2) {
      const next = coefficients.map((value, index) => value - scale * (step[index] ?? 0));
      const reached = objectiveOf(problem, next);
      if (!(reached < objective)) continue;
      [coefficients, objective, moved] = [next, reached, true];
    }
    // No step lowers the objective any more: this is as near as float64 comes.
    if (!moved) return { coefficients, objective, steps, converged: true };
  }
  return { coefficients, objective, steps, converged: false };
}

/**
 * Fits one logistic regression per action, each to the rows in which that action was taken.
 * An action without rows has all coefficients 0, and so predicts 0.5.
 *
 * @param actions index of the action of each row, below `actionCount`.
 * @returns coefficients of action a at [a · width, (a + 1) · width), and each action's count of rows.
 */
export function fitLogisticPerAction(
  rows: SparseRows,
  labels: Float64Array,
  actions: ArrayLike<number>,
  actionCount: number,
  options: LogisticOptions,
): { readonly coefficients: Float64Array; readonly counts: Uint32Array; readonly converged: boolean } {
  const { width } = rows;
  const members = Array.from({ length: actionCount }, (): number[] => []);
  for (let row = 0; row < actions.length; row += 1) members[actions[row] ?? -1]?.push(row);
  const coefficients = new Float64Array(actionCount * width);
  let converged = true;
  members.forEach((own, action) => {
    if (own.length === 0) return;
    const pick = (all: Float64Array): Float64Array => Float64Array.from(own, (row) => all[row] ?? 0);
    const fit = fitLogistic(pickRows(rows, own), pick(labels), {
      ...options,
      ...(options.weights !== undefined && { weights: pick(options.weights) }),
      initial: options.initial?.slice(action * width, (action + 1) * width),
    });
    coefficients.set(fit.coefficients, action * width);
    converged &&= fit.converged;
  });
  return { coefficients, counts: Uint32Array.from(members, ({ length }) => length), converged };
}

interface Problem {
  readonly rows: SparseRows;
  readonly labels: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly penalties: Float64Array;
}

function objectiveOf({ rows, labels, weights, penalties }: Problem, coefficients: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const margin = sparseDot(rows, row, coefficients);
    sum += (weights?.[row] ?? 1) * (softplus(margin) - (labels[row] ?? 0) * margin);
  }
  for (let column = 0; column < penalties.length; column += 1)
    sum += ((penalties[column] ?? 0) / 2) * (coefficients[column] ?? 0) ** 2;
  return sum;
}

/** Gradient `Σ w (σ − y) x + λ θ`, and the lower triangle of `Σ w σ(1 − σ) x xᵀ + λ`. */
function slopes(
  { rows, labels, weights, penalties }: Problem,
  coefficients: Float64Array,
): { gradient: Float64Array; hessian: Float64Array } {
  const { starts, columns, values, width } = rows;
  const gradient = penalties.map((penalty, column) => penalty * (coefficients[column] ?? 0));
  const hessian = new Float64Array(width * width);
  for (let column = 0; column < width; column += 1) hessian[column * width + column] = penalties[column] ?? 0;
  for (let row = 0; row < labels.length; row += 1) {
    const weight = weights?.[row] ?? 1;
    if (weight === 0) continue;
    const probability = sigmoid(sparseDot(rows, row, coefficients));
    const slope = weight * (probability - (labels[row] ?? 0));
    const curve = weight * probability * (1 - probability);
    const [from, to] = [starts[row] ?? 0, starts[row + 1] ?? 0];
    for (let i = from; i < to; i += 1) {
      const first = columns[i] ?? 0;
      gradient[first] = (gradient[first] ?? 0) + slope * (values[i] ?? 0);
      const scaled = curve * (values[i] ?? 0);
      for (let j = from; j <= i; j += 1) {
        const second = columns[j] ?? 0;
        const at = first >= second ? first * width + second : second * width + first;
        hessian[at] = (hessian[at] ?? 0) + scaled * (values[j] ?? 0);
      }
    }
  }
  return { gradient, hessian };
}

/** Solves `H s = g`; where H is singular, a ridge is added until it is not. */
function newtonStep(hessian: Float64Array, gradient: Float64Array, width: number): Float64Array {
  let largest = 0;
  for (let column = 0; column < width; column += 1) largest = Math.max(largest, hessian[column * width + column] ?? 0);
  let ridge = 0;
  for (;;) {
    const factor = choleskyFactor(hessian, width);
    if (factor !== null) return solveCholesky(factor, width, gradient);
    const more = ridge === 0 ? 1e-10 * (largest || 1) : 9 * ridge;
    for (let column = 0; column < width; column += 1)
      hessian[column * width + column] = (hessian[column * width + column] ?? 0) + more;
    ridge += more;
  }
}
