import { add, silu } from '../graph/build/elementwise.ts';
import { conv, convTranspose, type ConvolutionOptions } from '../graph/build/convolution.ts';
import { reshape } from '../graph/build/shaping.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { heInitialiser, zerosInitialiser, type Initialiser } from './initialisers.ts';
import { applyGroupNorm, initGroupNorm, type NormParameters } from './norms.ts';

/** `weight` [outputs, inputs / groups, …sizes], `bias` [outputs] unless there is none. */
export type ConvolutionParameters<Leaf = Tensor> = { readonly weight: Leaf; readonly bias?: Leaf };

export interface ConvolutionInitOptions {
  readonly bias?: boolean;
  readonly groups?: number;
  readonly initialiser?: Initialiser;
}

/**
 * First values of a convolution: by default He's normal weights, and biases of 0.
 *
 * @param sizes of the kernel, one for each place axis: one or two.
 */
export function initConvolution(
  key: KeyWords,
  inputs: number,
  outputs: number,
  sizes: readonly number[],
  options: ConvolutionInitOptions = {},
): ConvolutionParameters<HostArray> {
  const { bias = true, groups = 1, initialiser = heInitialiser() } = options;
  const [weightKey, biasKey] = split(key) as [KeyWords, KeyWords];
  const weight = initialiser(weightKey, [outputs, inputs / groups, ...sizes]);
  return bias ? { weight, bias: zerosInitialiser(biasKey, [outputs]) } : { weight };
}

const addBias = (x: Tensor, bias: Tensor | undefined): Tensor =>
  bias === undefined ? x : add(x, reshape(bias, [-1, ...x.shape.slice(2).map(() => 1)]));

/**
 * Convolution with a bias for each channel.
 *
 * @param x [batch, inputs, …places].
 * @returns [batch, outputs, …places].
 */
export const applyConvolution = (
  { weight, bias }: ConvolutionParameters,
  x: Tensor,
  options: ConvolutionOptions = {},
): Tensor => addBias(conv(x, weight, options), bias);

/**
 * Transposed convolution with a bias for each channel: lengths grow by the stride.
 *
 * @param params weight is [inputs, outputs / groups, …sizes].
 */
export const applyTransposedConvolution = (
  { weight, bias }: ConvolutionParameters,
  x: Tensor,
  options: ConvolutionOptions & { readonly outputPadding?: number } = {},
): Tensor => addBias(convTranspose(x, weight, options), bias);

export type ConvolutionBlockParameters<Leaf = Tensor> = {
  readonly convolution: ConvolutionParameters<Leaf>;
  readonly norm: NormParameters<Leaf>;
};

/** First values of a convolution that a group norm follows. */
export const initConvolutionBlock = (
  key: KeyWords,
  inputs: number,
  outputs: number,
  sizes: readonly number[],
): ConvolutionBlockParameters<HostArray> => ({
  convolution: initConvolution(key, inputs, outputs, sizes),
  norm: initGroupNorm(outputs),
});

/** `silu(groupNorm(conv(x)))`, lengths staying as they are unless `options` say otherwise. */
export const applyConvolutionBlock = (
  { convolution, norm }: ConvolutionBlockParameters,
  x: Tensor,
  groups: number,
  options: ConvolutionOptions = { padding: 'same' },
): Tensor => silu(applyGroupNorm(norm, applyConvolution(convolution, x, options), groups));
