import { philoxBlock, type KeyWords } from './philox.ts';
import { purposes } from './keys.ts';

/**
 * A key from a seed. Keys are values: the same key always gives the same numbers, here and in a graph.
 *
 * @param seed a whole number from 0 to 2⁵³ − 1.
 */
export function key(seed: number): KeyWords {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`cannot make a key, as the seed must be a whole number from 0 to 2^53 - 1: it is ${seed}`);
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/** Several independent keys from one, which must not be used again. */
export const split = (from: KeyWords, count = 2): KeyWords[] =>
  Array.from({ length: count }, (_, index) => firstWords(from, index, purposes.split));

/** The key of a step or an item, by its number below 2³². */
export const foldIn = (from: KeyWords, data: number): KeyWords => firstWords(from, data >>> 0, purposes.foldIn);

function firstWords(from: KeyWords, word: number, purpose: number): KeyWords {
  const [first, second] = philoxBlock(from, [word, 0, 0, purpose]);
  return [first, second];
}

/** Random words of 32 bits. */
export function bits(from: KeyWords, size: number): Uint32Array {
  const out = new Uint32Array(size);
  for (let start = 0; start < size; start += 4) {
    const block = philoxBlock(from, [start / 4, 0, 0, purposes.bits]);
    for (let word = 0; word < 4 && start + word < size; word += 1) out[start + word] = block[word] ?? 0;
  }
  return out;
}

/** Uniform in [0, 1), multiples of 2⁻²⁴. */
export const uniforms = (from: KeyWords, size: number): Float32Array =>
  Float32Array.from(bits(from, size), (word) => (word >>> 8) * 2 ** -24);

/** Standard normal, by the Box–Muller transform. */
export function normals(from: KeyWords, size: number): Float32Array {
  const half = Math.ceil(size / 2);
  const draws = uniforms(from, 2 * half);
  return Float32Array.from({ length: size }, (_, index) => {
    const pair = index % half;
    const radius = Math.sqrt(-2 * Math.log(1 - (draws[pair] ?? 0)));
    const angle = 2 * Math.PI * (draws[half + pair] ?? 0);
    return radius * (index < half ? Math.cos(angle) : Math.sin(angle));
  });
}
