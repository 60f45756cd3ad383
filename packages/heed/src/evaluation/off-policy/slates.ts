/**
 * A chunk of logged slates: columns by slate, and columns by place, where slate i has the places [i · size, (i + 1) · size).
 * A slate shorter than `size` has reward 0 and all probabilities 1 at the places that it lacks.
 */
export interface LoggedSlates {
  readonly count: number;
  /** Places of a slate. */
  readonly size: number;
  readonly subject: Uint32Array | null;
  /** Reward of each place; the value of a slate is their sum. */
  readonly reward: Float64Array;
  /** Probability of the whole slate, one per slate. */
  readonly loggedJoint: Float64Array;
  readonly targetJoint: Float64Array;
  /** Probability that the item stood at its place, whatever else did. */
  readonly loggedPlace: Float64Array | null;
  readonly targetPlace: Float64Array | null;
  /** Probability of the places up to this one. */
  readonly loggedPrefix: Float64Array | null;
  readonly targetPrefix: Float64Array | null;
  /** Expected attention that the item gets under each policy, `Σ_k P(item at k) θ_k`. */
  readonly loggedExposure: Float64Array | null;
  readonly targetExposure: Float64Array | null;
  /** Model of the reward from this place on, given the places before: of the item taken, and its expectation under the target. */
  readonly predictedTaken: Float64Array | null;
  readonly predictedTarget: Float64Array | null;
}
