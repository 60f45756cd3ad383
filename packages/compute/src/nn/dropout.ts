import { greaterEqual, mul, where } from '../graph/build/elementwise.ts';
import type { Tensor } from '../graph/tensor.ts';
import { uniform } from '../random/keys.ts';

/**
 * Sets each element to 0 with probability `rate` and divides the others by `1 − rate`.
 *
 * @param key uint32 [2]: another one for each use and step. Without a key nothing is dropped, as when acting.
 * @param rate from 0 up to, and without, 1.
 * @throws RangeError for another rate.
 * @source Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout" (2014), section 4; the scaling is done
 * while training instead of afterwards.
 */
export function applyDropout(x: Tensor, rate: number, key?: Tensor): Tensor {
  if (!(rate >= 0 && rate < 1))
    throw new RangeError(`cannot drop out, as the rate must be from 0 up to 1, without 1: it is ${rate}`);
  if (key === undefined || rate === 0) return x;
  return where(greaterEqual(uniform(key, x.shape), rate), mul(x, 1 / (1 - rate)), 0);
}
