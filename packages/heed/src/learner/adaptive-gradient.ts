import { sigmoid } from '../math/index.ts';

/** Weights and what their step sizes depend on, slot by slot. Changed in place by `learnExample`. */
export interface GradientTables {
  readonly weights: Float64Array;
  /** Sum of squared gradients, per slot. */
  readonly squares: Float64Array;
  /** Largest absolute value seen, per slot; 0 where the slot was never used. */
  readonly scales: Float64Array;
  /** Sum of the examples' weights. */
  totalWeight: number;
  /** Sum over examples of `weight · Σ (x_i / scale_i)²`. */
  totalNorm: number;
}

export interface GradientOptions {
  readonly loss: 'squared' | 'logistic';
  readonly learningRate: number;
  readonly l2: number;
}

export interface Example {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly length: number;
  /** For logistic loss within [0, 1]. */
  readonly label: number;
  readonly weight: number;
}

/** Empty tables of `slots` slots. */
export function createTables(slots: number): GradientTables {
  return {
    weights: new Float64Array(slots),
    squares: new Float64Array(slots),
    scales: new Float64Array(slots),
    totalWeight: 0,
    totalNorm: 0,
  };
}

/** A copy that can be changed while the original stays. */
export function copyTables({ weights, squares, scales, totalWeight, totalNorm }: GradientTables): GradientTables {
  return { weights: weights.slice(), squares: squares.slice(), scales: scales.slice(), totalWeight, totalNorm };
}

let rates = new Float64Array(256);

/**
 * Learns one example by a normalised, adaptive, importance-aware gradient step. With `s_i` the largest |x_i| so far,
 * `G_i` the sum of squared gradients, `N / t` the mean of `Σ (x_i / s_i)²`, and `ŷ = Σ w_i x_i`:
 *
 *     rate_i = √(t / N) / (s_i √G_i)        w_i ← w_i + step · x_i · rate_i
 *
 * Where a new |x_i| exceeds `s_i`, the weight is first scaled by `s_i / |x_i|`. The step goes as far along the
 * gradient as infinitely many small ones would (squared), or to where the gradient at its end leads (logistic), so
 * that no importance weight makes it overshoot.
 *
 * @returns the prediction ŷ before the step.
 * @source Ross, Mineiro, Langford 2013, Normalized online learning, algorithm 2 (NAG); Karampatziakis, Langford 2011,
 * Online importance weight aware updates, table 1 (squared); Kulis, Bartlett 2010, Implicit online learning (logistic).
 */
export function learnExample(
  tables: GradientTables,
  { hashes, values, length, label, weight }: Example,
  { loss, learningRate, l2 }: GradientOptions,
): number {
  const { weights, squares, scales } = tables;
  const mask = weights.length - 1;
  let prediction = 0;
  let norm = 0;
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    const value = values[at] ?? 0;
    const size = Math.abs(value);
    if (size === 0) continue;
    let scale = scales[slot] ?? 0;
    if (size > scale) {
      weights[slot] = ((weights[slot] ?? 0) * scale) / size;
      scale = size;
      scales[slot] = size;
    }
    prediction += (weights[slot] ?? 0) * value;
    norm += (value / scale) ** 2;
  }
  tables.totalWeight += weight;
  tables.totalNorm += weight * norm;

  const slope = loss === 'squared' ? 2 * (prediction - label) : sigmoid(prediction) - label;
  if (slope === 0 || weight <= 0 || norm === 0) return prediction;
  if (length > rates.length) rates = new Float64Array(length * 2);
  const common = Math.sqrt(tables.totalWeight / tables.totalNorm);
  const slopeSquared = weight * slope * slope;
  let perStep = 0;
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    const value = values[at] ?? 0;
    const square = (squares[slot] ?? 0) + slopeSquared * value * value;
    squares[slot] = square;
    // A square may be 0 where the error is so small that its square underflows.
    const rate = square > 0 ? common / ((scales[slot] ?? 0) * Math.sqrt(square)) : 0;
    rates[at] = rate;
    perStep += rate * value * value;
  }
  if (perStep === 0) return prediction;
  const step =
    loss === 'squared'
      ? squaredStep(label - prediction, learningRate * weight, perStep)
      : logisticStep(prediction, label, learningRate * weight, perStep);
  const keep = 1 / (1 + l2 * weight);
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    weights[slot] = keep * ((weights[slot] ?? 0) + step * (values[at] ?? 0) * (rates[at] ?? 0));
  }
  return prediction;
}

/** `e (1 − exp(−2 η r)) / r`: the prediction goes from e to e · exp(−2 η r) short of the label. */
function squaredStep(error: number, rate: number, perStep: number): number {
  return (error * -Math.expm1(-2 * rate * perStep)) / perStep;
}

/** `(p − ŷ) / r` where p solves `p = ŷ − η r (σ(p) − y)`, by halving: the left side less the right one rises with p. */
export function logisticStep(prediction: number, label: number, rate: number, perStep: number): number {
  const end = prediction - rate * perStep * (sigmoid(prediction) - label);
  let low = Math.min(prediction, end);
  let high = Math.max(prediction, end);
  for (let turn = 0; turn < 40; turn += 1) {
    const middle = (low + high) / 2;
    if (middle + rate * perStep * (sigmoid(middle) - label) < prediction) low = middle;
    else high = middle;
  }
  return ((low + high) / 2 - prediction) / perStep;
}
