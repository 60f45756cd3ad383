import { mul, normalCdf, sigmoid } from '../../graph/build/elementwise.ts';
import type { OpName } from '../../graph/attributes.ts';
import { isOp, type Tensor } from '../../graph/tensor.ts';
import { nodesOf, rebuild } from '../../graph/traverse.ts';
import { remakeWithBody, type Pass } from './pass.ts';

const inputsOf = (outputs: readonly Tensor[], op: OpName): ReadonlySet<Tensor> =>
  new Set(nodesOf(outputs).flatMap((node) => (isOp(node, op) ? node.inputs : [])));

/**
 * Where a gradient needs `Φ(x)` or `σ(x)` anyway, `gelu(x)` is `x · Φ(x)` and `silu(x)` is `x · σ(x)`: one error function
 * or exponential instead of two.
 */
export const shareActivations: Pass = (outputs) => {
  const sigmoids = inputsOf(outputs, 'sigmoid');
  const parts = [
    { op: 'gelu', known: inputsOf(outputs, 'normalCdf'), factor: normalCdf },
    { op: 'silu', known: sigmoids, factor: sigmoid },
    { op: 'gatedSilu', known: sigmoids, factor: sigmoid },
  ] as const;
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const part = parts.find(({ op, known }) => isOp(node, op) && known.has(node.inputs[0] as Tensor));
      if (part === undefined) return remakeWithBody(node, inputs, shareActivations);
      const now = inputs[0] as Tensor;
      // The factor is made once more here, and found equal when common expressions are shared.
      const activated = mul(now, part.factor(now));
      return [inputs[1] === undefined ? activated : mul(activated, inputs[1])];
    },
  });
};
