import { groupNorm, layerNorm, rmsNorm } from '../graph/build/normalising.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { key } from '../random/host.ts';
import { onesInitialiser, zerosInitialiser } from './initialisers.ts';

/** `scale` and `bias`, one number for each feature or channel. */
export type NormParameters<Leaf = Tensor> = { readonly scale: Leaf; readonly bias: Leaf };
export type RmsNormParameters<Leaf = Tensor> = { readonly scale: Leaf };

// Ones and zeros do not depend on a key.
const noKey = key(0);

/** Scales of 1 and biases of 0. */
export const initLayerNorm = (width: number): NormParameters<HostArray> => ({
  scale: onesInitialiser(noKey, [width]),
  bias: zerosInitialiser(noKey, [width]),
});

/** Scales of 1. */
export const initRmsNorm = (width: number): RmsNormParameters<HostArray> => ({
  scale: onesInitialiser(noKey, [width]),
});

/** Scales of 1 and biases of 0, one for each channel. */
export const initGroupNorm = (channels: number): NormParameters<HostArray> => initLayerNorm(channels);

/**
 * `scale · (x − mean) / √(variance + ε) + bias` over the last axis.
 *
 * @source Ba, Kiros, Hinton, "Layer normalization" (2016), eq. 4.
 */
export const applyLayerNorm = ({ scale, bias }: NormParameters, x: Tensor, epsilon = 1e-5): Tensor =>
  layerNorm(x, scale, bias, epsilon);

/**
 * `scale · x / √(mean(x²) + ε)` over the last axis.
 *
 * @source Zhang, Sennrich, "Root mean square layer normalization" (2019), eq. 4.
 */
export const applyRmsNorm = ({ scale }: RmsNormParameters, x: Tensor, epsilon = 1e-6): Tensor =>
  rmsNorm(x, scale, epsilon);

/**
 * Normalises groups of neighbouring channels, each over its channels and all places.
 *
 * @param x [batch, channels, …places].
 * @source Wu, He, "Group normalization" (2018), eq. 7.
 */
export const applyGroupNorm = ({ scale, bias }: NormParameters, x: Tensor, groups: number, epsilon = 1e-5): Tensor =>
  groupNorm(x, groups, scale, bias, epsilon);
