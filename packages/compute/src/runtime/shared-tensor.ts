import type { OnnxDataType } from '../onnx/types.ts';
import { wasm, type WasmMemory } from './wasm-types.ts';

/** How the elements of each type lie in memory; half-precision floats are their 16 bits. */
const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const satisfies Partial<Record<OnnxDataType, unknown>>;

export type RuntimeDataType = keyof typeof arrays;
export type TensorArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

type ArrayClass = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => TensorArray;

/** Tensor on memory that every thread of the process sees; copying this object copies no element. */
export interface SharedTensor {
  readonly dataType: RuntimeDataType;
  readonly shape: readonly number[];
  /** Row-major elements, a view of a SharedArrayBuffer. */
  readonly data: TensorArray;
}

/** Memory from which shared tensors are taken; `memory` is what WebAssembly kernels work on. */
export interface TensorArena {
  readonly memory: WasmMemory;
  readonly usedBytes: () => number;
  /** @throws {RangeError} Where the arena is full. */
  readonly allocate: (dataType: RuntimeDataType, shape: readonly number[]) => SharedTensor;
}

/** Every tensor begins on a cache line; the rest of its last line belongs to it, and stays zero. */
export const alignmentBytes = 64;
const pageBytes = 65_536;
const largestBytes = 65_536 * pageBytes;

/** Bytes of one element. */
function elementBytes(dataType: RuntimeDataType): number {
  return arrays[dataType].BYTES_PER_ELEMENT;
}

/** True for the element types that a runtime holds in memory. */
export function isRuntimeDataType(dataType: string): dataType is RuntimeDataType {
  return Object.hasOwn(arrays, dataType);
}

/** Number of elements of a shape: the product of its sizes, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** True if the array is of the class that holds elements of this type. */
export function fitsDataType(data: TensorArray, dataType: RuntimeDataType): boolean {
  return data instanceof arrays[dataType];
}

/** Bytes that a tensor takes in an arena, the rest of its last cache line included. */
export function alignedBytes(dataType: RuntimeDataType, shape: readonly number[]): number {
  return Math.ceil((elementCount(shape) * elementBytes(dataType)) / alignmentBytes) * alignmentBytes;
}

/** A view of `shape` elements that begin at a byte of a buffer. */
export function viewTensor(
  buffer: SharedArrayBuffer,
  byteOffset: number,
  dataType: RuntimeDataType,
  shape: readonly number[],
): SharedTensor {
  const View: ArrayClass = arrays[dataType];
  return { dataType, shape: [...shape], data: new View(buffer, byteOffset, elementCount(shape)) };
}

function checkShape(shape: readonly number[]): void {
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined)
    throw new RangeError(`cannot allocate tensor, as its sizes must be whole numbers from 0: one is ${wrong}`);
}

/**
 * Reserves memory for tensors that threads share; the system hands out its pages as they are first written.
 *
 * @param capacityBytes at most 4 GiB; `alignedBytes` tells what each tensor takes.
 * @throws {RangeError} Where the capacity is negative, not whole or above 4 GiB.
 * @example
 * const arena = createArena(1 << 20);
 * const weights = arena.allocate('float32', [256, 23]);
 */
export function createArena(capacityBytes: number): TensorArena {
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 0 || capacityBytes > largestBytes)
    throw new RangeError(`cannot create arena, as its capacity must be from 0 to 4 GiB: it is ${capacityBytes} bytes`);
  const pages = Math.max(1, Math.ceil(capacityBytes / pageBytes));
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared: true });
  const { buffer } = memory;
  let usedBytes = 0;
  return {
    memory,
    usedBytes: () => usedBytes,
    allocate: (dataType, shape) => {
      checkShape(shape);
      const bytes = alignedBytes(dataType, shape);
      if (bytes > buffer.byteLength - usedBytes)
        throw new RangeError(
          `cannot allocate ${dataType} [${shape.join(', ')}], as it must fit into what is left: it takes ${bytes} of ${buffer.byteLength - usedBytes} bytes`,
        );
      const tensor = viewTensor(buffer, usedBytes, dataType, shape);
      usedBytes += bytes;
      return tensor;
    },
  };
}

/** A tensor on shared memory of its own, zero at first. */
export function allocateTensor(dataType: RuntimeDataType, shape: readonly number[]): SharedTensor {
  checkShape(shape);
  return viewTensor(new SharedArrayBuffer(alignedBytes(dataType, shape)), 0, dataType, shape);
}
