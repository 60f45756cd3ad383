import { gatedSilu } from '../graph/build/elementwise.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { lecunInitialiser, type Initialiser } from './initialisers.ts';
import { applyLinear, initLinear, type LinearParameters } from './linear.ts';

export type SwigluParameters<Leaf = Tensor> = {
  readonly gate: LinearParameters<Leaf>;
  readonly up: LinearParameters<Leaf>;
  readonly down: LinearParameters<Leaf>;
};

export interface SwigluInitOptions {
  readonly initialiser?: Initialiser;
  readonly outputInitialiser?: Initialiser;
}

/** First values of a gated block without biases. */
export function initSwiglu(
  key: KeyWords,
  width: number,
  hiddenWidth: number,
  options: SwigluInitOptions = {},
): SwigluParameters<HostArray> {
  const { initialiser = lecunInitialiser(), outputInitialiser = initialiser } = options;
  const [gateKey, upKey, downKey] = split(key, 3) as [KeyWords, KeyWords, KeyWords];
  return {
    gate: initLinear(gateKey, width, hiddenWidth, { bias: false, weightInitialiser: initialiser }),
    up: initLinear(upKey, width, hiddenWidth, { bias: false, weightInitialiser: initialiser }),
    down: initLinear(downKey, hiddenWidth, width, { bias: false, weightInitialiser: outputInitialiser }),
  };
}

/**
 * `(silu(x · gate) · (x · up)) · down`.
 *
 * @param x [..., width].
 * @source Shazeer, "GLU variants improve transformer" (2020), eq. 6.
 */
export const applySwiglu = ({ gate, up, down }: SwigluParameters, x: Tensor): Tensor =>
  applyLinear(down, gatedSilu(applyLinear(gate, x), applyLinear(up, x)));
