import type { Tensor } from '../graph/tensor.ts';

/** What may be drawn, and how likely it is. Keys are uint32 [2], each to be used once. */
export interface Distribution {
  /** Whether gradients flow from a sample to the parameters. Where they do not, a sample is a constant. */
  readonly isReparameterised: boolean;
  /** One draw for each distribution of the batch. */
  readonly sample: (key: Tensor) => Tensor;
  /** The logarithm of the probability, or of the density, of a value. */
  readonly logProbability: (value: Tensor) => Tensor;
}

/** A distribution whose entropy and divergence have a closed form. */
export interface ClosedDistribution<Self> extends Distribution {
  /** `−E ln p(x)`, in nats. */
  readonly entropy: () => Tensor;
  /** The Kullback–Leibler divergence from this to another, `E ln (p(x) / q(x))`, in nats. */
  readonly divergence: (other: Self) => Tensor;
}
