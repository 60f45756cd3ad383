/** One candidate: its estimate, and half the width of its interval. */
export interface SlopeCandidate {
  readonly value: number;
  readonly halfWidth: number;
}

const overlap = Math.sqrt(6) - 1;

/**
 * Chooses among estimates that trade bias for variance: from the widest on, takes narrower ones for as long as each agrees with
 * all before it, `|V_j − V_i| ≤ h_i + (√6 − 1) h_j`. The one taken last has at most six times the error of the best one.
 *
 * @returns the index of the candidate chosen; −1 for none.
 * @source Su, Srinath and Krishnamurthy 2020, Adaptive estimator selection for off-policy evaluation, with the constant of Tucker and Lee 2021.
 */
export function chooseBySlope(candidates: readonly SlopeCandidate[]): number {
  const order = candidates.map((_each, index) => index).toSorted((i, j) => halfWidth(j) - halfWidth(i) || j - i);
  let chosen = order[0] ?? -1;
  for (let rank = 1; rank < order.length; rank += 1) {
    const index = order[rank] ?? 0;
    const agrees = order
      .slice(0, rank)
      .every((earlier) => Math.abs(value(earlier) - value(index)) <= halfWidth(index) + overlap * halfWidth(earlier));
    if (!agrees) break;
    chosen = index;
  }
  return chosen;

  function value(index: number): number {
    return candidates[index]?.value ?? NaN;
  }

  function halfWidth(index: number): number {
    return candidates[index]?.halfWidth ?? NaN;
  }
}
