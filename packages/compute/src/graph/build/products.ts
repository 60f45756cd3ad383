import { makeTensor, type Tensor } from '../tensor.ts';

export interface MatmulOptions {
  /** Swap the last two axes of `a` first: free of cost. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** A factor of the result: free of cost. */
  readonly alpha?: number;
}

/**
 * The matrix product over the last two axes; leading axes are matched, lengths of 1 being stretched.
 *
 * @throws RangeError where the inner lengths differ.
 * @example
 * const y = matmul(x, w); // [B, 23] · [23, 256] → [B, 256]
 */
export const matmul = (a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor =>
  makeTensor('matmul', [a, b], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    alpha: options.alpha ?? 1,
  });
