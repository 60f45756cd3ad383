import { add, mul, sigmoid, sub, tanh } from '../graph/build/elementwise.ts';
import { scan } from '../graph/build/scan.ts';
import { moveAxis, split } from '../graph/build/shaping.ts';
import { zeros } from '../graph/build/sources.ts';
import type { Dimension } from '../graph/dimension.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split as splitKey } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { glorotInitialiser, orthogonalInitialiser } from './initialisers.ts';
import { applyLinear, initLinear, type LinearParameters } from './linear.ts';

/** Maps of the input and of the state to the reset gate, the update gate and the candidate, side by side. */
export type GruParameters<Leaf = Tensor> = {
  readonly input: LinearParameters<Leaf>;
  readonly hidden: LinearParameters<Leaf>;
};

/** First values of a GRU: Glorot's uniform ones for the input, an orthogonal matrix for the state, biases of 0. */
export function initGru(key: KeyWords, inputs: number, width: number): GruParameters<HostArray> {
  const [inputKey, hiddenKey] = splitKey(key) as [KeyWords, KeyWords];
  return {
    input: initLinear(inputKey, inputs, 3 * width, { weightInitialiser: glorotInitialiser('uniform') }),
    hidden: initLinear(hiddenKey, width, 3 * width, { weightInitialiser: orthogonalInitialiser() }),
  };
}

/** One step, the input being mapped already. */
function gruStep(hidden: LinearParameters, mapped: Tensor, state: Tensor): Tensor {
  const [inputReset, inputUpdate, inputCandidate] = split(mapped, 3, -1) as [Tensor, Tensor, Tensor];
  const [stateReset, stateUpdate, stateCandidate] = split(applyLinear(hidden, state), 3, -1) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const reset = sigmoid(add(inputReset, stateReset));
  const update = sigmoid(add(inputUpdate, stateUpdate));
  const candidate = tanh(add(inputCandidate, mul(reset, stateCandidate)));
  return add(candidate, mul(update, sub(state, candidate)));
}

/**
 * One step of a gated recurrent unit: `r = σ(Wᵣx + Uᵣh)`, `z = σ(W_z x + U_z h)`,
 * `n = tanh(Wₙx + r · (Uₙh))`, `h ← (1 − z) · n + z · h`, biases being part of each product.
 *
 * @param x [batch, inputs].
 * @param state [batch, width].
 * @source Cho et al., "Learning phrase representations using RNN encoder–decoder" (2014), eq. 5–8; the reset gate acts
 * after the product, as in cuDNN and PyTorch.
 */
export const applyGruCell = ({ input, hidden }: GruParameters, x: Tensor, state: Tensor): Tensor =>
  gruStep(hidden, applyLinear(input, x), state);

export interface GruOptions {
  /** [batch, width]; by default zeros. */
  readonly state?: Tensor;
  /** Compute each step again for its gradient instead of storing its insides. */
  readonly rematerialise?: boolean;
}

/**
 * A gated recurrent unit over sequences.
 *
 * @param x [batch, steps, inputs].
 * @returns the state after each step, [batch, steps, width], and after the last.
 */
export function applyGru(
  { input, hidden }: GruParameters,
  x: Tensor,
  options: GruOptions = {},
): { readonly states: Tensor; readonly last: Tensor } {
  const [batch] = x.shape;
  const width = hidden.weight.shape[0] as Dimension;
  const { state = zeros([batch as Dimension, width], x.dtype), rematerialise = false } = options;
  // Inputs are mapped in one product over all steps.
  const mapped = moveAxis(applyLinear(input, x), 1, 0);
  const { carry, ys } = scan(
    (before: Tensor, now: Tensor) => {
      const after = gruStep(hidden, now, before);
      return { carry: after, y: after };
    },
    state,
    mapped,
    { rematerialise },
  );
  return { states: moveAxis(ys, 0, 1), last: carry };
}
