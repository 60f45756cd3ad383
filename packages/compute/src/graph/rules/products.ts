import { alignBatched, broadcastShapes, sumTo } from '../broadcast.ts';
import { matmul } from '../build/products.ts';
import { reshape } from '../build/shaping.ts';
import { formatShape, sizeOf, type Dimension, type Shape } from '../dimension.ts';
import { opError } from '../errors.ts';
import type { EmitContext, HostArray, OpTable } from '../rule.ts';
import { makeNode, makeTensor, type Tensor } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { at, batchedInput, count, float, int, ints, numbers, stretched, stretchedStrides, walk } from './helpers.ts';

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

const matrix = (shape: Shape, transposed: boolean): readonly [Dimension, Dimension] => {
  const rows = at(shape, shape.length - 2);
  const columns = at(shape, shape.length - 1);
  return transposed ? [columns, rows] : [rows, columns];
};

function productShape(op: string, inputs: readonly Tensor[], { transposeA, transposeB }: ProductAttributes): Shape {
  const a = at(inputs, 0);
  const b = at(inputs, 1);
  if (a.shape.length < 2 || b.shape.length < 2) throw opError(op, inputs, 'both must have at least two axes');
  const [rows, inner] = matrix(a.shape, transposeA);
  const [other, columns] = matrix(b.shape, transposeB);
  if (inner !== other)
    throw opError(op, inputs, `inner lengths must be equal: they are ${String(inner)} and ${String(other)}`);
  const lead = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  if (lead === undefined) throw opError(op, inputs, 'leading lengths must be equal or 1');
  return [...lead, rows, columns];
}

/** Under this key the measured form of a product is kept. */
export function productKey(a: Shape, b: Shape, attributes: ProductAttributes): string {
  const letters = `${attributes.transposeA ? 'T' : 'N'}${attributes.transposeB ? 'T' : 'N'}`;
  return `${formatShape(a)}·${formatShape(b)}:${letters}`;
}

/** The form that a product has where nobody measured: `gemm` is for two axes alone. */
export function defaultProductForm(rankA: number, rankB: number): 'gemm' | 'fusedMatmul' {
  return rankA === 2 && rankB === 2 ? 'gemm' : 'fusedMatmul';
}

const perm = (rank: number): number[] => [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];

function emitProduct(
  context: EmitContext,
  types: readonly Tensor[],
  attributes: ProductAttributes,
  names: readonly string[],
): string {
  const a = at(types, 0);
  const b = at(types, 1);
  const { transposeA, transposeB, alpha } = attributes;
  const usual = defaultProductForm(a.shape.length, b.shape.length);
  const flat = usual === 'gemm';
  const fallback = a.dtype === 'float32' && (flat || !context.options.portable) ? usual : 'transposeMatmul';
  const form = context.options.productForms.get(productKey(a.shape, b.shape, attributes)) ?? fallback;
  if (!transposeA && !transposeB && alpha === 1) return context.add('MatMul', names.slice(0, 2));
  if (form === 'gemm' && flat) {
    return context.add('Gemm', names, [
      int('transA', Number(transposeA)),
      int('transB', Number(transposeB)),
      float('alpha', alpha),
    ]);
  }
  if (form === 'fusedMatmul' && a.dtype === 'float32' && !context.options.portable) {
    return context.add(
      'FusedMatMul',
      names.slice(0, 2),
      [int('transA', Number(transposeA)), int('transB', Number(transposeB)), float('alpha', alpha)],
      'com.microsoft',
    );
  }
  const turn = (name: string, rank: number): string => context.add('Transpose', [name], [ints('perm', perm(rank))]);
  const left = transposeA ? turn(at(names, 0), a.shape.length) : at(names, 0);
  const right = transposeB ? turn(at(names, 1), b.shape.length) : at(names, 1);
  const product = context.add('MatMul', [left, right]);
  return alpha === 1 ? product : context.add('Mul', [product, context.constant(a.dtype, [], [alpha])]);
}

function multiply(
  a: HostArray,
  b: HostArray,
  { transposeA, transposeB, alpha }: ProductAttributes,
  shape: readonly number[],
): Float64Array {
  const [rows, inner] = matrix(a.shape, transposeA) as readonly [number, number];
  const columns = at(shape, shape.length - 1);
  const lead = shape.slice(0, -2);
  const offsets = (x: HostArray): number[] => {
    const own = x.shape.slice(0, -2);
    const size = count(x.shape.slice(-2));
    const out: number[] = [];
    walk(lead, stretchedStrides(own, lead), (offset) => out.push(offset * size));
    return out;
  };
  const [aRow, aColumn] = transposeA ? [1, rows] : [inner, 1];
  const [bRow, bColumn] = transposeB ? [1, inner] : [columns, 1];
  const out = new Float64Array(count(shape));
  const bOffsets = offsets(b);
  for (const [batch, aOffset] of offsets(a).entries()) {
    for (let row = 0; row < rows; row += 1) {
      const base = (batch * rows + row) * columns;
      for (let k = 0; k < inner; k += 1) {
        const left = alpha * (a.data[aOffset + row * aRow + k * aColumn] ?? 0);
        const from = (bOffsets[batch] ?? 0) + k * bRow;
        for (let column = 0; column < columns; column += 1) {
          out[base + column] = (out[base + column] ?? 0) + left * (b.data[from + column * bColumn] ?? 0);
        }
      }
    }
  }
  return out;
}

const swapped = (a: Tensor, b: Tensor, transposed: boolean, options: ProductAttributes): Tensor =>
  transposed
    ? matmul(b, a, { alpha: options.alpha, transposeA: !options.transposeB, transposeB: !options.transposeA })
    : matmul(a, b, options);

/** All axes but the last as one. */
const fold = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), at(x.shape, x.shape.length - 1)]);

/** Gradients of both sides, all of them products again. */
function productGradients(
  inputs: readonly Tensor[],
  g: Tensor,
  attributes: ProductAttributes,
  needed: readonly boolean[],
): (Tensor | undefined)[] {
  const a = at(inputs, 0);
  const b = at(inputs, 1);
  const { transposeA, transposeB, alpha } = attributes;
  const byA = at(needed, 0)
    ? sumTo(swapped(g, b, transposeA, { alpha, transposeA: false, transposeB: !transposeB }), a.shape)
    : undefined;
  if (!at(needed, 1)) return [byA, undefined];
  // A weight shared by all leading axes: fold these into one long product instead of summing many.
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
    const left = fold(a);
    const right = fold(g);
    return [byA, swapped(left, right, transposeB, { alpha, transposeA: true, transposeB: false })];
  }
  return [byA, sumTo(swapped(a, g, transposeB, { alpha, transposeA: !transposeA, transposeB: false }), b.shape)];
}

export const productRows: Pick<OpTable, 'matmul' | 'gemm'> = {
  matmul: {
    summary: 'α · A · B over the last two axes, either side transposed at no cost',
    infer: (inputs, attributes) => {
      const dtype = checkTypes('matmul', inputs, 'floating');
      return [{ shape: productShape('matmul', inputs, attributes), dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes, needed }) =>
      g === undefined ? [undefined, undefined] : productGradients(inputs, g, attributes, needed),
    batch: (context) => {
      const { node, inputs, batched, attributes, size } = context;
      const a = at(inputs, 0);
      const b = at(inputs, 1);
      const [aNode, bNode] = node.inputs as [Tensor, Tensor];
      // One weight for a batch of matrices: a single long product.
      if (
        at(batched, 0) &&
        !at(batched, 1) &&
        aNode.shape.length === 2 &&
        bNode.shape.length === 2 &&
        !attributes.transposeA
      ) {
        const [, rows, inner] = a.shape as [Dimension, Dimension, Dimension];
        const long = matmul(reshape(a, [sizeOf([size, rows]), inner]), b, attributes);
        return [reshape(long, [size, rows, at(long.shape, 1)])];
      }
      const rank = Math.max(aNode.shape.length, bNode.shape.length);
      return makeNode(
        'matmul',
        [at(batched, 0) ? alignBatched(a, rank) : a, at(batched, 1) ? alignBatched(b, rank) : b],
        attributes,
      );
    },
    emit: (context, node, names) => [emitProduct(context, node.inputs, node.attributes, names)],
    evaluate: (inputs, attributes, outputs) => [
      multiply(at(inputs, 0), at(inputs, 1), attributes, at(outputs, 0).shape),
    ],
  },
  gemm: {
    summary: 'α · A · B + C for two matrices; made by the compiler from a product and a sum',
    infer: (inputs, attributes) => {
      const dtype = checkTypes('gemm', inputs, 'floating');
      return [{ shape: productShape('gemm', inputs.slice(0, 2), attributes), dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes, needed }) => {
      if (g === undefined) return [undefined, undefined, undefined];
      return [...productGradients(inputs, g, attributes, needed), sumTo(g, at(inputs, 2).shape)];
    },
    batch: (context) => {
      const product = makeTensor('matmul', [batchedInput(context, 0), batchedInput(context, 1)], context.attributes);
      return makeNode('add', [product, alignBatched(batchedInput(context, 2), 2)], {});
    },
    emit: (context, node, names) => {
      const { transposeA, transposeB, alpha } = node.attributes;
      return [
        context.add('Gemm', names, [
          int('transA', Number(transposeA)),
          int('transB', Number(transposeB)),
          float('alpha', alpha),
        ]),
      ];
    },
    evaluate: (inputs, attributes, outputs) => {
      const { shape } = at(outputs, 0);
      const added = stretched(at(inputs, 2), shape);
      const product = multiply(at(inputs, 0), at(inputs, 1), attributes, shape);
      return [product.map((value, index) => value + at(numbers(added), index))];
    },
  },
};
