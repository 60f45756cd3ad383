import type { OnnxAttribute, OnnxInteger } from '../../onnx/types.ts';
import type { OpName } from '../attributes.ts';
import { broadcastTo, expandDims } from '../build/shaping.ts';
import type { BatchContext, HostArray } from '../rule.ts';
import type { Tensor } from '../tensor.ts';

export const int = (name: string, value: OnnxInteger): OnnxAttribute => ({ kind: 'int', name, value });
export const float = (name: string, value: number): OnnxAttribute => ({ kind: 'float', name, value });
export const ints = (name: string, value: readonly OnnxInteger[]): OnnxAttribute => ({ kind: 'ints', name, value });
export const text = (name: string, value: string): OnnxAttribute => ({ kind: 'string', name, value });

/** The input at a place that the shape rule has checked to exist. */
export const at = <T>(list: readonly T[], index: number): T => list[index] as T;

/** Makes an input batched where it is not. */
export const batchedInput = <K extends OpName>(context: BatchContext<K>, index: number): Tensor => {
  const input = at(context.inputs, index);
  return at(context.batched, index) ? input : broadcastTo(expandDims(input, 0), [context.size, ...input.shape]);
};

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** How far apart neighbours along each axis lie. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  return strides;
}

/** Calls `visit` for every place of a shape, with its flat offset under other strides. */
export function walk(
  shape: readonly number[],
  strides: readonly number[],
  visit: (offset: number, flat: number) => void,
): void {
  const total = count(shape);
  const place = shape.map(() => 0);
  let offset = 0;
  for (let flat = 0; flat < total; flat += 1) {
    visit(offset, flat);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const next = at(place, axis) + 1;
      offset += at(strides, axis);
      if (next < at(shape, axis)) {
        place[axis] = next;
        break;
      }
      offset -= at(strides, axis) * next;
      place[axis] = 0;
    }
  }
}

/** Strides that read an array as if it were stretched to a shape. */
export function stretchedStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  return to.map((_, axis) => {
    const mine = axis - (to.length - from.length);
    return mine < 0 || from[mine] === 1 ? 0 : at(own, mine);
  });
}

/** An array's elements as if it were stretched to a shape. */
export function stretched(input: HostArray, shape: readonly number[]): Float64Array {
  const out = new Float64Array(count(shape));
  walk(shape, stretchedStrides(input.shape, shape), (offset, flat) => {
    out[flat] = at(input.data as unknown as readonly number[], offset);
  });
  return out;
}

export const numbers = (data: Float64Array): readonly number[] => data as unknown as readonly number[];

/** An array seen as [before, along, after] around an axis. */
export function around(shape: readonly number[], axis: number): { before: number; along: number; after: number } {
  return { before: count(shape.slice(0, axis)), along: at(shape, axis), after: count(shape.slice(axis + 1)) };
}

/** Axes after a batch axis has been put in front. */
export const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);
