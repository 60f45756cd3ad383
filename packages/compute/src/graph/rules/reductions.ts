import { cast, div, equal, exp, mul, sub, where } from '../build/elementwise.ts';
import { cumulativeSum, prod } from '../build/reductions.ts';
import { broadcastTo, expandDims, moveAxis, pad, slice } from '../build/shaping.ts';
import { full, iota } from '../build/sources.ts';
import { sizeOf } from '../dimension.ts';
import { isFloating, rangeOf } from '../dtype.ts';
import { makeNode, makeTensor, type Node, type Tensor, type TensorType } from '../tensor.ts';
import type { BatchContext, EmitContext, GradientContext, HostArray, OpRule, OpTable } from '../rule.ts';
import { checkTypes, type Accepts } from './elementwise.ts';
import { around, at, count, int, numbers, shifted, stretchedStrides, walk } from './helpers.ts';
import { widened } from './widened.ts';

type Reduction = 'sum' | 'max' | 'min' | 'logSumExp';

const kept = (x: Tensor, axes: readonly number[]): Tensor['shape'] =>
  x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

const inferKept =
  (op: string, accepts: Accepts) =>
  (inputs: readonly Tensor[], { axes }: { readonly axes: readonly number[] }): TensorType[] => {
    const dtype = checkTypes(op, inputs, accepts);
    return [{ shape: kept(at(inputs, 0), axes), dtype }];
  };

const batchAxes = <K extends Reduction>({ node, inputs, attributes }: BatchContext<K>): readonly Tensor[] =>
  makeNode<Reduction>(node.op, inputs, { axes: shifted(attributes.axes) });

function fold(
  input: HostArray,
  shape: readonly number[],
  start: number,
  step: (total: number, value: number) => number,
): Float64Array {
  const out = new Float64Array(count(shape)).fill(start);
  walk(input.shape, stretchedStrides(shape, input.shape), (offset, flat) => {
    out[offset] = step(at(numbers(out), offset), at(numbers(input.data), flat));
  });
  return out;
}

const emitReduce =
  (onnx: string) =>
  (context: EmitContext, node: { attributes: { axes: readonly number[] } }, inputs: readonly string[]) => [
    context.add(
      onnx,
      [at(inputs, 0), context.constant('int64', [node.attributes.axes.length], node.attributes.axes)],
      [int('keepdims', 1)],
    ),
  ];

/**
 * Sums over the first axes, the gradients of biases, are products with a row of ones where the runtime's kernel for
 * them is slow: measured 0.001 against 0.05 ms for [256, 256], and equal for larger ones.
 */
function emitSum(context: EmitContext, node: Node<'sum'>, inputs: readonly string[]): readonly string[] {
  const { axes } = node.attributes;
  const x = at(node.inputs, 0);
  const isLeading = axes.length > 0 && axes.length < x.shape.length && axes.every((axis, index) => axis === index);
  const rows = sizeOf(x.shape.slice(0, axes.length));
  const columns = sizeOf(x.shape.slice(axes.length));
  const isPlain = typeof rows === 'number' && typeof columns === 'number' && rows > 1 && rows <= 65_536 && columns > 1;
  if (!isLeading || !isPlain || x.dtype !== 'float32') return emitReduce('ReduceSum')(context, node, inputs);
  const long = context.add('Reshape', [at(inputs, 0), context.lengths([rows, columns])]);
  const ones = context.constant(x.dtype, [1, rows], new Float64Array(rows).fill(1));
  const total = context.add('MatMul', [ones, long]);
  return [context.add('Reshape', [total, context.lengths(at(node.outputs, 0).shape)])];
}

/** Equal extremes share the gradient. */
function extremeGradient({
  inputs,
  outputs,
  gradients: [g],
  attributes,
}: GradientContext<'max' | 'min'>): (Tensor | undefined)[] {
  if (g === undefined) return [undefined];
  const hits = cast(equal(at(inputs, 0), at(outputs, 0)), g.dtype);
  return [mul(hits, div(g, makeTensor('sum', [hits], { axes: attributes.axes })))];
}

const extreme = (
  op: 'max' | 'min',
  summary: string,
  onnx: string,
  end: 'least' | 'most',
  pick: (a: number, b: number) => number,
): OpRule<'max' | 'min'> => ({
  summary,
  infer: inferKept(op, 'number'),
  gradient: extremeGradient,
  batch: batchAxes,
  emit: widened(emitReduce(onnx)),
  evaluate: (inputs, _attributes, outputs) => {
    const { shape, dtype } = at(outputs, 0);
    return [fold(at(inputs, 0), shape, rangeOf(dtype)[end], pick)];
  },
});

function runningSum(input: HostArray, axis: number, exclusive: boolean, backwards: boolean): Float64Array {
  const { before, along, after } = around(input.shape, axis);
  const out = new Float64Array(input.data.length);
  for (let row = 0; row < before * after; row += 1) {
    const base = Math.floor(row / after) * along * after + (row % after);
    let total = 0;
    for (let step = 0; step < along; step += 1) {
      const place = base + (backwards ? along - 1 - step : step) * after;
      const value = at(numbers(input.data), place);
      out[place] = exclusive ? total : total + value;
      total += value;
    }
  }
  return out;
}

/** The elements moved along an axis by so many places, ones taking the place of those that are missing. */
const movedAlong = (x: Tensor, axis: number, by: number, length: number): Tensor =>
  by > 0
    ? pad(slice(x, axis, { end: length - by }), onlyAt(x, axis, [by, 0]), 1)
    : pad(slice(x, axis, { start: -by }), onlyAt(x, axis, [0, -by]), 1);

const onlyAt = (x: Tensor, axis: number, amounts: readonly [number, number]): (readonly [number, number])[] =>
  x.shape.map((_, index) => (index === axis ? amounts : [0, 0]));

/** The product of all elements before each (or after, where the step is negative), in log₂(length) products. */
function productBefore(x: Tensor, axis: number, length: number, direction: 1 | -1): Tensor {
  let product = movedAlong(x, axis, direction, length);
  for (let reach = 1; reach < length - 1; reach *= 2)
    product = mul(product, movedAlong(product, axis, direction * reach, length));
  return product;
}

/**
 * The product of the elements beside each. Nothing is divided, so that it is right at zeros, and so are its gradients.
 * Along an axis whose length is open it takes the square of that length in memory.
 */
function productOfOthers(x: Tensor, axis: number): Tensor {
  const length = at(x.shape, axis);
  if (length === 0 || length === 1) return full(x.shape, 1, x.dtype);
  if (typeof length === 'number') return mul(productBefore(x, axis, length, 1), productBefore(x, axis, length, -1));
  const last = moveAxis(x, axis, -1);
  const places = iota(length);
  const own = equal(expandDims(places, 1), expandDims(places, 0));
  const others = where(own, 1, expandDims(last, -2));
  return moveAxis(prod(others, { axes: -1 }), -1, axis);
}

export const reductionRows: Pick<OpTable, Reduction | 'prod' | 'argMax' | 'cumulativeSum'> = {
  sum: {
    summary: 'the sum over axes, which keep length 1',
    infer: inferKept('sum', 'number'),
    gradient: ({ inputs, gradients: [g] }) => [g && broadcastTo(g, at(inputs, 0).shape)],
    batch: batchAxes,
    emit: widened(emitSum),
    evaluate: (inputs, _attributes, outputs) => [fold(at(inputs, 0), at(outputs, 0).shape, 0, (a, b) => a + b)],
  },
  max: extreme('max', 'the largest element over axes; equal ones share the gradient', 'ReduceMax', 'least', Math.max),
  min: extreme('min', 'the smallest element over axes; equal ones share the gradient', 'ReduceMin', 'most', Math.min),
  logSumExp: {
    summary: 'log Σ exp(x) over axes without overflow; −∞ over nothing but −∞',
    infer: inferKept('logSumExp', 'floating'),
    gradient: ({ inputs, outputs, gradients: [g] }) => {
      if (g === undefined) return [undefined];
      // A row of nothing but −∞ has weight 0 everywhere: −∞ − (−∞) must not be formed.
      const total = at(outputs, 0);
      const finite = makeTensor('clip', [total], { minimum: -3e38, maximum: Infinity });
      return [mul(g, exp(sub(at(inputs, 0), finite)))];
    },
    batch: batchAxes,
    emit: emitReduce('ReduceLogSumExp'),
    evaluate: (inputs, _attributes, outputs) => {
      const input = at(inputs, 0);
      const { shape } = at(outputs, 0);
      const high = fold(input, shape, -Infinity, Math.max).map((value) => (Number.isFinite(value) ? value : 0));
      const total = new Float64Array(high.length);
      walk(input.shape, stretchedStrides(shape, input.shape), (offset, flat) => {
        total[offset] =
          at(numbers(total), offset) + Math.exp(at(numbers(input.data), flat) - at(numbers(high), offset));
      });
      return [total.map((value, index) => Math.log(value) + at(numbers(high), index))];
    },
  },
  prod: {
    summary: 'the product along an axis, which keeps length 1',
    infer: (inputs, { axis }) => {
      const dtype = checkTypes('prod', inputs, 'number');
      return [{ shape: kept(at(inputs, 0), [axis]), dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes }) => [
      g && mul(g, productOfOthers(at(inputs, 0), attributes.axis)),
    ],
    batch: ({ inputs, attributes }) => makeNode('prod', inputs, { axis: attributes.axis + 1 }),
    emit: widened((context, { attributes }, inputs) =>
      emitReduce('ReduceProd')(context, { attributes: { axes: [attributes.axis] } }, inputs),
    ),
    evaluate: (inputs, _attributes, outputs) => [fold(at(inputs, 0), at(outputs, 0).shape, 1, (a, b) => a * b)],
  },
  argMax: {
    summary: 'the position of the largest element along an axis (which keeps length 1), as int64; the first of equals',
    infer: (inputs, { axis }) => {
      checkTypes('argMax', inputs, 'number');
      return [{ shape: kept(at(inputs, 0), [axis]), dtype: 'int64' }];
    },
    gradient: null,
    why: 'its result is a whole number',
    batch: ({ inputs, attributes }) => makeNode('argMax', inputs, { axis: attributes.axis + 1 }),
    emit: widened((context, node, inputs) => [
      context.add('ArgMax', inputs, [int('axis', node.attributes.axis), int('keepdims', 1)]),
    ]),
    evaluate: (inputs, { axis }, outputs) => {
      const input = at(inputs, 0);
      const { along, after } = around(input.shape, axis);
      return [
        new Float64Array(count(at(outputs, 0).shape)).map((_, row) => {
          const base = Math.floor(row / after) * along * after + (row % after);
          let best = 0;
          for (let step = 1; step < along; step += 1) {
            if (at(numbers(input.data), base + step * after) > at(numbers(input.data), base + best * after))
              best = step;
          }
          return best;
        }),
      ];
    },
  },
  cumulativeSum: {
    summary: 'the running sum along an axis',
    infer: (inputs) => [{ shape: at(inputs, 0).shape, dtype: checkTypes('cumulativeSum', inputs, 'number') }],
    gradient: ({ gradients: [g], attributes }) => [
      g && isFloating(g.dtype)
        ? cumulativeSum(g, attributes.axis, { ...attributes, reverse: !attributes.reverse })
        : undefined,
    ],
    batch: ({ inputs, attributes }) => makeNode('cumulativeSum', inputs, { ...attributes, axis: attributes.axis + 1 }),
    emit: widened((context, { attributes: { axis, exclusive, reverse } }, inputs) => [
      context.add(
        'CumSum',
        [at(inputs, 0), context.constant('int64', [], [axis])],
        [int('exclusive', Number(exclusive)), int('reverse', Number(reverse))],
      ),
    ]),
    evaluate: (inputs, { axis, exclusive, reverse }) => [runningSum(at(inputs, 0), axis, exclusive, reverse)],
  },
};
