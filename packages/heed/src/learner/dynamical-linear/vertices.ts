/** A budget that is shared among entries. */
export interface Budget {
  /** What each entry has at least. */
  readonly least: readonly number[];
  /** What each entry has at most. */
  readonly most: readonly number[];
  /** What all have together. */
  readonly total: number;
}

/** Orders of so many entries are still looked at one by one. */
const mostEntries = 8;

/**
 * The corners of a budget, `{u: least ≤ u ≤ most, Σ u = total}`, among which the best vector of any linear worth is: for
 * each order of the entries, each is filled up as far as the budget goes.
 *
 * @returns each corner once.
 * @throws RangeError for bounds of unequal length, more than 8 entries, or a total that they cannot have.
 * @example
 * budgetVertices({ least: [0, 0], most: [1, 1], total: 1.5 }); // [[1, 0.5], [0.5, 1]]
 * @source Mussi, Metelli, Restelli 2023, Dynamical linear bandits: the vectors of its experiments are the corners of 1½ in three entries.
 */
export function budgetVertices({ least, most, total }: Budget): number[][] {
  const size = least.length;
  if (size === 0 || size !== most.length || size > mostEntries)
    throw new RangeError(
      `cannot share a budget, as there must be from 1 to ${mostEntries} entries with two bounds each: there are ${size} and ${most.length}`,
    );
  const [smallest, largest] = [sumOf(least), sumOf(most)];
  const fits = least.every((bound, at) => bound <= (most[at] ?? NaN)) && smallest <= total && total <= largest;
  if (!fits)
    throw new RangeError(
      `cannot share a budget, as it must lie between the sums of the bounds, ${smallest} and ${largest}: it is ${total}`,
    );
  const corners = new Map<string, number[]>();
  for (const order of ordersOf([...least.keys()])) {
    const corner = [...least];
    let left = total - smallest;
    for (const at of order) {
      const part = Math.min(left, (most[at] ?? 0) - (least[at] ?? 0));
      corner[at] = (corner[at] ?? 0) + part;
      left -= part;
    }
    corners.set(corner.map((entry) => entry.toFixed(12)).join(), corner);
  }
  return [...corners.values()];
}

function sumOf(bounds: readonly number[]): number {
  return bounds.reduce((sum, bound) => sum + bound, 0);
}

function ordersOf(entries: readonly number[]): number[][] {
  if (entries.length === 0) return [[]];
  return entries.flatMap((first) =>
    ordersOf(entries.filter((entry) => entry !== first)).map((rest) => [first, ...rest]),
  );
}
