import { bind, inferBindings } from '../compile/bind.ts';
import type { OpName } from '../graph/attributes.ts';
import { concrete, type Bindings } from '../graph/dimension.ts';
import { isFloating, toElement, type DType } from '../graph/dtype.ts';
import { tableOfOps } from '../graph/installed.ts';
import type { HostArray, OpRule } from '../graph/rule.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { nodesOf } from '../graph/traverse.ts';

export interface EvaluateOptions {
  /** `float64` (default) computes floating elements in double precision; `float32` rounds what is given, and after every op. */
  readonly precision?: 'float64' | 'float32';
  /** Lengths of named dimensions that no input shows. */
  readonly bindings?: Bindings;
}

/** A value in memory, from numbers in row-major order. */
export function hostArray(shape: readonly number[], data: ArrayLike<number>, dtype: DType = 'float32'): HostArray {
  const size = shape.reduce((a, b) => a * b, 1);
  if (data.length !== size)
    throw new RangeError(
      `cannot make an array, as [${shape.join(', ')}] must have ${size} elements: it has ${data.length}`,
    );
  return { dtype, shape, data: new Float64Array(data) };
}

/**
 * Computes expressions in TypeScript, in float64: slow, and what every faster way is tested against.
 *
 * @param feeds what each parameter is.
 * @throws RangeError where a parameter is missing or has another shape.
 * @example
 * const x = parameter('x', [2]);
 * const [y] = evaluate([square(x)], new Map([[x, hostArray([2], [3, 4])]])); // y.data: 9, 16
 */
export function evaluate(
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, HostArray>,
  options: EvaluateOptions = {},
): HostArray[] {
  const inputs = [...feeds.keys()];
  const shapes = [...feeds.values()].map((array) => array.shape);
  const replaced = new Map<Tensor, Tensor>();
  const bound = bind([...outputs, ...inputs], { ...options.bindings, ...inferBindings(inputs, shapes) }, replaced);
  const graph: Graph = { inputs: bound.slice(outputs.length), outputs: bound.slice(0, outputs.length) };
  const { precision = 'float64' } = options;
  const given = [...feeds.values()].map((array) => ({
    ...array,
    data: settle(array.data, array.dtype, precision, false),
  }));
  return evaluateGraph(graph, given, precision);
}

function evaluateGraph(graph: Graph, inputs: readonly HostArray[], precision: 'float64' | 'float32'): HostArray[] {
  const values = new Map<Tensor, HostArray>(graph.inputs.map((input, index) => [input, inputs[index] as HostArray]));
  const get = (tensor: Tensor): HostArray => values.get(tensor) as HostArray;
  const inner = (body: Graph, given: readonly HostArray[]): HostArray[] => evaluateGraph(body, given, precision);
  for (const node of nodesOf(graph.outputs, new Set(graph.inputs))) {
    const rule = tableOfOps()[node.op] as OpRule<OpName>;
    const types = node.outputs.map((output) => ({ shape: concrete(output.shape), dtype: output.dtype }));
    const results = rule.evaluate(node.inputs.map(get), node.attributes, types, inner);
    for (const [index, output] of node.outputs.entries()) {
      const { shape, dtype } = types[index] as (typeof types)[number];
      const data = settle(results[index] as Float64Array, dtype, precision, node.op === 'cast');
      values.set(output, { shape, dtype, data });
    }
  }
  return graph.outputs.map(get);
}

/** Rounds to what the element type holds; float32 stays double unless asked, so that differences can be taken. */
function settle(data: Float64Array, dtype: DType, precision: 'float64' | 'float32', isCast: boolean): Float64Array {
  if (dtype === 'float64' || (dtype === 'float32' && precision === 'float64')) return data;
  if (isFloating(dtype) && dtype !== 'float32' && !isCast && precision === 'float64') return data;
  return data.map((value) => toElement(value, dtype));
}
