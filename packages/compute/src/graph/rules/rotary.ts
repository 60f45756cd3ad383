import { alignBatched, broadcastShapes, sumTo } from '../broadcast.ts';
import { add, mul, neg, sub } from '../build/elementwise.ts';
import { split } from '../build/shaping.ts';
import { divideDimensions, formatShape, sameShape, type Dimension, type Shape } from '../dimension.ts';
import { opError } from '../errors.ts';
import type { EmitContext, HostArray, OpTable } from '../rule.ts';
import { makeNode, makeTensor, type Node, type Tensor } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { at, batchedInput, int, numbers, stretched } from './helpers.ts';

/** The shape of one of the halves that are turned against each other. */
function halfShape(inputs: readonly Tensor[]): Shape {
  const { shape } = at(inputs, 0);
  const half = shape.length === 0 ? undefined : divideDimensions(shape.at(-1) as Dimension, 2);
  if (half === undefined) throw opError('rotary', inputs, 'the last axis of the input must be even');
  return [...shape.slice(0, -1), half];
}

const halvesOf = (x: Tensor): [Tensor, Tensor] => split(x, 2, -1) as [Tensor, Tensor];

/** ONNX Runtime has one pass for [batch, heads, places, width] turned by [places, width / 2]. */
function fitsKernel([x, cosines, sines]: readonly Tensor[]): boolean {
  return (
    x?.dtype === 'float32' &&
    x.shape.length === 4 &&
    cosines?.shape.length === 2 &&
    sines?.shape.length === 2 &&
    cosines.shape[0] === x.shape[2] &&
    sameShape(cosines.shape, sines.shape)
  );
}

function emitParts(context: EmitContext, node: Node<'rotary'>, names: readonly string[]): string {
  const [x, cosines, sines] = names as [string, string, string];
  const last = context.constant('int64', [1], [-1]);
  const ends = [0, halfShape(node.inputs).at(-1) as Dimension, at(node.inputs, 0).shape.at(-1) as Dimension];
  const [start, middle, end] = ends.map((length) => context.lengths([length])) as [string, string, string];
  const first = context.add('Slice', [x, start, middle, last]);
  const second = context.add('Slice', [x, middle, end, last]);
  const times = (a: string, b: string): string => context.add('Mul', [a, b]);
  const turned = [
    context.add('Sub', [times(first, cosines), times(second, sines)]),
    context.add('Add', [times(second, cosines), times(first, sines)]),
  ];
  return context.add('Concat', turned, [int('axis', -1)]);
}

export const rotaryRows: Pick<OpTable, 'rotary'> = {
  rotary: {
    summary: 'halves of the last axis turned against each other: (a · cos − b · sin, b · cos + a · sin)',
    infer: (inputs) => {
      const dtype = checkTypes('rotary', inputs, 'floating');
      const half = halfShape(inputs);
      const reached = broadcastShapes([half, ...inputs.slice(1).map(({ shape }) => shape)]);
      if (reached === undefined || !sameShape(reached, half))
        throw opError('rotary', inputs, `cosines and sines must stretch to ${formatShape(half)}`);
      return [{ shape: at(inputs, 0).shape, dtype }];
    },
    gradient: ({ inputs, gradients: [g], needed }) => {
      if (g === undefined) return [undefined, undefined, undefined];
      const [x, cosines, sines] = inputs as [Tensor, Tensor, Tensor];
      // A rotation's transpose turns the other way.
      const byX = at(needed, 0) ? makeTensor('rotary', [g, cosines, neg(sines)], {}) : undefined;
      if (!at(needed, 1) && !at(needed, 2)) return [byX, undefined, undefined];
      const [first, second] = halvesOf(x);
      const [upper, lower] = halvesOf(g);
      return [
        byX,
        sumTo(add(mul(upper, first), mul(lower, second)), cosines.shape),
        sumTo(sub(mul(lower, first), mul(upper, second)), sines.shape),
      ];
    },
    batch: (context) => {
      const { node, inputs, batched } = context;
      const rank = at(node.inputs, 0).shape.length;
      const angles = [1, 2].map((index) =>
        at(batched, index) ? alignBatched(at(inputs, index), rank) : at(inputs, index),
      );
      return makeNode('rotary', [batchedInput(context, 0), ...angles], {});
    },
    emit: (context, node, names) => {
      if (context.options.portable || !fitsKernel(node.inputs)) return [emitParts(context, node, names)];
      const [x, cosines, sines] = names as [string, string, string];
      const start = context.constant('int64', [1], [0]);
      return [context.add('RotaryEmbedding', [x, start, cosines, sines], [int('interleaved', 0)], 'com.microsoft')];
    },
    evaluate: (inputs) => {
      const [x, cosines, sines] = inputs as [HostArray, HostArray, HostArray];
      const width = at(x.shape, x.shape.length - 1);
      const half = [...x.shape.slice(0, -1), width / 2];
      const [cos, sin] = [stretched(cosines, half), stretched(sines, half)];
      const out = new Float64Array(x.data.length);
      for (let flat = 0; flat < cos.length; flat += 1) {
        const place = Math.floor(flat / (width / 2)) * width + (flat % (width / 2));
        const [a, b] = [at(numbers(x.data), place), at(numbers(x.data), place + width / 2)];
        out[place] = a * at(numbers(cos), flat) - b * at(numbers(sin), flat);
        out[place + width / 2] = b * at(numbers(cos), flat) + a * at(numbers(sin), flat);
      }
      return [out];
    },
  },
};
