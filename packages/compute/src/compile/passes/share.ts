import { SymbolicDimension } from '../../graph/dimension.ts';
import type { Node, Tensor } from '../../graph/tensor.ts';
import { rebuild } from '../../graph/traverse.ts';
import { remakeWithBody, type Pass } from './pass.ts';

/** Numbers objects in the order in which they are met. */
function createNumbering(): (value: object) => number {
  const numbers = new Map<object, number>();
  return (value) => {
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  };
}

function keyOf(value: unknown, number: (value: object) => number): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof SymbolicDimension) return value.key;
  if (value instanceof Float64Array)
    return value.length <= 64 ? Array.from(value, (v) => keyOf(v, number)).join() : `#${number(value)}`;
  if (Array.isArray(value)) return `[${value.map((part) => keyOf(part, number)).join()}]`;
  if ('node' in value) return `#${number(value)}`;
  return `{${Object.entries(value)
    .map(([name, part]) => `${name}:${keyOf(part, number)}`)
    .join()}}`;
}

/** Computes equal expressions once. */
export const shareCommon: Pass = (outputs) => {
  const number = createNumbering();
  const known = new Map<string, readonly Tensor[]>();
  const share = (node: Node): readonly Tensor[] => {
    if (node.op === 'parameter') return node.outputs;
    const key = `${node.op}(${node.inputs.map((input) => number(input)).join()})${keyOf(node.attributes, number)}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, node.outputs);
    return node.outputs;
  };
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const [first] = remakeWithBody(node, inputs, shareCommon);
      return first === undefined ? [] : share(first.node);
    },
  });
};
