/**
 * A chunk of logged decisions, each with one action: parallel columns, one entry per decision.
 * `w = targetProbability / loggedProbability` is the importance weight.
 */
export interface LoggedRounds {
  readonly count: number;
  readonly reward: Float64Array;
  /** Probability in (0, 1] of the action taken, under the policy that took it. */
  readonly loggedProbability: Float64Array;
  /** Probability in [0, 1] of the same action, under the policy that is evaluated. */
  readonly targetProbability: Float64Array;
  /** Decisions with one number are of one subject, and not independent; `null`: each stands alone. */
  readonly subject: Uint32Array | null;
  /** The reward model's prediction for the action taken, `q(x, a)`. */
  readonly predictedTaken: Float64Array | null;
  /** Its expectation under the policy that is evaluated, `Σ_a π(a | x) q(x, a)`. */
  readonly predictedTarget: Float64Array | null;
  /** A weight that something else estimated, as a classifier of the two policies' actions. */
  readonly balancedWeight: Float64Array | null;
  /** Which action was taken, as any small number: probabilities are checked action by action. */
  readonly action: Uint32Array | null;
  /** Standard error of the target probability, where that is a Monte-Carlo estimate (Thompson); left out: it is exact. */
  readonly targetError?: Float64Array | null | undefined;
  /** The same of the logged probability … */
  readonly loggedError?: Float64Array | null | undefined;
  /** … and of the model's expectation under such a policy. */
  readonly expectationError?: Float64Array | null | undefined;
}

/** Rounds with what every estimator needs of them. */
export interface WeightedRounds extends LoggedRounds {
  /** `w`. */
  readonly weight: Float64Array;
}

/** Adds the importance weights to a chunk. */
export function weighRounds(rounds: LoggedRounds): WeightedRounds {
  const { count, loggedProbability, targetProbability } = rounds;
  const weight = new Float64Array(count);
  for (let row = 0; row < count; row += 1) weight[row] = (targetProbability[row] ?? 0) / (loggedProbability[row] ?? 1);
  return { ...rounds, weight };
}

/** Decisions with all actions' probabilities and predictions: row i has the entries [i · actions, (i + 1) · actions). */
export interface ActionTable {
  readonly actions: number;
  /** `π(a | x)`, rows sum to 1. */
  readonly targetProbabilities: Float64Array;
  /** `q(x, a)`. */
  readonly predictions: Float64Array | null;
  /** Index of the action taken, one per row. */
  readonly taken: Uint32Array;
}

/**
 * Reduces what is known of all actions to what estimators need: the taken action's columns, and the expectation of the model.
 *
 * @returns parallel columns, one entry per row; those of the model are `null` where there is none.
 */
export function foldActions(
  { actions, targetProbabilities, predictions, taken }: ActionTable,
  from = 0,
  to = taken.length,
): Pick<LoggedRounds, 'targetProbability' | 'predictedTaken' | 'predictedTarget'> {
  const count = to - from;
  const targetProbability = new Float64Array(count);
  for (let row = 0; row < count; row += 1)
    targetProbability[row] = targetProbabilities[(from + row) * actions + (taken[from + row] ?? 0)] ?? NaN;
  if (predictions === null) return { targetProbability, predictedTaken: null, predictedTarget: null };
  const predictedTaken = new Float64Array(count);
  const predictedTarget = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const start = (from + row) * actions;
    let sum = 0;
    for (let at = start; at < start + actions; at += 1) sum += (targetProbabilities[at] ?? 0) * (predictions[at] ?? 0);
    predictedTarget[row] = sum;
    predictedTaken[row] = predictions[start + (taken[from + row] ?? 0)] ?? NaN;
  }
  return { targetProbability, predictedTaken, predictedTarget };
}
