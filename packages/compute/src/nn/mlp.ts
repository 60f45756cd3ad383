import { relu } from '../graph/build/elementwise.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { heInitialiser, type Initialiser } from './initialisers.ts';
import { applyLinear, initLinear, type LinearParameters } from './linear.ts';

/** One linear map after another. */
export type MlpParameters<Leaf = Tensor> = { readonly layers: readonly LinearParameters<Leaf>[] };

export interface MlpInitOptions {
  /** Of the weights of all layers but the last; by default He's normal ones. */
  readonly hiddenInitialiser?: Initialiser;
  /** Of the weights of the last layer; by default as the others. */
  readonly outputInitialiser?: Initialiser;
}

/**
 * First values of a network of linear maps with an activation between them.
 *
 * @param widths of the input, the hidden layers and the output: two or more.
 */
export function initMlp(
  key: KeyWords,
  widths: readonly number[],
  options: MlpInitOptions = {},
): MlpParameters<HostArray> {
  if (widths.length < 2)
    throw new RangeError(`cannot make an MLP, as it must have two widths or more: it has ${widths.length}`);
  const { hiddenInitialiser = heInitialiser(), outputInitialiser = hiddenInitialiser } = options;
  const keys = split(key, widths.length - 1);
  const layers = keys.map((layerKey, index) =>
    initLinear(layerKey, widths[index] ?? 0, widths[index + 1] ?? 0, {
      weightInitialiser: index === keys.length - 1 ? outputInitialiser : hiddenInitialiser,
    }),
  );
  return { layers };
}

export interface MlpOptions {
  /** Between the layers; by default ReLU. */
  readonly activation?: (x: Tensor) => Tensor;
}

/**
 * Linear maps with an activation between them, none after the last.
 *
 * @param x [..., the first width].
 * @returns [..., the last width].
 */
export function applyMlp({ layers }: MlpParameters, x: Tensor, options: MlpOptions = {}): Tensor {
  const { activation = relu } = options;
  return layers.reduce((inner, layer, index) => applyLinear(layer, index === 0 ? inner : activation(inner)), x);
}
