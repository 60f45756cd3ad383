import { gather } from '../../graph/build/indexing.ts';
import { matmul } from '../../graph/build/products.ts';
import { pad, reshape, sliceAll, transpose } from '../../graph/build/shaping.ts';
import { constant } from '../../graph/build/sources.ts';
import type { WindowAttributes } from '../../graph/attributes.ts';
import { isOp, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass } from './pass.ts';

// Places are copied in runs of what comes last: shorter runs cost more than the runtime's own convolution.
const shortestRun = 8;
// What is unfolded takes as many elements as it has taps, times the input.
const mostTaps = 32;

const fits = (run: number, copies: number): boolean => run >= shortestRun && copies <= mostTaps;

const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);
const last = (x: Tensor): number[] => [...x.shape.map((_, axis) => axis).slice(1), 0];
const lengthsOf = (x: Tensor): number[] | undefined => {
  const lengths = x.shape.flatMap((length) => (typeof length === 'number' ? [length] : []));
  return lengths.length === x.shape.length && !lengths.includes(0) ? lengths : undefined;
};

/** Tables of places, so that equal ones are the same object and what is unfolded by them is found equal. */
type Tables = Map<string, Tensor>;

const flatten = (at: readonly number[], lengths: readonly number[]): number =>
  at.reduce((flat, index, axis) => flat * (lengths[axis] ?? 1) + index, 0);

/**
 * Which place each tap of each window reads, along several axes: row-major over taps, then windows.
 *
 * @param placeOf of an axis, a tap and a window.
 */
function tableOf(
  tables: Tables,
  { taps, windows, places }: Record<'taps' | 'windows' | 'places', readonly number[]>,
  placeOf: (axis: number, tap: number, window: number) => number,
): Tensor {
  let rows: { tap: number[]; window: number[]; place: number }[] = [{ tap: [], window: [], place: 0 }];
  for (const [axis, length] of places.entries()) {
    rows = rows.flatMap(({ tap, window, place }) =>
      Array.from({ length: (taps[axis] ?? 1) * (windows[axis] ?? 1) }, (_, flat) => {
        const [t, w] = [Math.floor(flat / (windows[axis] ?? 1)), flat % (windows[axis] ?? 1)];
        return { tap: [...tap, t], window: [...window, w], place: place * length + placeOf(axis, t, w) };
      }),
    );
  }
  const count = product(windows);
  const values = Array.from({ length: product(taps) * count }, () => 0);
  for (const { tap, window, place } of rows) values[flatten(tap, taps) * count + flatten(window, windows)] = place;
  const key = values.join();
  const table = tables.get(key) ?? constant(values, { shape: [values.length], dtype: 'int64' });
  tables.set(key, table);
  return table;
}

/** [rows, …places, run] → [rows, taps, windows, run] with zeros around. */
function unfold(
  tables: Tables,
  x: Tensor,
  pads: readonly (readonly [number, number])[],
  sizes: { readonly taps: readonly number[]; readonly windows: readonly number[] },
  placeOf: (axis: number, tap: number, window: number) => number,
): Tensor {
  const padded = pad(x, [[0, 0], ...pads, [0, 0]]);
  const places = padded.shape.slice(1, -1).map(Number);
  const rows = Number(x.shape[0]);
  const run = Number(x.shape.at(-1));
  const flat = reshape(padded, [rows, product(places), run]);
  const isWhole = product(sizes.taps) * product(sizes.windows) === product(places);
  const isInOrder = product(sizes.taps) === 1 || product(sizes.windows) === 1;
  if (isWhole && isInOrder && places.every((_, axis) => placeOf(axis, 0, 0) === 0)) return flat;
  return gather(flat, tableOf(tables, { ...sizes, places }, placeOf), 1);
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
function byTaps(tables: Tables, convolution: Convolution): Tensor {
  const { x, weights, window, taps, windows } = convolution;
  const [batch, channels] = x.shape as [number, number];
  const outputs = Number(weights.shape[0]);
  const unfolded = unfold(tables, transpose(x, last(x)), window.pads, { taps, windows }, placeIn(convolution));
  const inner = channels * product(taps);
  const y = matmul(reshape(weights, [outputs, inner]), reshape(unfolded, [inner, product(windows) * batch]));
  const order = [windows.length + 1, ...Array.from({ length: windows.length + 1 }, (_, axis) => axis)];
  return transpose(reshape(y, [outputs, ...windows, batch]), order);
}

/** A kernel longer than the output, as in the gradient by the weights: what each place of the output reads. */
function byPlaces(tables: Tables, convolution: Convolution): Tensor {
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
  const kernel = reshape(transpose(weights, channelsLast), [outputs, inner]);
  const rows = batch * product(windows);
  const y = matmul(kernel, reshape(unfolded, [rows, inner]), { transposeB: true });
  const order = [1, 0, ...windows.map((_, axis) => axis + 2)];
  return transpose(reshape(y, [outputs, batch, ...windows]), order);
}

function unfoldConvolution(tables: Tables, node: Node<'conv'>): Tensor | undefined {
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
function unfoldTransposed(tables: Tables, node: Node<'convTranspose'>): Tensor | undefined {
  const [x, weights] = node.inputs as [Tensor, Tensor];
  const { strides, dilations, pads } = node.attributes;
  const output = lengthsOf(node.outputs[0] as Tensor);
  const [input, kernel] = [lengthsOf(x), lengthsOf(weights)];
  if (output === undefined || input === undefined || kernel === undefined) return undefined;
  if (strides.some((stride, axis) => stride > 1 && (dilations[axis] ?? 1) > 1)) return undefined;
  const [batch = 0, channels = 0, ...places] = input;
  const [, outputs = 0, ...sizes] = kernel;
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
  const steps = product(strides);
  const y = matmul(phases(weights, axes), reshape(unfolded, [inner, product(windows) * batch]));
  // [outputs, …remainders, …places, batch] → [outputs, …(place, remainder), batch]
  const rank = axes.length;
  const pairs = axes.flatMap((_, axis) => [rank + axis + 1, axis + 1]);
  const apart = reshape(y, [outputs, ...axes.map(({ stride }) => stride), ...windows, batch]);
  const together = steps === 1 ? apart : transpose(apart, [0, ...pairs, 2 * rank + 1]);
  const long = reshape(together, [outputs, ...axes.map(({ count, stride }) => count * stride), batch]);
  const cut = sliceAll(
    long,
    [0, ...axes.map(({ begin, first, stride }) => begin - first * stride), 0],
    [outputs, ...output.slice(2), batch],
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
 * Convolutions of batches, and their gradients, become products of matrices over what each tap reads, all examples
 * being columns side by side. The gradient by the weights reads what the convolution itself has unfolded.
 */
export const unfoldConvolutions: Pass = (outputs) => {
  const tables: Tables = new Map();
  return nodePass((node) => {
    if (node.inputs[0]?.dtype !== 'float32') return undefined;
    let unfolded: Tensor | undefined;
    if (isOp(node, 'conv') && node.attributes.groups === 1) unfolded = unfoldConvolution(tables, node);
    else if (isOp(node, 'convTranspose') && node.attributes.groups === 1) unfolded = unfoldTransposed(tables, node);
    return unfolded && [unfolded];
  })(outputs);
};
