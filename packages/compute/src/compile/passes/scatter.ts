import { sameShape } from '../../graph/dimension.ts';
import { isOp, makeTensor, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass, type UsesAt } from './pass.ts';
import { uniformValue } from './simplify.ts';

function intoTerm(node: Node, usesAt: UsesAt): Tensor | undefined {
  if (!isOp(node, 'add')) return undefined;
  const output = node.outputs[0] as Tensor;
  for (const place of [0, 1]) {
    const scattered = (node.inputs[place] as Tensor).node;
    const other = node.inputs[1 - place] as Tensor;
    if (!isOp(scattered, 'scatterAdd') && !isOp(scattered, 'scatterAddAlong')) continue;
    const [into, indices, updates] = scattered.inputs as [Tensor, Tensor, Tensor];
    if (usesAt(place) > 1 || uniformValue(into) !== 0 || !sameShape(other.shape, output.shape)) continue;
    if (!sameShape(into.shape, output.shape)) continue;
    return makeTensor(scattered.op, [other, indices, updates], scattered.attributes);
  }
  return undefined;
}

/** What was scattered into zeros and then added to something is scattered into that at once. */
export const scatterIntoTerms: Pass = nodePass((node, usesAt) => {
  const better = intoTerm(node, usesAt);
  return better && [better];
});
