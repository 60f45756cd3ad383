import { alignBatched, sumTo } from '../broadcast.ts';
import { add, exp, mul, neg, square, sub } from '../build/elementwise.ts';
import { matmul } from '../build/products.ts';
import { sum } from '../build/reductions.ts';
import { broadcastTo, reshape } from '../build/shaping.ts';
import { sameShape, sizeOf, type Dimension } from '../dimension.ts';
import { opError } from '../errors.ts';
import type { BatchContext, EmitContext, HostArray, OpTable } from '../rule.ts';
import { makeNode, type Node, type Tensor, type TensorType } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { around, at, float, int, numbers } from './helpers.ts';

type NormalisingRows = Pick<OpTable, 'softmax' | 'logSoftmax' | 'layerNorm' | 'rmsNorm'>;

function alongAxis(
  input: HostArray,
  axis: number,
  visit: (read: (step: number) => number, write: (step: number, value: number) => void, length: number) => void,
): Float64Array {
  const { before, along, after } = around(input.shape, axis);
  const out = new Float64Array(input.data.length);
  for (let row = 0; row < before * after; row += 1) {
    const base = Math.floor(row / after) * along * after + (row % after);
    const read = (step: number): number => at(numbers(input.data), base + step * after);
    const write = (step: number, value: number): void => {
      out[base + step * after] = value;
    };
    visit(read, write, along);
  }
  return out;
}

function logTotal(read: (step: number) => number, length: number): { high: number; total: number } {
  let high = -Infinity;
  for (let step = 0; step < length; step += 1) high = Math.max(high, read(step));
  let total = 0;
  for (let step = 0; step < length; step += 1) total += Math.exp(read(step) - high);
  return { high, total };
}

const meanOver = (x: Tensor, width: Dimension): Tensor => oneOver(sum(x, { axes: -1, keepDims: true }), width);

// A named width is rare, and its reciprocal is one element.
function inverseLength(width: Dimension, x: Tensor): Tensor {
  const [size] = makeNode('dimensionSize', [], { value: width, dtype: x.dtype });
  return makeNode('reciprocal', [size as Tensor], {})[0] as Tensor;
}

const inferNorm =
  (op: string, statistics: number) =>
  (inputs: readonly Tensor[]): TensorType[] => {
    const dtype = checkTypes(op, inputs, 'floating');
    const x = at(inputs, 0);
    const width = x.shape.at(-1);
    if (width === undefined) throw opError(op, inputs, 'the input must have an axis');
    if (inputs.slice(1).some((other) => !sameShape(other.shape, [width]))) {
      throw opError(op, inputs, `scale and bias must have the shape [${String(width)}]`);
    }
    const row = [...x.shape.slice(0, -1), 1];
    return [{ shape: x.shape, dtype }, ...Array.from({ length: statistics }, () => ({ shape: row, dtype }))];
  };

/** A normalisation whose scale and bias are batched is one without, and then the scale and the bias. */
function batchNorm<K extends 'layerNorm' | 'rmsNorm'>(context: BatchContext<K>): readonly Tensor[] {
  const { node, inputs, batched, attributes, size } = context;
  const plain = inputs.slice(1).every((_, index) => !at(batched, index + 1));
  if (plain) return makeNode<'layerNorm' | 'rmsNorm'>(node.op, inputs, attributes);
  const x = at(batched, 0)
    ? at(inputs, 0)
    : makeNode('broadcastTo', [at(inputs, 0)], { shape: [size, ...at(inputs, 0).shape] })[0];
  const width = at(at(node.inputs, 0).shape, at(node.inputs, 0).shape.length - 1);
  const constant = (value: number): Tensor => {
    const one = makeNode('constant', [], {
      data: Float64Array.of(value),
      shape: [],
      dtype: at(inputs, 0).dtype,
    })[0] as Tensor;
    return makeNode('broadcastTo', [one], { shape: [width] })[0] as Tensor;
  };
  const unit = inputs.slice(1).map((_, index) => constant(index === 0 ? 1 : 0));
  const [normal, ...statistics] = makeNode<'layerNorm' | 'rmsNorm'>(node.op, [x as Tensor, ...unit], attributes);
  const rank = at(node.inputs, 0).shape.length;
  const side = (index: number): Tensor =>
    at(batched, index) ? alignBatched(at(inputs, index), rank) : at(inputs, index);
  const scaled = mul(normal as Tensor, side(1));
  return [inputs.length > 2 ? add(scaled, side(2)) : scaled, ...statistics];
}

/** ONNX Runtime has one pass for it, under ONNX's name, which ONNX does not define. */
function emitRmsParts(context: EmitContext, node: Node<'rmsNorm'>, names: readonly string[]): readonly string[] {
  const [x, scale] = names as [string, string];
  const { dtype } = at(node.inputs, 0);
  const squares = context.add('Mul', [x, x]);
  const mean = context.add('ReduceMean', [squares, context.constant('int64', [1], [-1])], [int('keepdims', 1)]);
  const wide = context.add('Add', [mean, context.constant(dtype, [], [node.attributes.epsilon])]);
  const inverse = context.add('Reciprocal', [context.add('Sqrt', [wide])]);
  return [context.add('Mul', [context.add('Mul', [x, inverse]), scale]), inverse];
}

const addTo = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : add(a, b));

const oneOver = (x: Tensor, width: Dimension): Tensor =>
  mul(x, typeof width === 'number' ? 1 / width : inverseLength(width, x));

export const normalisingRows: NormalisingRows = {
  softmax: {
    summary: 'exp(x) / Σ exp(x) along an axis, without overflow',
    infer: (inputs) => [{ shape: at(inputs, 0).shape, dtype: checkTypes('softmax', inputs, 'floating') }],
    gradient: ({ outputs, gradients: [g], attributes: { axis } }) => {
      if (g === undefined) return [undefined];
      const y = at(outputs, 0);
      return [mul(y, sub(g, sum(mul(g, y), { axes: axis, keepDims: true })))];
    },
    batch: ({ inputs, attributes }) => makeNode('softmax', inputs, { axis: attributes.axis + 1 }),
    emit: (context, node, names) => [context.add('Softmax', names, [int('axis', node.attributes.axis)])],
    evaluate: (inputs, { axis }) => [
      alongAxis(at(inputs, 0), axis, (read, write, length) => {
        const { high, total } = logTotal(read, length);
        for (let step = 0; step < length; step += 1) write(step, Math.exp(read(step) - high) / total);
      }),
    ],
  },
  logSoftmax: {
    summary: 'x − log Σ exp(x) along an axis, without overflow',
    infer: (inputs) => [{ shape: at(inputs, 0).shape, dtype: checkTypes('logSoftmax', inputs, 'floating') }],
    gradient: ({ outputs, gradients: [g], attributes: { axis } }) => {
      if (g === undefined) return [undefined];
      // The sign goes to the sum, which is small.
      return [add(g, mul(exp(at(outputs, 0)), neg(sum(g, { axes: axis, keepDims: true }))))];
    },
    batch: ({ inputs, attributes }) => makeNode('logSoftmax', inputs, { axis: attributes.axis + 1 }),
    emit: (context, node, names) => [context.add('LogSoftmax', names, [int('axis', node.attributes.axis)])],
    evaluate: (inputs, { axis }) => [
      alongAxis(at(inputs, 0), axis, (read, write, length) => {
        const { high, total } = logTotal(read, length);
        for (let step = 0; step < length; step += 1) write(step, read(step) - high - Math.log(total));
      }),
    ],
  },
  layerNorm: {
    summary: 'scale · (x − mean) / √(variance + ε) + bias over the last axis; also the mean and 1 / √(variance + ε)',
    infer: inferNorm('layerNorm', 2),
    gradient: ({ inputs, outputs, gradients: [g, byMean, byInverse], needed }) => {
      const [x, scale, bias] = inputs as [Tensor, Tensor, Tensor];
      const [, mean, inverse] = outputs as [Tensor, Tensor, Tensor];
      const width = at(x.shape, x.shape.length - 1);
      const normal = mul(sub(x, mean), inverse);
      let inner: Tensor | undefined;
      if (g !== undefined) {
        const scaled = mul(g, scale);
        inner = sub(sub(scaled, meanOver(scaled, width)), mul(normal, meanOver(mul(scaled, normal), width)));
      }
      let byX = inner && mul(inner, inverse);
      // Statistics have gradients of their own once gradients are differentiated again.
      if (byMean !== undefined) byX = addTo(byX, broadcastTo(oneOver(byMean, width), x.shape));
      if (byInverse !== undefined) byX = addTo(byX, neg(mul(normal, oneOver(mul(byInverse, square(inverse)), width))));
      return [
        byX,
        g !== undefined && needed[1] === true ? sumTo(mul(g, normal), scale.shape) : undefined,
        g !== undefined && needed[2] === true ? sumTo(g, bias.shape) : undefined,
      ];
    },
    batch: batchNorm,
    emit: (context, node, names) =>
      context.addMany('LayerNormalization', names, 3, [int('axis', -1), float('epsilon', node.attributes.epsilon)]),
    evaluate: (inputs, { epsilon }, outputs) => {
      const [x, scale, bias] = inputs as [HostArray, HostArray, HostArray];
      const rows = at(outputs, 1).shape.reduce((a, b) => a * b, 1);
      const means = new Float64Array(rows);
      const inverses = new Float64Array(rows);
      let row = 0;
      const y = alongAxis(x, x.shape.length - 1, (read, write, length) => {
        let total = 0;
        for (let step = 0; step < length; step += 1) total += read(step);
        const mean = total / length;
        let squares = 0;
        for (let step = 0; step < length; step += 1) squares += (read(step) - mean) ** 2;
        const inverse = 1 / Math.sqrt(squares / length + epsilon);
        for (let step = 0; step < length; step += 1) {
          write(step, (read(step) - mean) * inverse * at(numbers(scale.data), step) + at(numbers(bias.data), step));
        }
        means[row] = mean;
        inverses[row] = inverse;
        row += 1;
      });
      return [y, means, inverses];
    },
  },
  rmsNorm: {
    summary: 'scale · x / √(mean(x²) + ε) over the last axis; also 1 / √(mean(x²) + ε)',
    infer: inferNorm('rmsNorm', 1),
    gradient: ({ inputs, outputs, gradients: [g, byInverse], needed }) => {
      const [x, scale] = inputs as [Tensor, Tensor];
      const inverse = at(outputs, 1);
      const width = at(x.shape, x.shape.length - 1);
      const rows = sizeOf(inverse.shape);
      // All of it is made of g · x: its columns weighted by 1 / √…, and its rows by the scale, both as products.
      const product = g && reshape(mul(g, x), [rows, width]);
      const along = product && reshape(matmul(product, reshape(scale, [width, 1])), inverse.shape);
      const byLength = along === undefined || byInverse === undefined ? (along ?? byInverse) : add(along, byInverse);
      const outward = byLength && mul(x, oneOver(mul(byLength, mul(inverse, square(inverse))), width));
      const direct = g && mul(mul(g, scale), inverse);
      return [
        outward && (direct === undefined ? neg(outward) : sub(direct, outward)),
        product !== undefined && needed[1] === true
          ? reshape(matmul(reshape(inverse, [1, rows]), product), [width])
          : undefined,
      ];
    },
    batch: batchNorm,
    emit: (context, node, names) =>
      context.options.portable
        ? emitRmsParts(context, node, names)
        : context.addMany('SimplifiedLayerNormalization', names, 2, [
            int('axis', -1),
            float('epsilon', node.attributes.epsilon),
            int('stash_type', 1),
          ]),
    evaluate: (inputs, { epsilon }, outputs) => {
      const [x, scale] = inputs as [HostArray, HostArray];
      const inverses = new Float64Array(at(outputs, 1).shape.reduce((a, b) => a * b, 1));
      let row = 0;
      const y = alongAxis(x, x.shape.length - 1, (read, write, length) => {
        let squares = 0;
        for (let step = 0; step < length; step += 1) squares += read(step) ** 2;
        const inverse = 1 / Math.sqrt(squares / length + epsilon);
        for (let step = 0; step < length; step += 1) write(step, read(step) * inverse * at(numbers(scale.data), step));
        inverses[row] = inverse;
        row += 1;
      });
      return [y, inverses];
    },
  },
};
