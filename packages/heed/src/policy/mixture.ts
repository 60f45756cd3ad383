import { drawIndex, gumbelTopK, logSumExp } from '../math/index.ts';
import type { Random } from '../math/index.ts';

/**
 * One branch of a sampler: it fills a slate place by place.
 * Items are counted 0 … n − 1 over the allowed candidates; `taken[i]` is 1 once i has its place.
 */
export interface Branch {
  readonly name: string;
  /** Probability that this branch acts. */
  readonly weight: number;
  /** Log-probability of each item to be next, −Infinity where it cannot be. */
  readonly next: (taken: Uint8Array) => Float64Array;
  /** Set where the branch draws by the Gumbel trick: scores and temperature of its Plackett–Luce. */
  readonly gumbel?: { readonly scores: Float64Array; readonly temperature: number };
}

/** A slate's log-probability under one branch, up to each place. */
export interface BranchReading {
  readonly name: string;
  readonly weight: number;
  readonly logPrefix: readonly number[];
}

/** Probability of each of `count` items to be first: `Σ_b w_b p_b(item)`. */
export function firstProbabilities(branches: readonly Branch[], count: number): Float64Array {
  const probabilities = new Float64Array(count);
  for (const { weight, next } of branches) {
    next(new Uint8Array(count)).forEach((log, index) => {
      probabilities[index] = (probabilities[index] ?? 0) + weight * Math.exp(log);
    });
  }
  return probabilities;
}

/** Takes a branch by its weight and draws `size` of `count` items with it, first place first. */
export function drawSlate(
  branches: readonly Branch[],
  count: number,
  size: number,
  random: Random,
): { branch: string; order: number[] } {
  const weights = branches.map(({ weight }) => weight);
  const branch = branches[drawIndex(weights, random.uniform())];
  if (branch === undefined) throw new RangeError('cannot draw, as a sampler must have a branch: it has none');
  if (branch.gumbel !== undefined)
    return { branch: branch.name, order: gumbelTopK(branch.gumbel.scores, branch.gumbel.temperature, size, random) };
  const taken = new Uint8Array(count);
  const order: number[] = [];
  while (order.length < size) {
    const drawn = drawIndex(branch.next(taken).map(Math.exp), random.uniform());
    taken[drawn] = 1;
    order.push(drawn);
  }
  return { branch: branch.name, order };
}

/** Reads an order under every branch: what the other branches would have said of it counts as well. */
export function readOrder(branches: readonly Branch[], count: number, order: readonly number[]): BranchReading[] {
  return branches.map(({ name, weight, next }) => {
    const taken = new Uint8Array(count);
    let log = 0;
    const logPrefix = order.map((item) => {
      if (log > -Infinity) log += next(taken)[item] ?? -Infinity;
      taken[item] = 1;
      return log;
    });
    return { name, weight, logPrefix };
  });
}

/** Joint log-probability of an order: `log Σ_b w_b exp(log p_b)`, whichever branch drew it. */
export function jointLogProbability(readings: readonly BranchReading[]): number {
  return Math.min(0, logSumExp(readings.map(({ weight, logPrefix }) => Math.log(weight) + (logPrefix.at(-1) ?? 0))));
}
