import { elementCount, fitsDataType, type SharedTensor, type TensorArray } from './shared-tensor.ts';

/** Elements in row-major order, or elements with the shape that they are meant to have. */
export type TensorInput = TensorArray | { readonly shape: readonly number[]; readonly data: TensorArray };

/** `float32 [256, 23]`. */
export function tensorText({
  dataType,
  shape,
}: {
  readonly dataType: string;
  readonly shape: readonly unknown[];
}): string {
  return `${dataType} [${shape.join(', ')}]`;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * The elements of an input that is fit for a tensor.
 * @throws {TypeError} Where they are of another class than the element type asks for.
 * @throws {RangeError} Where their shape or number is another.
 */
export function fittingElements(program: string, name: string, target: SharedTensor, given: TensorInput): TensorArray {
  const data = ArrayBuffer.isView(given) ? given : given.data;
  const expected = tensorText(target);
  if (!ArrayBuffer.isView(data) || !fitsDataType(data, target.dataType)) {
    const kind = (data as object | undefined)?.constructor.name ?? String(data);
    throw new TypeError(`cannot run ${program}, as ${name} must be ${expected}: it is ${kind}`);
  }
  const shape = ArrayBuffer.isView(given) ? null : given.shape;
  if (shape !== null && !sameShape(shape, target.shape))
    throw new RangeError(
      `cannot run ${program}, as ${name} must be ${expected}: it is ${tensorText({ ...target, shape })}`,
    );
  if (data.length !== target.data.length)
    throw new RangeError(
      `cannot run ${program}, as ${name} must be ${expected}, ${target.data.length} elements: it has ${data.length}`,
    );
  return data;
}

/**
 * Checks a tensor with one more axis, first, for the steps of a longer run.
 * @throws {RangeError} Where it is of another type or shape.
 */
export function checkStepped(
  program: string,
  name: string,
  target: SharedTensor,
  given: SharedTensor,
  steps: number,
): void {
  const expected = [steps, ...target.shape];
  if (
    given.dataType !== target.dataType ||
    !sameShape(given.shape, expected) ||
    given.data.length !== elementCount(expected)
  )
    throw new RangeError(
      `cannot run ${steps} steps of ${program}, as ${name} must be ${tensorText({ ...target, shape: expected })}: it is ${tensorText(given)}`,
    );
  if (!(given.data.buffer instanceof SharedArrayBuffer))
    throw new TypeError(`cannot run ${steps} steps of ${program}, as ${name} must lie in shared memory: it does not`);
}
