import type { Dimension, Shape } from './dimension.ts';
import { formatShape, sameShape } from './dimension.ts';
import { opError } from './errors.ts';
import { makeTensor, type Tensor } from './tensor.ts';
import { reshape } from './build/shaping.ts';

/** The shape that several stretch to, axes being matched from the end; `undefined` where they do not fit. */
export function broadcastShapes(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const out: Dimension[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    let length: Dimension = 1;
    for (const shape of shapes) {
      const own = shape[shape.length - rank + axis] ?? 1;
      if (own === 1 || own === length) continue;
      if (length !== 1) return undefined;
      length = own;
    }
    out.push(length);
  }
  return out;
}

export function broadcastInputs(op: string, inputs: readonly Tensor[]): Shape {
  const shape = broadcastShapes(inputs.map((input) => input.shape));
  if (shape) return shape;
  throw opError(op, inputs, 'lengths must be equal or 1 on every axis, matched from the last');
}

/** Sums a gradient over the axes that were stretched: the reverse of broadcasting. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  if (extra < 0) throw opError('sumTo', [gradient], `it must have at least the axes of ${formatShape(shape)}`);
  const axes = gradient.shape.flatMap((length, axis) =>
    axis < extra || (shape[axis - extra] === 1 && length !== 1) ? [axis] : [],
  );
  return reshape(axes.length === 0 ? gradient : makeTensor('sum', [gradient], { axes }), shape);
}

/** Gives a batched tensor as many axes behind the batch axis as `rank`, so that stretching matches from the end. */
export function alignBatched(x: Tensor, rank: number): Tensor {
  const missing = rank - (x.shape.length - 1);
  return missing <= 0
    ? x
    : reshape(x, [x.shape[0] as Dimension, ...Array.from({ length: missing }, () => 1), ...x.shape.slice(1)]);
}
