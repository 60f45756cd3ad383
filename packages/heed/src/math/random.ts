import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { hashName } from './hash.ts';

/** A stream of chance: the same seed gives the same numbers for ever. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
  readonly uniform: () => number;
  /** Standard Gumbel: `−log(−log u)`. */
  readonly gumbel: () => number;
}

/**
 * Makes a stream from any text. Each seed has a stream of its own: its state is four hashes of the text.
 *
 * @example
 * const random = createRandom('decision 7');
 * const heads = random.uniform() < 0.5;
 */
export function createRandom(seed: string): Random {
  // The state must not be all zero.
  const generator = xoroshiro128plusFromState([
    hashName(seed, 1) | 1,
    hashName(seed, 2) | 0,
    hashName(seed, 3) | 0,
    hashName(seed, 4) | 0,
  ]);
  const uniform = (): number => {
    // The lowest bits of this generator are its weakest, so the highest are taken.
    const high = generator.next() >>> 5;
    return (high * 67_108_864 + (generator.next() >>> 6)) / 9_007_199_254_740_992;
  };
  return { uniform, gumbel: () => -Math.log(-Math.log(uniform())) };
}

/**
 * Draws an index by its probability.
 *
 * @param probabilities sum to 1.
 * @param u uniform in [0, 1).
 * @returns an index whose probability is above 0.
 */
export function drawIndex(probabilities: ArrayLike<number>, u: number): number {
  let sum = 0;
  let last = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    const probability = probabilities[index] ?? 0;
    if (probability <= 0) continue;
    sum += probability;
    last = index;
    if (u < sum) return index;
  }
  // Rounding may leave the sum a little below 1.
  return last;
}
