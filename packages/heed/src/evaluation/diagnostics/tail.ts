/** Keeps the largest weights of a stream in bounded memory. */
export interface WeightTail {
  add(weights: Float64Array, count: number): void;
  /** Hill's index of the tail above the M-th largest of n weights, `M = min(n / 5, 3 √n, kept)`; see `hillIndex`. */
  index(): number;
}

const kept = 4_096;

/** @param most weights kept; the memory is twice that many numbers. */
export function createWeightTail(most = kept): WeightTail {
  const buffer = new Float64Array(2 * most);
  let filled = 0;
  let least = -Infinity;
  let seen = 0;

  function shrink(): void {
    buffer.set(buffer.subarray(0, filled).toSorted().toReversed());
    filled = Math.min(filled, most);
    if (filled === most) least = buffer[most - 1] ?? -Infinity;
  }

  return {
    add(weights, count) {
      seen += count;
      for (let row = 0; row < count; row += 1) {
        const weight = weights[row] ?? 0;
        if (weight <= least) continue;
        buffer[filled] = weight;
        filled += 1;
        if (filled === buffer.length) shrink();
      }
    },
    index() {
      shrink();
      return hillIndex(buffer.subarray(0, filled), Math.floor(Math.min(seen / 5, 3 * Math.sqrt(seen), filled - 1)));
    },
  };
}

/**
 * `k = (1/M) Σ_{i ≤ M} log(w_i / w_{M+1})`: moments of order 1/k and above are infinite, so from 1/2 on the variance is.
 *
 * @param descending the largest weights, largest first.
 * @returns 0 where there is no tail to speak of.
 * @source Hill 1975, A simple general approach to inference about the tail of a distribution.
 */
function hillIndex(descending: ArrayLike<number>, count: number): number {
  const base = descending[count] ?? 0;
  if (count < 1 || base <= 0) return 0;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += Math.log((descending[index] ?? base) / base);
  return sum / count;
}
