import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { hashName } from './hash.ts';

/**
 * Draws `count` of `count` clusters with replacement, again and again.
 *
 * @param visit is given how often each cluster was drawn, in an array that is used again, and the number of the draw.
 */
export function resampleClusters(
  count: number,
  times: number,
  seed: string,
  visit: (multiplicity: Float64Array, time: number) => void,
): void {
  const generator = xoroshiro128plusFromState([
    hashName(seed, 1) | 1,
    hashName(seed, 2) | 0,
    hashName(seed, 3) | 0,
    hashName(seed, 4) | 0,
  ]);
  const multiplicity = new Float64Array(count);
  const scale = count / 2 ** 32;
  for (let time = 0; time < times; time += 1) {
    multiplicity.fill(0);
    for (let draw = 0; draw < count; draw += 1) {
      const index = Math.floor((generator.next() >>> 0) * scale);
      multiplicity[index] = (multiplicity[index] ?? 0) + 1;
    }
    visit(multiplicity, time);
  }
}

/** `Σ x_i y_i`. */
export function dot(x: Float64Array, y: Float64Array): number {
  let [even, odd] = [0, 0];
  const paired = x.length - (x.length % 2);
  for (let at = 0; at < paired; at += 2) {
    even += (x[at] ?? 0) * (y[at] ?? 0);
    odd += (x[at + 1] ?? 0) * (y[at + 1] ?? 0);
  }
  return paired === x.length ? even + odd : even + odd + (x[paired] ?? 0) * (y[paired] ?? 0);
}
