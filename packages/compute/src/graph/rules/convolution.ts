import { reshape, sliceAll, transpose } from '../build/shaping.ts';
import {
  addDimensions,
  divideDimensions,
  floorDivideDimension,
  multiplyDimensions,
  sameShape,
  subtractDimensions,
  type Dimension,
} from '../dimension.ts';
import type { WindowAttributes } from '../attributes.ts';
import { opError } from '../errors.ts';
import type { BatchContext, HostArray, OpTable } from '../rule.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { at, batchedInput, count, int, ints, numbers, stridesOf } from './helpers.ts';

type ConvolutionRows = Pick<OpTable, 'conv' | 'convTranspose'>;

const lengthAt = (x: Tensor, axis: number): Dimension => at(x.shape, axis);

/** How many places a window of this spread takes. */
function outputLength(length: Dimension, size: number, axis: number, window: WindowAttributes): Dimension {
  const [before, after] = at(window.pads, axis);
  const span = addDimensions(length, before + after - at(window.dilations, axis) * (size - 1) - 1);
  return addDimensions(floorDivideDimension(span, at(window.strides, axis)), 1);
}

const sizesOf = (weights: Tensor): number[] => weights.shape.slice(2).map(Number);

function checkGroups(op: string, inputs: readonly Tensor[], channels: Dimension, expected: Dimension): void {
  if (channels !== expected)
    throw opError(op, inputs, `the input must have ${String(expected)} channels (axis 1): it has ${String(channels)}`);
}

/**
 * The gradient of `conv` by its weights: a convolution in which batch and channels change places, and stride and
 * dilation too. Groups become groups of the channels again.
 */
function weightGradient(x: Tensor, g: Tensor, weights: Tensor, window: WindowAttributes): Tensor {
  const { groups } = window;
  const sizes = sizesOf(weights);
  const [batch, channels] = x.shape as [Dimension, Dimension];
  const each = divideDimensions(channels, groups) as Dimension;
  const places = x.shape.slice(2);
  const rest = places.map((_, axis) => axis + 3);
  // [N, G·I, …] → [I, G·N, …] and [N, O, …] → [O, N, …]
  const split = transpose(reshape(x, [batch, groups, each, ...places]), [2, 1, 0, ...rest]);
  const input =
    groups === 1
      ? transpose(x, [1, 0, ...rest.map((axis) => axis - 1)])
      : reshape(split, [each, multiplyDimensions(batch, groups), ...places]);
  const kernel = transpose(g, [1, 0, ...g.shape.slice(2).map((_, axis) => axis + 2)]);
  const raw = makeTensor('conv', [input, kernel], {
    strides: window.dilations,
    dilations: window.strides,
    pads: window.pads,
    groups,
  });
  // Places that the stride skips at the end make the result longer than the kernel.
  const cut = sliceAll(
    raw,
    raw.shape.map(() => 0),
    [...raw.shape.slice(0, 2), ...sizes],
    raw.shape.map(() => 1),
  );
  return transpose(cut, [1, 0, ...sizes.map((_, axis) => axis + 2)]);
}

/** Batches of inputs join the batch; batches of weights become groups. */
function batchWindow(
  context: BatchContext<'conv'> | BatchContext<'convTranspose'>,
  run: (x: Tensor, weights: Tensor, groups: number) => Tensor,
): readonly Tensor[] {
  const { inputs, batched, size, attributes } = context;
  const x = at(inputs, 0);
  const weights = at(inputs, 1);
  if (!at(batched, 1)) {
    const [first, batch, ...rest] = x.shape as [Dimension, Dimension, ...Dimension[]];
    const y = run(reshape(x, [multiplyDimensions(first, batch), ...rest]), weights, attributes.groups);
    return [reshape(y, [size, batch, ...y.shape.slice(1)])];
  }
  if (typeof size !== 'number') throw opError('conv', inputs, 'the length of vmap over weights must be a number');
  const wide = batchedInput(context as BatchContext<'conv'>, 0);
  const [, batch, channels, ...places] = wide.shape as [Dimension, Dimension, Dimension, ...Dimension[]];
  const order = [1, 0, 2, ...places.map((_, axis) => axis + 3)];
  const joined = reshape(transpose(wide, order), [batch, multiplyDimensions(channels, size), ...places]);
  const [, outputs, ...rest] = weights.shape as [Dimension, Dimension, ...Dimension[]];
  const y = run(joined, reshape(weights, [multiplyDimensions(outputs, size), ...rest]), attributes.groups * size);
  const perModel = divideDimensions(at(y.shape, 1), size) as Dimension;
  return [transpose(reshape(y, [batch, size, perModel, ...y.shape.slice(2)]), order)];
}

/** Calls `visit` for every product that a convolution adds up: places in the long side, the short side and the kernel. */
function eachProduct(
  long: readonly number[],
  short: readonly number[],
  kernel: readonly number[],
  window: WindowAttributes,
  visit: (long: number, short: number, kernel: number) => void,
): void {
  const [batch = 0, , ...longPlaces] = long;
  const [outputs = 0, perGroup = 0, ...sizes] = kernel;
  const shortPlaces = short.slice(2);
  const longStrides = stridesOf(long);
  const shortStrides = stridesOf(short);
  const kernelStrides = stridesOf(kernel);
  const outputsPerGroup = outputs / window.groups;
  const pairs: { long: number; short: number; kernel: number }[] = [];
  for (let place = 0; place < count(shortPlaces); place += 1) {
    for (let tap = 0; tap < count(sizes); tap += 1) {
      const where = unravel(place, shortPlaces);
      const offset = unravel(tap, sizes);
      const source = where.map(
        (p, axis) =>
          p * at(window.strides, axis) + at(offset, axis) * at(window.dilations, axis) - at(at(window.pads, axis), 0),
      );
      if (source.some((p, axis) => p < 0 || p >= at(longPlaces, axis))) continue;
      pairs.push({
        long: source.reduce((sum, p, axis) => sum + p * at(longStrides, axis + 2), 0),
        short: place,
        kernel: tap,
      });
    }
  }
  for (let item = 0; item < batch; item += 1) {
    for (let output = 0; output < outputs; output += 1) {
      const group = Math.floor(output / outputsPerGroup);
      for (let channel = 0; channel < perGroup; channel += 1) {
        const fromLong = item * at(longStrides, 0) + (group * perGroup + channel) * at(longStrides, 1);
        const fromShort = item * at(shortStrides, 0) + output * at(shortStrides, 1);
        const fromKernel = output * at(kernelStrides, 0) + channel * at(kernelStrides, 1);
        for (const pair of pairs) visit(fromLong + pair.long, fromShort + pair.short, fromKernel + pair.kernel);
      }
    }
  }
}

function unravel(flat: number, shape: readonly number[]): number[] {
  const out: number[] = [];
  let rest = flat;
  for (const length of shape.toReversed()) {
    out.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return out;
}

const windowAttributes = (window: WindowAttributes) => [
  ints('strides', window.strides),
  ints('dilations', window.dilations),
  ints('pads', [...window.pads.map(([before]) => before), ...window.pads.map(([, after]) => after)]),
  int('group', window.groups),
];

const add = (out: Float64Array, place: number, value: number): void => {
  out[place] = at(numbers(out), place) + value;
};

export const convolutionRows: ConvolutionRows = {
  conv: {
    summary: 'convolution over one or two place axes: [N, C, …] by [O, C / groups, …]',
    infer: (inputs, window) => {
      const dtype = checkTypes('conv', inputs, 'floating');
      const [x, weights] = inputs as [Tensor, Tensor];
      const places = x.shape.length - 2;
      if (
        places < 1 ||
        weights.shape.length !== x.shape.length ||
        window.strides.length !== places ||
        window.pads.length !== places
      ) {
        throw opError(
          'conv',
          inputs,
          'input and weights must have two axes and as many places, with a stride and pads for each',
        );
      }
      checkGroups('conv', inputs, lengthAt(x, 1), multiplyDimensions(lengthAt(weights, 1), window.groups));
      if (divideDimensions(lengthAt(weights, 0), window.groups) === undefined) {
        throw opError('conv', inputs, `the outputs must divide into ${window.groups} groups`);
      }
      const out = x.shape
        .slice(2)
        .map((length, axis) => outputLength(length, Number(at(weights.shape, axis + 2)), axis, window));
      if (out.some((length) => typeof length === 'number' && length < 0))
        throw opError('conv', inputs, 'the kernel must fit into the input');
      return [{ shape: [lengthAt(x, 0), lengthAt(weights, 0), ...out], dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes, needed }) => {
      if (g === undefined) return [undefined, undefined];
      const [x, weights] = inputs as [Tensor, Tensor];
      return [
        needed[0] === true
          ? makeTensor('convTranspose', [g, weights], { ...attributes, outputShape: x.shape.slice(2) })
          : undefined,
        needed[1] === true ? weightGradient(x, g, weights, attributes) : undefined,
      ];
    },
    batch: (context) =>
      batchWindow(context, (x, weights, groups) => makeTensor('conv', [x, weights], { ...context.attributes, groups })),
    emit: (context, node, names) => [context.add('Conv', names, windowAttributes(node.attributes))],
    evaluate: (inputs, window, outputs) => {
      const [x, weights] = inputs as [HostArray, HostArray];
      const { shape } = at(outputs, 0);
      const out = new Float64Array(count(shape));
      eachProduct(x.shape, shape, weights.shape, window, (long, short, kernel) => {
        add(out, short, at(numbers(x.data), long) * at(numbers(weights.data), kernel));
      });
      return [out];
    },
  },
  convTranspose: {
    summary: 'the transpose of conv as a linear map: [N, O, …] by [O, C / groups, …] → [N, C, …]',
    infer: (inputs, window) => {
      const dtype = checkTypes('convTranspose', inputs, 'floating');
      const [x, weights] = inputs as [Tensor, Tensor];
      if (weights.shape.length !== x.shape.length || window.outputShape.length !== x.shape.length - 2) {
        throw opError('convTranspose', inputs, 'input and weights must have two axes and as many places');
      }
      checkGroups('convTranspose', inputs, lengthAt(x, 1), lengthAt(weights, 0));
      const back = window.outputShape.map((length, axis) =>
        outputLength(length, at(sizesOf(weights), axis), axis, window),
      );
      if (!sameShape(back, x.shape.slice(2))) {
        throw opError(
          'convTranspose',
          inputs,
          `places must be those of a convolution of [${window.outputShape.map(String).join(', ')}]`,
        );
      }
      const channels = multiplyDimensions(lengthAt(weights, 1), window.groups);
      return [{ shape: [lengthAt(x, 0), channels, ...window.outputShape], dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes, needed }) => {
      if (g === undefined) return [undefined, undefined];
      const [x, weights] = inputs as [Tensor, Tensor];
      const { outputShape: _, ...window } = attributes;
      return [
        needed[0] === true ? makeTensor('conv', [g, weights], window) : undefined,
        needed[1] === true ? weightGradient(g, x, weights, window) : undefined,
      ];
    },
    batch: (context) =>
      batchWindow(context, (x, weights, groups) =>
        makeTensor('convTranspose', [x, weights], { ...context.attributes, groups }),
      ),
    emit: (context, { inputs, attributes }, names) => {
      const [x, weights] = inputs as [Tensor, Tensor];
      // What a length of the output has beyond the least one that gives this input.
      const extra = attributes.outputShape.map((length, axis) => {
        const [before, after] = at(attributes.pads, axis);
        const reach = at(attributes.dilations, axis) * (at(sizesOf(weights), axis) - 1) + 1 - before - after;
        const least = addDimensions(
          multiplyDimensions(subtractDimensions(lengthAt(x, axis + 2), 1), at(attributes.strides, axis)),
          reach,
        );
        const rest = subtractDimensions(length, least);
        if (typeof rest === 'number') return rest;
        throw new RangeError(`cannot leave ${String(length)} open here, as a transposed convolution needs it bound`);
      });
      return [context.add('ConvTranspose', names, [...windowAttributes(attributes), ints('output_padding', extra)])];
    },
    evaluate: (inputs, window, outputs) => {
      const [x, weights] = inputs as [HostArray, HostArray];
      const { shape } = at(outputs, 0);
      const out = new Float64Array(count(shape));
      eachProduct(shape, x.shape, weights.shape, window, (long, short, kernel) => {
        add(out, long, at(numbers(x.data), short) * at(numbers(weights.data), kernel));
      });
      return [out];
    },
  },
};
