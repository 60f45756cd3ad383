/** How the logging policy changed while it wrote the log. */
export interface Adaptivity {
  /** Spread of the mean squared weight over stretches of the log, largest by least: 1 for a policy that stayed the same. */
  readonly weightRatio: number;
  /** Mean probability of the actions taken, in the first stretch and in the last. */
  readonly firstProbability: number;
  readonly lastProbability: number;
  /** Whether the logging policy plainly changed: the first and the last stretch differ by more than 5 standard errors. */
  readonly adaptive: boolean;
}

export interface AdaptivityWatch {
  /** Rows in the order of time. */
  add(weight: Float64Array, loggedProbability: Float64Array, count: number): void;
  diagnose(): Adaptivity;
}

const stretches = 16;
const firstStretchRows = 64;

/** Keeps sums over stretches of equal length, which double whenever there would be too many. */
export function createAdaptivityWatch(): AdaptivityWatch {
  const counts = new Float64Array(stretches);
  const weightSquares = new Float64Array(stretches);
  const sums = new Float64Array(stretches);
  const squares = new Float64Array(stretches);
  let stretchRows = firstStretchRows;
  let at = 0;

  function fold(): void {
    for (const column of [counts, weightSquares, sums, squares]) {
      for (let index = 0; index < stretches / 2; index += 1)
        column[index] = (column[2 * index] ?? 0) + (column[2 * index + 1] ?? 0);
      column.fill(0, stretches / 2);
    }
    stretchRows *= 2;
    at = stretches / 2;
  }

  return {
    add(weight, loggedProbability, count) {
      for (let row = 0; row < count; row += 1) {
        if ((counts[at] ?? 0) === stretchRows) {
          at += 1;
          if (at === stretches) fold();
        }
        const probability = loggedProbability[row] ?? 0;
        const own = weight[row] ?? 0;
        counts[at] = (counts[at] ?? 0) + 1;
        weightSquares[at] = (weightSquares[at] ?? 0) + own * own;
        sums[at] = (sums[at] ?? 0) + probability;
        squares[at] = (squares[at] ?? 0) + probability * probability;
      }
    },
    diagnose() {
      // A last stretch that has hardly begun says little.
      const last = at > 0 && (counts[at] ?? 0) < stretchRows / 2 ? at - 1 : at;
      const means = Array.from(
        { length: last + 1 },
        (_each, index) => (weightSquares[index] ?? 0) / (counts[index] ?? 1),
      );
      const meanOf = (index: number): number => (sums[index] ?? 0) / (counts[index] ?? 1);
      const varianceOf = (index: number): number =>
        Math.max(0, (squares[index] ?? 0) / (counts[index] ?? 1) - meanOf(index) ** 2) / (counts[index] ?? 1);
      const [firstProbability, lastProbability] = [meanOf(0), meanOf(last)];
      const error = Math.sqrt(varianceOf(0) + varianceOf(last));
      return {
        weightRatio: last === 0 ? 1 : Math.max(...means) / Math.max(Math.min(...means), Number.MIN_VALUE),
        firstProbability,
        lastProbability,
        adaptive: last > 0 && Math.abs(firstProbability - lastProbability) > 5 * error + 1e-12,
      };
    },
  };
}
