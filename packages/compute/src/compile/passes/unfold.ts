import { gather } from '../../graph/build/indexing.ts';
import { matmul } from '../../graph/build/products.ts';
import { sum } from '../../graph/build/reductions.ts';
import { broadcastTo, pad, reshape, sliceAll, transpose } from '../../graph/build/shaping.ts';
import type { WindowAttributes } from '../../graph/attributes.ts';
import { sameShape } from '../../graph/dimension.ts';
import { isOp, makeTensor, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass, type UsesAt } from './pass.ts';
import { product, tableOf, unfold, type Tables } from './places.ts';

// Places are copied in runs of what comes last: shorter runs cost more than the runtime's own convolution.
const shortestRun = 8;
// What is unfolded takes as many elements as it has taps, times the input.
const mostTaps = 32;

const fits = (run: number, copies: number): boolean => run >= shortestRun && copies <= mostTaps;

const last = (x: Tensor): number[] => [...x.shape.map((_, axis) => axis).slice(1), 0];
const lengthsOf = (x: Tensor): number[] | undefined => {
  const lengths = x.shape.flatMap((length) => (typeof length === 'number' ? [length] : []));
  return lengths.length === x.shape.length && !lengths.includes(0) ? lengths : undefined;
};

/** A convolution as the product of two matrices, whose rows are outputs. */
interface Unfolded {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly transposeB: boolean;
  /** Turns the product into the result. */
  readonly finish: (product: Tensor) => Tensor;
}

interface Convolution {
  readonly x: Tensor;
  readonly weights: Tensor;
  readonly window: WindowAttributes;
  readonly taps: readonly number[];
  readonly windows: readonly number[];
}

const placeIn =
  ({ window }: Convolution) =>
  (axis: number, tap: number, place: number): number =>
    tap * (window.dilations[axis] ?? 1) + place * (window.strides[axis] ?? 1);

/** A kernel of few taps: the product of weights and of what each tap reads, all examples side by side. */
function byTaps(tables: Tables, convolution: Convolution): Unfolded {
  const { x, weights, window, taps, windows } = convolution;
  const [batch, channels] = x.shape as [number, number];
  const outputs = Number(weights.shape[0]);
  const unfolded = unfold(tables, transpose(x, last(x)), window.pads, { taps, windows }, placeIn(convolution));
  const inner = channels * product(taps);
  const order = [windows.length + 1, ...Array.from({ length: windows.length + 1 }, (_, axis) => axis)];
  return {
    a: reshape(weights, [outputs, inner]),
    b: reshape(unfolded, [inner, product(windows) * batch]),
    transposeB: false,
    finish: (y) => transpose(reshape(y, [outputs, ...windows, batch]), order),
  };
}

/** A kernel longer than the output, as in the gradient by the weights: what each place of the output reads. */
function byPlaces(tables: Tables, convolution: Convolution): Unfolded {
  const { x, weights, window, taps, windows } = convolution;
  const [batch, channels] = x.shape as [number, number];
  const outputs = Number(weights.shape[0]);
  const channelsLast = [0, ...taps.map((_, axis) => axis + 2), 1];
  const inner = product(taps) * channels;
  const placeOf = placeIn(convolution);
  const unfolded = unfold(
    tables,
    transpose(x, channelsLast),
    window.pads,
    { taps: windows, windows: taps },
    (axis, place, tap) => placeOf(axis, tap, place),
  );
  const order = [1, 0, ...windows.map((_, axis) => axis + 2)];
  return {
    a: reshape(transpose(weights, channelsLast), [outputs, inner]),
    b: reshape(unfolded, [batch * product(windows), inner]),
    transposeB: true,
    finish: (y) => transpose(reshape(y, [outputs, batch, ...windows]), order),
  };
}

function unfoldConvolution(tables: Tables, node: Node<'conv'>): Unfolded | undefined {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  const output = lengthsOf(node.outputs[0] as Tensor);
  const [inputLengths, kernel] = [lengthsOf(x), lengthsOf(weights)];
  if (output === undefined || inputLengths === undefined || kernel === undefined) return undefined;
  const taps = kernel.slice(2);
  const windows = output.slice(2);
  const convolution = { x, weights, window: node.attributes, taps, windows };
  const [batch = 0, channels = 0] = inputLengths;
  const isLong = product(windows) < product(taps);
  if (isLong && fits(channels, product(windows))) return byPlaces(tables, convolution);
  return fits(batch, product(taps)) ? byTaps(tables, convolution) : undefined;
}

/**
 * A transposed convolution: with stride s, output place u · s + r reads the taps q · s + r at the places u − q, so the
 * s remainders are rows of one product over the same unfolded input.
 */
function unfoldTransposed(tables: Tables, node: Node<'convTranspose'>): Unfolded | undefined {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  const { strides, dilations, pads } = node.attributes;
  const output = lengthsOf(node.outputs[0] as Tensor);
  const [input, kernel] = [lengthsOf(x), lengthsOf(weights)];
  if (output === undefined || input === undefined || kernel === undefined) return undefined;
  if (strides.some((stride, axis) => stride > 1 && (dilations[axis] ?? 1) > 1)) return undefined;
  const [batch = 0, channels = 0, ...places] = input;
  const sizes = kernel.slice(2);
  if (!fits(batch, product(sizes))) return undefined;
  const axes = places.map((length, axis) => {
    const [stride, dilation, begin] = [strides[axis] ?? 1, dilations[axis] ?? 1, pads[axis]?.[0] ?? 0];
    const taps = Math.ceil((sizes[axis] ?? 1) / stride);
    const first = Math.floor(begin / stride);
    const end = Math.floor((begin + (output[axis + 2] ?? 1) - 1) / stride) + 1;
    const before = Math.max(0, (taps - 1) * dilation - first);
    return {
      length,
      stride,
      dilation,
      taps,
      first,
      count: end - first,
      before,
      after: Math.max(0, end - length),
      begin,
    };
  });
  const taps = axes.map((axis) => axis.taps);
  const windows = axes.map((axis) => axis.count);
  const around = axes.map(({ before, after }) => [before, after] as const);
  const unfolded = unfold(tables, transpose(x, last(x)), around, { taps, windows }, (axis, tap, window) => {
    const { first, dilation, before } = axes[axis] as (typeof axes)[number];
    return first + window - tap * dilation + before;
  });
  const inner = channels * product(taps);
  return {
    a: phases(weights, axes),
    b: reshape(unfolded, [inner, product(windows) * batch]),
    transposeB: false,
    finish: (y) => interleave(y, axes, output),
  };
}

interface Axis {
  readonly stride: number;
  /** Of the kernel, for each remainder. */
  readonly taps: number;
  /** How many places there are for each remainder, from `first` on. */
  readonly count: number;
  readonly first: number;
  readonly begin: number;
}

/** [outputs · remainders, places · batch] → [batch, outputs, …output places], places lying between each other. */
function interleave(y: Tensor, axes: readonly Axis[], [batch = 0, outputs = 0, ...places]: readonly number[]): Tensor {
  const rank = axes.length;
  const pairs = axes.flatMap((_, axis) => [rank + axis + 1, axis + 1]);
  const windows = axes.map(({ count }) => count);
  const strides = axes.map(({ stride }) => stride);
  const apart = reshape(y, [outputs, ...strides, ...windows, batch]);
  const together = product(strides) === 1 ? apart : transpose(apart, [0, ...pairs, 2 * rank + 1]);
  const long = reshape(together, [outputs, ...axes.map(({ count, stride }) => count * stride), batch]);
  const cut = sliceAll(
    long,
    [0, ...axes.map(({ begin, first, stride }) => begin - first * stride), 0],
    [outputs, ...places, batch],
    long.shape.map(() => 1),
  );
  return transpose(cut, [rank + 1, ...Array.from({ length: rank + 1 }, (_, axis) => axis)]);
}

/** [channels, outputs, …sizes] → [outputs · remainders, channels · taps] */
function phases(weights: Tensor, axes: readonly { readonly stride: number; readonly taps: number }[]): Tensor {
  const [channels, outputs, ...sizes] = weights.shape.map(Number) as [number, number, ...number[]];
  const filled = pad(weights, [
    [0, 0],
    [0, 0],
    ...axes.map(({ stride, taps }, axis) => [0, taps * stride - (sizes[axis] ?? 1)] as const),
  ]);
  const apart = reshape(filled, [channels, outputs, ...axes.flatMap(({ stride, taps }) => [taps, stride])]);
  const order = [1, ...axes.map((_, axis) => 2 * axis + 3), 0, ...axes.map((_, axis) => 2 * axis + 2)];
  const rows = outputs * product(axes.map(({ stride }) => stride));
  return reshape(transpose(apart, order), [rows, channels * product(axes.map(({ taps }) => taps))]);
}

/**
 * The same the other way round: what each place gives to each tap is a product with the weights as they lie, and an
 * output place adds up what its taps were given. One more place, of zeros, stands for those outside.
 */
function foldTransposed(tables: Tables, node: Node<'convTranspose'>): Tensor {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  const { strides, dilations, pads } = node.attributes;
  const [batch, channels, ...places] = x.shape.map(Number) as [number, number, ...number[]];
  const [, outputs, ...sizes] = weights.shape.map(Number) as [number, number, ...number[]];
  const lengths = (node.outputs[0] as Tensor).shape.slice(2).map(Number);
  const count = product(places) + 1;
  const flat = pad(reshape(transpose(x, last(x)), [channels, count - 1, batch]), [
    [0, 0],
    [0, 1],
    [0, 0],
  ]);
  const given = matmul(
    reshape(weights, [channels, outputs * product(sizes)]),
    reshape(flat, [channels, count * batch]),
    { transposeA: true },
  );
  const turns = sizes.map((size, axis) => (dilations[axis] === 1 ? Math.ceil(size / (strides[axis] ?? 1)) : size));
  const table = tableOf(tables, { outer: turns, inner: lengths }, (turn, place) => {
    let [tap, from, isInside] = [0, 0, true];
    for (const [axis, size] of sizes.entries()) {
      const [stride, dilation] = [strides[axis] ?? 1, dilations[axis] ?? 1];
      const reached = (place[axis] ?? 0) + (pads[axis]?.[0] ?? 0);
      const own = dilation === 1 ? (reached % stride) + (turn[axis] ?? 0) * stride : (turn[axis] ?? 0);
      const source = (reached - own * dilation) / stride;
      isInside &&= own < size && Number.isInteger(source) && source >= 0 && source < (places[axis] ?? 0);
      tap = tap * size + own;
      from = from * (places[axis] ?? 0) + source;
    }
    return isInside ? tap * count + from : count - 1;
  });
  const taken = gather(reshape(given, [outputs, product(sizes) * count, batch]), table, 1);
  const apart = reshape(taken, [outputs, product(turns), product(lengths) * batch]);
  const total = reshape(sum(apart, { axes: 1 }), [outputs, ...lengths, batch]);
  return transpose(total, [lengths.length + 1, ...Array.from({ length: lengths.length + 1 }, (_, axis) => axis)]);
}

/** Where weights are more than what they are multiplied by, turning them would cost most. */
function prefersFolding(node: Node<'convTranspose'>): boolean {
  const [batch, channels, ...places] = (lengthsOf(node.inputs[0] as Tensor) ?? []) as [number, number, ...number[]];
  return product(places) * batch <= 2 * channels;
}

function unfoldNode(tables: Tables, node: Node): Unfolded | undefined {
  if (node.inputs[0]?.dtype !== 'float32') return undefined;
  if (isOp(node, 'conv') && node.attributes.groups === 1) return unfoldConvolution(tables, node);
  return isOp(node, 'convTranspose') && node.attributes.groups === 1 ? unfoldTransposed(tables, node) : undefined;
}

/** A bias for each channel as a column that fits the rows of the product. */
function biasColumn(bias: Tensor, output: Tensor, rows: number): Tensor | undefined {
  const channels = Number(output.shape[1]);
  const isPerChannel = sameShape(bias.shape, [channels, ...output.shape.slice(2).map(() => 1)]);
  if (!isPerChannel) return undefined;
  const column = reshape(bias, [channels, 1]);
  return rows === channels ? column : reshape(broadcastTo(column, [channels, rows / channels]), [rows, 1]);
}

/**
 * Convolutions of batches, and their gradients, become products of matrices over what each tap reads, all examples
 * being columns side by side. The gradient by the weights reads what the convolution itself has unfolded.
 */
export const unfoldConvolutions: Pass = (outputs) => {
  const tables: Tables = new Map();
  const made = new Map<Tensor, Unfolded>();
  const withBias = (node: Node, usesAt: UsesAt): Tensor | undefined => {
    for (const place of [0, 1]) {
      const output = node.inputs[place] as Tensor;
      const unfolded = isOp(node, 'add') && usesAt(place) === 1 ? made.get(output) : undefined;
      const column = unfolded && biasColumn(node.inputs[1 - place] as Tensor, output, Number(unfolded.a.shape[0]));
      if (unfolded === undefined || column === undefined) continue;
      const { a, b, transposeB, finish } = unfolded;
      return finish(makeTensor('gemm', [a, b, column], { transposeA: false, transposeB, alpha: 1 }));
    }
    return undefined;
  };
  return nodePass((node, usesAt) => {
    const unfolded = unfoldNode(tables, node);
    if (unfolded !== undefined) {
      if (isOp(node, 'convTranspose') && prefersFolding(node)) return [foldTransposed(tables, node)];
      const { a, b, transposeB, finish } = unfolded;
      const output = finish(matmul(a, b, { transposeB }));
      made.set(output, unfolded);
      return [output];
    }
    const biased = withBias(node, usesAt);
    return biased && [biased];
  })(outputs);
};
