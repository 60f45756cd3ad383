import { concrete, sizeOf } from '../../graph/dimension.ts';
import { toElement } from '../../graph/dtype.ts';
import { tableOfOps } from '../../graph/installed.ts';
import type { OpName } from '../../graph/attributes.ts';
import type { OpRule } from '../../graph/rule.ts';
import { isOp, makeTensor, type Node } from '../../graph/tensor.ts';
import { nodePass, type Pass } from './pass.ts';

// Larger results cost more to store and to read than to compute.
const largest = 4096;
const kept = new Set<OpName>(['parameter', 'constant', 'broadcastTo', 'scan', 'philox']);

/** Computes now what depends on constants only. Stretched constants stay as they are: ops stretch by themselves. */
export const foldConstants: Pass = nodePass((node) => {
  if (kept.has(node.op) || !node.inputs.every((input) => isOp(input.node, 'constant'))) return undefined;
  const sizes = node.outputs.map((output) => sizeOf(output.shape));
  if (sizes.some((size) => typeof size !== 'number' || size > largest)) return undefined;
  if (isOp(node, 'dimensionSize') && typeof node.attributes.value !== 'number') return undefined;
  const inputs = node.inputs.map((input) => {
    const { data, shape, dtype } = (input.node as Node<'constant'>).attributes;
    return { data, shape, dtype };
  });
  const types = node.outputs.map((output) => ({ shape: concrete(output.shape), dtype: output.dtype }));
  const results = (tableOfOps()[node.op] as OpRule<OpName>).evaluate(inputs, node.attributes, types, () => []);
  return types.map(({ shape, dtype }, index) =>
    makeTensor('constant', [], {
      shape,
      dtype,
      data: (results[index] as Float64Array).map((value) => toElement(value, dtype)),
    }),
  );
});
