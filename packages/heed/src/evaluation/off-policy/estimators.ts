import type { WeightedRounds } from './rounds.ts';
import type { LoggedSlates } from './slates.ts';
import { slateEstimators } from './slate-estimators.ts';

/** What a log must have for an estimator, beside rewards and both policies' probabilities. */
export type EstimatorNeed = 'model' | 'balancedWeights' | 'exactProbabilities' | 'places' | 'prefixes' | 'exposures';

/**
 * What an estimator adds up: `V = Σ a / n + Σ b / Σ c`, of which it uses one part or both.
 * `mean`: the first, `ratio`: the second.
 */
export type EstimateForm = 'mean' | 'ratio' | 'both';

/** Where an estimator writes its terms, one entry per row. */
export interface Terms {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

interface Definition<Rows> {
  readonly summary: string;
  readonly form: EstimateForm;
  readonly needs: readonly EstimatorNeed[];
  /**
   * `weights`: right on average where both policies' probabilities are true, for every reward model.
   * `asymptotic`: in the limit. `shrunk`: as far as the parameter leaves the weights alone. `model`: where the model is right.
   * `downwards`: where people look at the places of a slate from the first one on, so that what stands below changes nothing above.
   */
  readonly bias: 'weights' | 'asymptotic' | 'shrunk' | 'model' | 'downwards';
  /** Values among which SLOPE chooses, each with less bias and more variance than the one before; `null`: no parameter. */
  readonly parameters: readonly number[] | null;
  /**
   * The estimator whose interval it takes, stretched to hold its own value: the exact intervals, and all where it is biased.
   * Without the bias an interval of its own would say how often the same error comes, not where the truth is.
   */
  readonly reference: EstimatorName | null;
  /** Writes the terms of every row. */
  readonly terms: (rows: Rows, parameter: number, into: Terms) => void;
}

export type RoundsEstimator = Definition<WeightedRounds> & { readonly input: 'rounds' };
export type SlateEstimator = Definition<LoggedSlates> & { readonly input: 'slates' };
export type Estimator = RoundsEstimator | SlateEstimator;

export const roundsEstimatorNames = [
  'replay',
  'ips',
  'snips',
  'clippedIps',
  'dm',
  'dr',
  'sndr',
  'switchDr',
  'shrunkDr',
  'subGaussianIps',
  'subGaussianDr',
  'balancedIps',
] as const;
export const slateEstimatorNames = [
  'slateStandard',
  'slateIndependent',
  'slateInteraction',
  'slateCascadeDr',
  'slatePosition',
] as const;
export type RoundsEstimatorName = (typeof roundsEstimatorNames)[number];
export type SlateEstimatorName = (typeof slateEstimatorNames)[number];
export type EstimatorName = RoundsEstimatorName | SlateEstimatorName;

const clips = [1, 2, 5, 10, 20, 50, 100, 1_000, Infinity];
const squares = [1, 10, 100, 1_000, 10_000, 1_000_000, Infinity];
const bends = [1, 0.3, 0.1, 0.03, 0.01, 0.001, 0];

/** Writes the weights that an estimator uses in place of the true ones. A loop each: one call a row would cost more than the rest. */
type Shrink = (weight: Float64Array, count: number, lambda: number, into: Float64Array) => void;

const keep: Shrink = (weight, count, _lambda, into) => into.set(weight.subarray(0, count));
const clip: Shrink = (weight, count, lambda, into) => {
  for (let row = 0; row < count; row += 1) into[row] = Math.min(weight[row] ?? 0, lambda);
};
const switchOff: Shrink = (weight, count, lambda, into) => {
  for (let row = 0; row < count; row += 1) into[row] = (weight[row] ?? 0) <= lambda ? (weight[row] ?? 0) : 0;
};
const optimistic: Shrink = (weight, count, lambda, into) => {
  if (lambda === Infinity) return keep(weight, count, lambda, into);
  // λ = 0 leaves the model alone; 0 / 0 would make it NaN where the weight is 0 too.
  for (let row = 0; row < count; row += 1) {
    const own = weight[row] ?? 0;
    into[row] = lambda === 0 ? 0 : (lambda * own) / (own * own + lambda);
  }
};
const bend: Shrink = (weight, count, lambda, into) => {
  for (let row = 0; row < count; row += 1) into[row] = (weight[row] ?? 0) / (1 - lambda + lambda * (weight[row] ?? 0));
};

/** `a = ŵ r`. */
function weightRewards(shrink: Shrink): RoundsEstimator['terms'] {
  return ({ count, weight, reward }, parameter, { a }) => {
    shrink(weight, count, parameter, a);
    for (let row = 0; row < count; row += 1) a[row] = (a[row] ?? 0) * (reward[row] ?? 0);
  };
}

/** `a = Σ π q + ŵ (r − q)`. */
function correctModel(shrink: Shrink): RoundsEstimator['terms'] {
  return ({ count, weight, reward, predictedTaken, predictedTarget }, parameter, { a }) => {
    if (predictedTaken === null || predictedTarget === null) return;
    shrink(weight, count, parameter, a);
    for (let row = 0; row < count; row += 1)
      a[row] = (predictedTarget[row] ?? 0) + (a[row] ?? 0) * ((reward[row] ?? 0) - (predictedTaken[row] ?? 0));
  };
}

const roundsEstimators = {
  replay: {
    input: 'rounds',
    summary: 'Replay: the mean reward where a deterministic policy would have done the same',
    form: 'ratio',
    needs: ['exactProbabilities'],
    bias: 'model',
    reference: 'snips',
    parameters: null,
    terms({ count, reward, targetProbability }, _parameter, { b, c }) {
      for (let row = 0; row < count; row += 1) {
        const matches = targetProbability[row] === 1 ? 1 : 0;
        b[row] = matches * (reward[row] ?? 0);
        c[row] = matches;
      }
    },
  },
  ips: {
    input: 'rounds',
    summary: 'Inverse propensity score: the mean of w r',
    form: 'mean',
    needs: [],
    bias: 'weights',
    reference: null,
    parameters: null,
    terms({ count, weight, reward }, _parameter, { a }) {
      for (let row = 0; row < count; row += 1) a[row] = (weight[row] ?? 0) * (reward[row] ?? 0);
    },
  },
  snips: {
    input: 'rounds',
    summary: 'Self-normalised inverse propensity score: Σ w r / Σ w',
    form: 'ratio',
    needs: [],
    bias: 'asymptotic',
    reference: 'ips',
    parameters: null,
    terms({ count, weight, reward }, _parameter, { b, c }) {
      for (let row = 0; row < count; row += 1) {
        b[row] = (weight[row] ?? 0) * (reward[row] ?? 0);
        c[row] = weight[row] ?? 0;
      }
    },
  },
  clippedIps: {
    input: 'rounds',
    summary: 'Inverse propensity score with weights of at most λ',
    form: 'mean',
    needs: [],
    bias: 'shrunk',
    reference: 'ips',
    parameters: clips,
    terms: weightRewards(clip),
  },
  dm: {
    input: 'rounds',
    summary: 'Direct method: the mean of what the reward model expects of the policy',
    form: 'mean',
    needs: ['model'],
    bias: 'model',
    reference: 'dr',
    parameters: null,
    terms({ count, predictedTarget }, _parameter, { a }) {
      if (predictedTarget !== null) a.set(predictedTarget.subarray(0, count));
    },
  },
  dr: {
    input: 'rounds',
    summary: 'Doubly robust: the model’s expectation, corrected by w (r − q)',
    form: 'mean',
    needs: ['model'],
    bias: 'weights',
    reference: null,
    parameters: null,
    terms: correctModel(keep),
  },
  sndr: {
    input: 'rounds',
    summary: 'Self-normalised doubly robust: the correction is divided by the sum of weights',
    form: 'both',
    needs: ['model'],
    bias: 'asymptotic',
    reference: 'dr',
    parameters: null,
    terms({ count, weight, reward, predictedTaken, predictedTarget }, _parameter, { a, b, c }) {
      if (predictedTaken === null || predictedTarget === null) return;
      for (let row = 0; row < count; row += 1) {
        const own = weight[row] ?? 0;
        a[row] = predictedTarget[row] ?? 0;
        b[row] = own * ((reward[row] ?? 0) - (predictedTaken[row] ?? 0));
        c[row] = own;
      }
    },
  },
  switchDr: {
    input: 'rounds',
    summary: 'Switch: doubly robust where the weight is at most λ, the model alone elsewhere',
    form: 'mean',
    needs: ['model', 'exactProbabilities'],
    bias: 'shrunk',
    reference: 'dr',
    parameters: clips,
    terms: correctModel(switchOff),
  },
  shrunkDr: {
    input: 'rounds',
    summary: 'Doubly robust with optimistic shrinkage: ŵ = λ w / (w² + λ)',
    form: 'mean',
    needs: ['model'],
    bias: 'shrunk',
    reference: 'dr',
    parameters: squares,
    terms: correctModel(optimistic),
  },
  subGaussianIps: {
    input: 'rounds',
    summary: 'Sub-Gaussian inverse propensity score: ŵ = w / (1 − λ + λ w)',
    form: 'mean',
    needs: [],
    bias: 'shrunk',
    reference: 'ips',
    parameters: bends,
    terms: weightRewards(bend),
  },
  subGaussianDr: {
    input: 'rounds',
    summary: 'Sub-Gaussian doubly robust: the same weights about a model',
    form: 'mean',
    needs: ['model'],
    bias: 'shrunk',
    reference: 'dr',
    parameters: bends,
    terms: correctModel(bend),
  },
  balancedIps: {
    input: 'rounds',
    summary: 'Balanced: self-normalised by weights that a classifier of the two policies’ actions estimated',
    form: 'ratio',
    needs: ['balancedWeights'],
    bias: 'model',
    reference: 'snips',
    parameters: null,
    terms({ count, balancedWeight, reward }, _parameter, { b, c }) {
      if (balancedWeight === null) return;
      for (let row = 0; row < count; row += 1) {
        b[row] = (balancedWeight[row] ?? 0) * (reward[row] ?? 0);
        c[row] = balancedWeight[row] ?? 0;
      }
    },
  },
} as const satisfies Record<RoundsEstimatorName, RoundsEstimator>;

/** Every estimator by its name. */
export const estimators: Readonly<Record<EstimatorName, Estimator>> = { ...roundsEstimators, ...slateEstimators };
