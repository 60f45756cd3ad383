/** A score that is as good as −∞: exp underflows to 0, and a row of nothing else stays finite. */
export const excludedScore = -1e30;
