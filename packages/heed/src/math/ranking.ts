import { logSumExp } from './log-domain.ts';
import type { Random } from './random.ts';

/**
 * Log-probabilities of the next item under Plackett–Luce: `s_i/τ − log Σ exp(s_j/τ)` over the items not yet taken,
 * −Infinity for those that are.
 *
 * @param taken 1 where the item has its place already.
 */
export function plackettLuceNext(scores: Float64Array, temperature: number, taken: Uint8Array): Float64Array {
  const logs = new Float64Array(scores.length);
  for (let index = 0; index < logs.length; index += 1)
    logs[index] = taken[index] === 1 ? -Infinity : (scores[index] ?? 0) / temperature;
  const total = logSumExp(logs);
  for (let index = 0; index < logs.length; index += 1) logs[index] = (logs[index] ?? 0) - total;
  return logs;
}

/**
 * Draws the first `size` places of a Plackett–Luce order: the largest of `s_i/τ + Gumbel`.
 *
 * @returns indices of `scores`, first place first.
 * @source Kool, van Hoof, Welling 2019, Stochastic beams and where to find them, section 2.3.
 */
export function gumbelTopK(scores: Float64Array, temperature: number, size: number, random: Random): number[] {
  const keys = scores.map((score) => score / temperature + random.gumbel());
  return [...keys.keys()].toSorted((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0) || a - b).slice(0, size);
}

/** Log-probabilities of the next item where each one not yet taken is as likely: `−log n`. */
export function uniformNext(taken: Uint8Array): Float64Array {
  let left = taken.length;
  for (let index = 0; index < taken.length; index += 1) left -= taken[index] ?? 0;
  const log = -Math.log(left);
  const logs = new Float64Array(taken.length);
  for (let index = 0; index < logs.length; index += 1) logs[index] = taken[index] === 1 ? -Infinity : log;
  return logs;
}
