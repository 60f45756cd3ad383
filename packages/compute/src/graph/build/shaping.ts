import {
  addDimensions,
  divideDimensions,
  floorDivideDimension,
  formatShape,
  multiplyDimensions,
  sameShape,
  sizeOf,
  subtractDimensions,
  toDimension,
  toLength,
  type Dimension,
  type DimensionLike,
  type Shape,
} from '../dimension.ts';
import { normaliseAxes, normaliseAxis, opError } from '../errors.ts';
import { makeTensor, type Tensor } from '../tensor.ts';

/**
 * The same elements in another shape; one length may be −1, found from the others.
 *
 * @throws RangeError where the number of elements would change.
 */
export function reshape(x: Tensor, shape: readonly DimensionLike[]): Tensor {
  const target = shape.map(toDimension);
  const open = target.indexOf(-1);
  if (open >= 0) {
    const rest = sizeOf(target.filter((_, axis) => axis !== open));
    const length = divideDimensions(sizeOf(x.shape), rest);
    if (length === undefined) {
      throw opError('reshape', [x], `its elements must divide into ${formatShape(target)}`);
    }
    target[open] = length;
  }
  return sameShape(x.shape, target) ? x : makeTensor('reshape', [x], { shape: target });
}

/** Stretches axes of length 1, and adds axes in front, to reach a shape. */
export function broadcastTo(x: Tensor, shape: readonly DimensionLike[]): Tensor {
  const target = shape.map(toLength);
  return sameShape(x.shape, target) ? x : makeTensor('broadcastTo', [x], { shape: target });
}

/** Reorders axes: axis `i` of the result is axis `permutation[i]` of `x`; by default the last two are swapped. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const last = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  const order = (permutation ?? last).map((axis) => normaliseAxis('transpose', x, axis));
  return order.every((from, to) => from === to) ? x : makeTensor('transpose', [x], { permutation: order });
}

/** Moves one axis to another place, the others keeping their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = normaliseAxis('moveAxis', x, from);
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== source);
  order.splice(normaliseAxis('moveAxis', x, to), 0, source);
  return transpose(x, order);
}

/** Adds an axis of length 1. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = normaliseAxis('expandDims', x, axis, x.shape.length + 1);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/** Removes axes of length 1. */
export function squeeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const gone = normaliseAxes('squeeze', x, axes);
  if (gone.some((axis) => x.shape[axis] !== 1))
    throw opError('squeeze', [x], `axes ${gone.join(', ')} must have length 1`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  );
}

/** Puts tensors one after another along an axis. */
export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  const [first] = parts;
  if (first === undefined) throw new RangeError('cannot concat, as there must be at least one part: there is none');
  return parts.length === 1 ? first : makeTensor('concat', parts, { axis: normaliseAxis('concat', first, axis) });
}

/** Puts tensors of one shape side by side along a new axis. */
export const stack = (parts: readonly Tensor[], axis = 0): Tensor =>
  concat(
    parts.map((part) => expandDims(part, axis)),
    axis,
  );

/**
 * A part along one axis.
 *
 * @param range from `start` (counted from the end if negative) up to and without `end`, every `step`-th.
 */
export function slice(
  x: Tensor,
  axis: number,
  range: { readonly start?: DimensionLike; readonly end?: DimensionLike; readonly step?: number },
): Tensor {
  const at = normaliseAxis('slice', x, axis);
  const length = x.shape[at] as Dimension;
  const fromEnd = (value: Dimension): Dimension =>
    typeof value === 'number' && value < 0 ? addDimensions(length, value) : value;
  const start = fromEnd(toDimension(range.start ?? 0));
  const end = fromEnd(toDimension(range.end ?? length));
  const step = range.step ?? 1;
  if (!Number.isInteger(step) || step < 1)
    throw opError('slice', [x], `the step must be a whole number from 1: it is ${step}`);
  const span = subtractDimensions(end, start);
  const count = step === 1 ? span : floorDivideDimension(addDimensions(span, step - 1), step);
  return sliceAll(
    x,
    x.shape.map((_, i) => (i === at ? start : 0)),
    x.shape.map((whole, i) => (i === at ? count : whole)),
    x.shape.map((_, i) => (i === at ? step : 1)),
  );
}

/** A part along all axes: `lengths` elements from `starts`, `steps` apart; a negative step goes backwards. */
export function sliceAll(x: Tensor, starts: Shape, lengths: Shape, steps: readonly number[]): Tensor {
  const whole = steps.every((step) => step === 1) && starts.every((s) => s === 0) && sameShape(lengths, x.shape);
  return whole ? x : makeTensor('slice', [x], { starts, lengths, steps });
}

/** Reverses the order along axes. */
export function reverse(x: Tensor, axes: number | readonly number[]): Tensor {
  const turned = normaliseAxes('reverse', x, axes);
  return sliceAll(
    x,
    x.shape.map((length, axis) => (turned.includes(axis) ? subtractDimensions(length, 1) : 0)),
    x.shape,
    x.shape.map((_, axis) => (turned.includes(axis) ? -1 : 1)),
  );
}

/** Cuts a tensor along an axis into parts of these lengths, or into so many equal ones. */
export function split(x: Tensor, parts: number | readonly DimensionLike[], axis = 0): Tensor[] {
  const at = normaliseAxis('split', x, axis);
  const lengths = typeof parts === 'number' ? equalParts(x, parts, at) : parts.map(toDimension);
  let start: Dimension = 0;
  const out: Tensor[] = [];
  for (const length of lengths) {
    const end: Dimension = addDimensions(start, length);
    out.push(slice(x, at, { start, end }));
    start = end;
  }
  if (start !== x.shape[at]) throw opError('split', [x], `parts must fill axis ${at}: they fill ${String(start)}`);
  return out;
}

function equalParts(x: Tensor, count: number, axis: number): Dimension[] {
  const length = divideDimensions(x.shape[axis] as Dimension, count);
  if (length === undefined) throw opError('split', [x], `axis ${axis} must divide into ${count} parts`);
  return Array.from({ length: count }, () => length);
}

/** Adds elements of one value around a tensor: per axis `[before, after]`. */
export function pad(x: Tensor, widths: readonly (readonly [DimensionLike, DimensionLike])[], value = 0): Tensor {
  const before = widths.map(([width]) => toDimension(width));
  const after = widths.map(([, width]) => toDimension(width));
  if ([...before, ...after].every((width) => width === 0) && widths.length === x.shape.length) return x;
  return makeTensor('pad', [x], { before, after, between: x.shape.map(() => 0), value });
}

/** Repeats a tensor along an axis as a whole: `[a, b] → [a, b, a, b]`. */
export function tile(x: Tensor, times: number, axis: number): Tensor {
  const at = normaliseAxis('tile', x, axis);
  const wide = broadcastTo(expandDims(x, at), x.shape.toSpliced(at, 0, times));
  return reshape(wide, x.shape.with(at, multiplyDimensions(x.shape[at] as Dimension, times)));
}

/** Folds neighbouring axes `from … to` into one. */
export function flatten(x: Tensor, from = 0, to = -1): Tensor {
  const first = normaliseAxis('flatten', x, from);
  const last = normaliseAxis('flatten', x, to);
  return reshape(x, x.shape.toSpliced(first, last - first + 1, sizeOf(x.shape.slice(first, last + 1))));
}
