import type { DType } from '../graph/dtype.ts';
import type { TensorArray } from '../runtime/shared-tensor.ts';

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function bfloat16Bits(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] ?? 0;
  return Number.isNaN(value) ? 0x7f_c0 : (bits + 0x7f_ff + ((bits >>> 16) & 1)) >>> 16;
}

/** The bits of a number that float16 holds exactly. */
function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x80_00 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e_00;
  if (magnitude > 65_504) return sign | 0x7c_00;
  if (magnitude < 2 ** -14) return sign | Math.round(magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent -= 1;
  const fraction = Math.round((magnitude / 2 ** exponent - 1) * 1024);
  return sign | ((exponent + 15) * 1024 + fraction);
}

/** The little-endian bytes of elements, as ONNX files hold them. */
export function elementBytes(dtype: DType | 'uint64', values: ArrayLike<number>): Uint8Array {
  const typed = elementsOf(dtype, values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** Elements of a type as memory holds them: those that JavaScript has no array for are their bits. */
export function elementsOf(dtype: DType | 'uint64', values: ArrayLike<number>): TensorArray {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, (value) => BigInt(value)));
    case 'uint64':
      return BigUint64Array.from(Array.from(values, (value) => BigInt(value)));
    case 'int8':
      return Int8Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    case 'float16':
      return Uint16Array.from(values, float16Bits);
    case 'bfloat16':
      return Uint16Array.from(values, bfloat16Bits);
  }
}
