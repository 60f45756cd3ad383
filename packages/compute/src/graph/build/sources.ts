import { toLength, type DimensionLike } from '../dimension.ts';
import { toElement, type DType } from '../dtype.ts';
import { makeTensor, type Tensor, type TensorLike } from '../tensor.ts';

export type NestedNumbers = number | readonly NestedNumbers[];

/**
 * A value that is given at run time: data, a weight, a key.
 *
 * @param shape lengths; a text names one that is bound when the graph is compiled.
 * @throws RangeError where a length is neither a whole number from 0 nor a name.
 * @example
 * const x = parameter('x', ['B', 23]);
 */
export function parameter(name: string, shape: readonly DimensionLike[], dtype: DType = 'float32'): Tensor {
  return makeTensor('parameter', [], { name, shape: shape.map(toLength), dtype });
}

/**
 * A value known while building: nested arrays, or flat numbers with their shape.
 *
 * @throws RangeError where nested arrays are ragged, or the numbers do not fill the shape.
 * @example
 * const m = constant([[1, 2], [3, 4]]);
 */
export function constant(
  values: NestedNumbers | ArrayLike<number>,
  options: { readonly shape?: readonly number[]; readonly dtype?: DType } = {},
): Tensor {
  const dtype = options.dtype ?? 'float32';
  const flat: number[] = [];
  const shape = options.shape ?? nestedShape(values);
  flatten(values, flat);
  if (flat.length !== shape.reduce((a, b) => a * b, 1)) {
    throw new RangeError(`cannot make a constant, as ${flat.length} numbers must fill [${shape.join(', ')}]`);
  }
  return makeTensor('constant', [], { data: Float64Array.from(flat, (v) => toElement(v, dtype)), shape, dtype });
}

function nestedShape(values: NestedNumbers | ArrayLike<number>): number[] {
  if (typeof values === 'number') return [];
  const first = values[0];
  return [values.length, ...(first === undefined ? [] : nestedShape(first))];
}

function flatten(values: NestedNumbers | ArrayLike<number>, out: number[]): void {
  if (typeof values === 'number') {
    out.push(values);
    return;
  }
  let length: number | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as NestedNumbers;
    const inner = typeof value === 'number' ? -1 : value.length;
    if (length !== undefined && inner !== length)
      throw new RangeError('cannot make a constant, as rows must be equally long');
    length = inner;
    flatten(value, out);
  }
}

/** A single number as a constant without axes. */
export const scalar = (value: number, dtype: DType = 'float32'): Tensor =>
  makeTensor('constant', [], { data: Float64Array.of(toElement(value, dtype)), shape: [], dtype });

/** Lets a number stand for a constant of another operand's type. */
export const asTensor = (value: TensorLike, dtype: DType): Tensor =>
  typeof value === 'number' ? scalar(value, dtype) : value;

/** `0, 1, …, length − 1`. */
export const iota = (length: DimensionLike, dtype: DType = 'int64'): Tensor =>
  makeTensor('iota', [], { length: toLength(length), dtype });

/** The length of a dimension as a number in the graph. */
export function dimensionSize(value: DimensionLike, dtype: DType = 'float32'): Tensor {
  const length = toLength(value);
  return typeof length === 'number' ? scalar(length, dtype) : makeTensor('dimensionSize', [], { value: length, dtype });
}

/** All elements are this number. */
export const full = (shape: readonly DimensionLike[], value: number, dtype: DType = 'float32'): Tensor =>
  shape.length === 0
    ? scalar(value, dtype)
    : makeTensor('broadcastTo', [scalar(value, dtype)], { shape: shape.map(toLength) });

/** All elements are 0. */
export const zeros = (shape: readonly DimensionLike[], dtype: DType = 'float32'): Tensor => full(shape, 0, dtype);
/** All elements are 1. */
export const ones = (shape: readonly DimensionLike[], dtype: DType = 'float32'): Tensor => full(shape, 1, dtype);
/** Zeros of the shape and element type of another tensor. */
export const zerosLike = (like: Tensor): Tensor => full(like.shape, 0, like.dtype);
