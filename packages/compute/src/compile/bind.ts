import { bindDimension, SymbolicDimension, type Bindings } from '../graph/dimension.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { makeNode } from '../graph/tensor.ts';
import { rebuild, type Remake } from '../graph/traverse.ts';

const isGraph = (value: object): value is Graph => 'inputs' in value && 'outputs' in value;

/** An attribute's value with some of its parts replaced: whatever `change` gives something for. */
function mapAttribute(value: unknown, change: (part: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (Array.isArray(value)) return value.map((part: unknown) => mapAttribute(part, change));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapAttribute(part, change)]));
}

/**
 * Replaces named dimensions by their lengths, everywhere.
 *
 * @param replaced afterwards says what became of every tensor.
 * @throws RangeError where a name has no length, or lengths turn out not to fit.
 */
export function bind(
  outputs: readonly Tensor[],
  bindings: Bindings,
  replaced: Map<Tensor, Tensor> = new Map(),
): Tensor[] {
  const remake: Remake = (node, inputs) => {
    const attributes = mapAttribute(node.attributes, (part) => {
      if (part instanceof SymbolicDimension) return bindDimension(part, bindings);
      if (!isGraph(part)) return undefined;
      const tensors = rebuild([...part.inputs, ...part.outputs], replaced, { remake, every: true });
      return { inputs: tensors.slice(0, part.inputs.length), outputs: tensors.slice(part.inputs.length) };
    });
    return makeNode(node.op, inputs, attributes as typeof node.attributes);
  };
  return rebuild(outputs, replaced, { remake, every: true });
}

/**
 * Finds the lengths of named dimensions from the shapes that inputs are given.
 *
 * @throws RangeError where a shape does not fit, or a name would have two lengths.
 */
export function inferBindings(
  inputs: readonly Tensor[],
  shapes: readonly (readonly number[])[],
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [index, input] of inputs.entries()) {
    const given = shapes[index] ?? [];
    const fits = given.length === input.shape.length;
    for (const [axis, length] of input.shape.entries()) {
      if (typeof length !== 'number' && !(length.key in found) && /^\w+$/u.test(length.key)) {
        found[length.key] = given[axis] ?? 0;
      }
    }
    if (!fits || input.shape.some((length, axis) => bindDimension(length, found) !== given[axis])) {
      throw new RangeError(
        `cannot bind, as input ${index} must be [${input.shape.map(String).join(', ')}]: it is [${given.join(', ')}]`,
      );
    }
  }
  return found;
}
