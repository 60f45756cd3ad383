import { elementsOf } from '../compile/elements.ts';
import { toElement, type DType } from '../graph/dtype.ts';
import type { HostArray } from '../graph/rule.ts';
import type { FileDataType, FileTensor } from './file-tensor.ts';

const scratch = new Uint32Array(1);
const scratchFloat = new Float32Array(scratch.buffer);

function fromBfloat16(bits: number): number {
  scratch[0] = bits << 16;
  return scratchFloat[0] ?? 0;
}

function fromFloat16(bits: number): number {
  const sign = bits & 0x80_00 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3_ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** What expressions compute each type of a file in; the others are of no use to them. */
const computedAs: Partial<Record<FileDataType, DType>> = {
  float32: 'float32',
  float64: 'float64',
  float16: 'float32',
  bfloat16: 'float32',
  int8: 'int32',
  uint8: 'int32',
  int16: 'int32',
  uint16: 'int32',
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  bool: 'bool',
};

/**
 * The numbers of a tensor from a file, in a type to compute in: float16 and bfloat16 become float32, bytes int32.
 *
 * @throws {TypeError} Where the file has a type that expressions do not know: uint64 and floats of 8 bits.
 * @example
 * const reader = await openSafetensors('model.safetensors');
 * const weight = fromFileTensor(await reader.read('embedding.weight'));
 */
export function fromFileTensor({ dataType, shape, data }: FileTensor): HostArray {
  const dtype = computedAs[dataType];
  if (dtype === undefined)
    throw new TypeError(`cannot take numbers from a file, as expressions must know their type: it is ${dataType}`);
  const read = dataType === 'float16' ? fromFloat16 : dataType === 'bfloat16' ? fromBfloat16 : Number;
  return { dtype, shape: [...shape], data: Float64Array.from(data as ArrayLike<number>, read) };
}

/**
 * Numbers as a file keeps them, rounded to the nearest that the type holds: ties to even, float16 beyond 65,504 to
 * infinity.
 *
 * @param dataType by default that of the numbers; `float16` and `bfloat16` take half the space of float32.
 * @throws {RangeError} Where a number is beyond what a whole type holds.
 * @example
 * await writeSafetensors('weights.safetensors', { table: toFileTensor(values.table, 'bfloat16') });
 */
export function toFileTensor({ dtype, shape, data }: HostArray, dataType: DType = dtype): FileTensor {
  const rounded = data.map((value) => toElement(value, dataType));
  const isWhole = dataType === 'int8' || dataType === 'uint8' || dataType === 'int32' || dataType === 'uint32';
  const lost = isWhole ? data.findIndex((value, index) => Math.trunc(value) !== rounded[index]) : -1;
  if (lost >= 0)
    throw new RangeError(`cannot keep numbers in a file, as each must fit ${dataType}: one is ${data[lost]}`);
  return { dataType, shape: [...shape], data: elementsOf(dataType, rounded) };
}
