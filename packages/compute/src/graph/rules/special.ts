import { onnxDataTypes } from '../../onnx/types.ts';
import type { DType } from '../dtype.ts';

export const onnxDataCode = (dtype: DType | 'uint64'): number => onnxDataTypes[dtype].code;

/**
 * The error function, to about 1e-16: its power series below 2.5, the continued fraction of its complement above.
 *
 * @source Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(z)) return z;
  if (z > 6) return Math.sign(x);
  if (z >= 2.5) return Math.sign(x) * (1 - complement(z));
  let term = z;
  let sum = z;
  for (let n = 1; n < 200 && term > sum * 1e-18; n += 1) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (Math.sign(x) * 2 * sum * Math.exp(-z * z)) / Math.sqrt(Math.PI);
}

function complement(z: number): number {
  let fraction = z;
  for (let n = 120; n >= 1; n -= 1) fraction = z + n / 2 / fraction;
  return Math.exp(-z * z) / (fraction * Math.sqrt(Math.PI));
}

/** `Φ(x)`, exact in the lower tail as well. */
export function standardNormalCdf(x: number): number {
  const z = x * Math.SQRT1_2;
  return z <= -2.5 ? complement(-z) / 2 : (1 + erf(z)) / 2;
}
