import { philoxBlock, philoxInto, type KeyWords } from './philox.ts';
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
  // What lies beyond the end of the array is not written.
  for (let start = 0; start < size; start += 4) philoxInto(out, start, from, [start / 4, 0, 0, purposes.bits]);
  return out;
}

/** Uniform in [0, 1), multiples of 2⁻²⁴. */
export function uniforms(from: KeyWords, size: number): Float32Array {
  const out = new Float32Array(size);
  const words = bits(from, size);
  for (let index = 0; index < size; index += 1) out[index] = ((words[index] ?? 0) >>> 8) * 2 ** -24;
  return out;
}

/** Standard normal, by the Box–Muller transform. */
export function normals(from: KeyWords, size: number): Float32Array {
  const half = Math.ceil(size / 2);
  const draws = uniforms(from, 2 * half);
  const out = new Float32Array(size);
  for (let pair = 0; pair < half; pair += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - (draws[pair] ?? 0)));
    const angle = 2 * Math.PI * (draws[half + pair] ?? 0);
    out[pair] = radius * Math.cos(angle);
    if (half + pair < size) out[half + pair] = radius * Math.sin(angle);
  }
  return out;
}
