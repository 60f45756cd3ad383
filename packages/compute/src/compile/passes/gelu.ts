import { mul, normalCdf } from '../../graph/build/elementwise.ts';
import { isOp, type Tensor } from '../../graph/tensor.ts';
import { nodesOf, rebuild } from '../../graph/traverse.ts';
import { remakeWithBody, type Pass } from './pass.ts';

/** Where a gradient needs `Φ(x)` anyway, `gelu(x)` is `x · Φ(x)`: one error function instead of two. */
export const shareGelu: Pass = (outputs) => {
  const known = new Set(nodesOf(outputs).flatMap((node) => (isOp(node, 'normalCdf') ? node.inputs : [])));
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const isShared = isOp(node, 'gelu') && node.inputs.every((input) => known.has(input));
      if (!isShared) return remakeWithBody(node, inputs, shareGelu);
      const now = inputs[0] as Tensor;
      // Φ(x) is made once more here, and found equal when common expressions are shared.
      return [mul(now, normalCdf(now))];
    },
  });
};
