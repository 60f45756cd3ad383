import type { Random } from '../math/index.ts';

/**
 * Makes a stream of standard normal numbers: `√(−2 log u) cos 2πv` and the same with the sine.
 * @source Box, Muller 1958, A note on the generation of random normal deviates.
 */
export function gaussianStream(random: Random): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    // 1 − u lies in (0, 1], so that its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
