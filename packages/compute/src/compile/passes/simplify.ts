import type { OpName } from '../../graph/attributes.ts';
import { add, mul, square, sub } from '../../graph/build/elementwise.ts';
import { reshape, transpose } from '../../graph/build/shaping.ts';
import { scalar } from '../../graph/build/sources.ts';
import { broadcastShapes } from '../../graph/broadcast.ts';
import { sameShape, type Shape } from '../../graph/dimension.ts';
import { isFloating } from '../../graph/dtype.ts';
import { isOp, makeTensor, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass } from './pass.ts';

/** The number that all elements of an expression are, if it is known. */
export function uniformValue(x: Tensor): number | undefined {
  const { node } = x;
  if (isOp(node, 'broadcastTo') || isOp(node, 'reshape')) return uniformValue(node.inputs[0] as Tensor);
  if (!isOp(node, 'constant')) return undefined;
  const { data } = node.attributes;
  const [first] = data;
  return first !== undefined && data.length <= 64 && data.every((value) => value === first) ? first : undefined;
}

const stretching = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'minimum',
  'maximum',
  'equal',
  'less',
  'lessEqual',
  'and',
  'or',
  'where',
]);

const withShape = (x: Tensor, shape: Shape): Tensor | undefined => (sameShape(x.shape, shape) ? x : undefined);

/** Ops that stretch by themselves need no stretched inputs. */
function unstretch(node: Node): Tensor | undefined {
  if (!stretching.has(node.op)) return undefined;
  const output = node.outputs[0] as Tensor;
  for (const [index, input] of node.inputs.entries()) {
    if (!isOp(input.node, 'broadcastTo')) continue;
    const inner = input.node.inputs[0] as Tensor;
    const inputs = node.inputs.with(index, inner);
    const shape = broadcastShapes(inputs.map((each) => each.shape));
    if (shape !== undefined && sameShape(shape, output.shape)) return makeTensor(node.op, inputs, node.attributes);
  }
  return undefined;
}

/** Two inputs, and the numbers that they are if these are known. */
interface Operands {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly left: number | undefined;
  readonly right: number | undefined;
  readonly output: Tensor;
}

const arithmeticRules: Partial<Record<OpName, (operands: Operands) => Tensor | undefined>> = {
  add: ({ a, b, left, right, output }) => {
    if (right === 0) return withShape(a, output.shape);
    if (left === 0) return withShape(b, output.shape);
    return isOp(b.node, 'neg') ? sub(a, b.node.inputs[0] as Tensor) : undefined;
  },
  sub: ({ a, b, right, output }) => {
    if (right === 0) return withShape(a, output.shape);
    return isOp(b.node, 'neg') ? add(a, b.node.inputs[0] as Tensor) : undefined;
  },
  mul: ({ a, b, left, right, output }) => {
    if (right === 1) return withShape(a, output.shape);
    if (left === 1) return withShape(b, output.shape);
    if (a === b) return square(a);
    if (right !== undefined) return scaled(a, right, output);
    return left === undefined ? undefined : scaled(b, left, output);
  },
  div: ({ a, right, output }) => (right === 1 ? withShape(a, output.shape) : undefined),
  pow: ({ a, right, output }) => (right === 2 && sameShape(a.shape, output.shape) ? square(a) : undefined),
};

function arithmetic(node: Node): Tensor | undefined {
  const [a, b] = node.inputs;
  if (a === undefined || b === undefined || !isFloating(a.dtype)) return undefined;
  const operands = { a, b, left: uniformValue(a), right: uniformValue(b), output: node.outputs[0] as Tensor };
  return arithmeticRules[node.op]?.(operands);
}

/** Two factors that are known become one. */
function scaled(x: Tensor, factor: number, output: Tensor): Tensor | undefined {
  if (!sameShape(x.shape, output.shape)) return undefined;
  const { node } = x;
  if (isOp(node, 'neg')) return mul(node.inputs[0] as Tensor, scalar(-factor, x.dtype));
  if (!isOp(node, 'mul')) return undefined;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const own = uniformValue(b);
  return own === undefined || !sameShape(a.shape, x.shape) ? undefined : mul(a, scalar(own * factor, x.dtype));
}

const swapsLast = (order: readonly number[]): boolean =>
  order.length >= 2 &&
  order.every((from, to) => from === (to === order.length - 1 ? to - 1 : to === order.length - 2 ? to + 1 : to));

/** A product takes its sides transposed at no cost. */
function product(node: Node): Tensor | undefined {
  if (!isOp(node, 'matmul')) return undefined;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const { transposeA, transposeB, alpha } = node.attributes;
  if (isOp(a.node, 'transpose') && swapsLast(a.node.attributes.permutation)) {
    return makeTensor('matmul', [a.node.inputs[0] as Tensor, b], { transposeA: !transposeA, transposeB, alpha });
  }
  if (isOp(b.node, 'transpose') && swapsLast(b.node.attributes.permutation)) {
    return makeTensor('matmul', [a, b.node.inputs[0] as Tensor], { transposeA, transposeB: !transposeB, alpha });
  }
  return undefined;
}

/** Nothing is added up along axes of length 1, nor the zeros around what was scattered along an axis. */
function sumOf(x: Tensor, axes: readonly number[]): Tensor | undefined {
  if (axes.every((axis) => x.shape[axis] === 1)) return x;
  const { node } = x;
  if (!isOp(node, 'scatterAddAlong') || axes.length !== 1 || axes[0] !== node.attributes.axis) return undefined;
  const [into, , updates] = node.inputs as [Tensor, Tensor, Tensor];
  return uniformValue(into) === 0 ? makeTensor('sum', [updates], { axes }) : undefined;
}

/** `(x − mean) / √…`, by the statistics of a normalisation whose scale is 1 and bias 0, is what it gave already. */
function normalised(node: Node): Tensor | undefined {
  if (!isOp(node, 'mul')) return undefined;
  const [centred, inverse] = node.inputs as [Tensor, Tensor];
  const norm = inverse.node;
  if (!isOp(norm, 'layerNorm') || inverse.index !== 2 || !isOp(centred.node, 'sub')) return undefined;
  const [x, mean] = centred.node.inputs;
  const [of, scale, bias] = norm.inputs as [Tensor, Tensor, Tensor];
  const isPlain = uniformValue(scale) === 1 && uniformValue(bias) === 0;
  return isPlain && x === of && mean === norm.outputs[1] ? norm.outputs[0] : undefined;
}

function shaping(node: Node): Tensor | undefined {
  const [x] = node.inputs;
  if (x === undefined) return undefined;
  if (isOp(node, 'identity') || isOp(node, 'stopGradient')) return x;
  if (isOp(node, 'reshape')) {
    if (sameShape(x.shape, node.attributes.shape)) return x;
    return isOp(x.node, 'reshape') ? reshape(x.node.inputs[0] as Tensor, node.attributes.shape) : undefined;
  }
  if (isOp(node, 'broadcastTo')) {
    if (sameShape(x.shape, node.attributes.shape)) return x;
    return isOp(x.node, 'broadcastTo') ? makeTensor('broadcastTo', x.node.inputs, node.attributes) : undefined;
  }
  if (isOp(node, 'transpose') && isOp(x.node, 'transpose')) {
    const inner = x.node.attributes.permutation;
    return transpose(
      x.node.inputs[0] as Tensor,
      node.attributes.permutation.map((axis) => inner[axis] ?? 0),
    );
  }
  if (isOp(node, 'cast') && x.dtype === node.attributes.dtype) return x;
  if (isOp(node, 'sum')) return sumOf(x, node.attributes.axes);
  if (isOp(node, 'neg') && isOp(x.node, 'neg')) return x.node.inputs[0];
  return undefined;
}

/** Algebra that saves passes over memory: neutral elements, doubled factors, views of views, needless stretching. */
export const simplify: Pass = nodePass((node) => {
  let current = node;
  for (let times = 0; times < 8; times += 1) {
    const better =
      shaping(current) ?? product(current) ?? normalised(current) ?? unstretch(current) ?? arithmetic(current);
    if (better === undefined) break;
    if (current.outputs.length !== 1) break;
    if (better.node === current || better.node.outputs.length !== 1) return [better];
    current = better.node;
  }
  return current === node ? undefined : current.outputs;
});
