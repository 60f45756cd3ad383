import { add } from '../graph/build/elementwise.ts';
import { matmul } from '../graph/build/products.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { lecunInitialiser, zerosInitialiser, type Initialiser } from './initialisers.ts';

/** `weight` [inputs, outputs], `bias` [outputs] unless there is none. */
export type LinearParameters<Leaf = Tensor> = { readonly weight: Leaf; readonly bias?: Leaf };

export interface LinearOptions {
  readonly bias?: boolean;
  readonly weightInitialiser?: Initialiser;
  readonly biasInitialiser?: Initialiser;
}

/** First values of a linear map: by default LeCun's normal weights, and biases of 0. */
export function initLinear(
  key: KeyWords,
  inputs: number,
  outputs: number,
  options: LinearOptions = {},
): LinearParameters<HostArray> {
  const { bias = true, weightInitialiser = lecunInitialiser(), biasInitialiser = zerosInitialiser } = options;
  const [weightKey, biasKey] = split(key) as [KeyWords, KeyWords];
  const weight = weightInitialiser(weightKey, [inputs, outputs]);
  return bias ? { weight, bias: biasInitialiser(biasKey, [outputs]) } : { weight };
}

/**
 * `x · weight + bias` over the last axis.
 *
 * @param x [..., inputs].
 * @returns [..., outputs].
 */
export function applyLinear({ weight, bias }: LinearParameters, x: Tensor): Tensor {
  const product = matmul(x, weight);
  return bias === undefined ? product : add(product, bias);
}
