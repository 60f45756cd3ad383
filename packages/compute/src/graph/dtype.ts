/** What an element is. The last four are for storage: cast them before computing. */
export const dtypes = [
  'float32',
  'float64',
  'int32',
  'int64',
  'uint32',
  'bool',
  'float16',
  'bfloat16',
  'int8',
  'uint8',
] as const;

export type DType = (typeof dtypes)[number];

const floating: ReadonlySet<DType> = new Set<DType>(['float32', 'float64', 'float16', 'bfloat16']);

const wholeTypes = {
  bool: [1, false],
  int8: [8, true],
  uint8: [8, false],
  int32: [32, true],
  uint32: [32, false],
  int64: [64, true],
} as const satisfies Partial<Record<DType, readonly [number, boolean]>>;

const stored: ReadonlySet<DType> = new Set<DType>(['float16', 'bfloat16', 'int8', 'uint8']);

/** Whether elements of this type are kept and moved alone: they are cast before anything is computed. */
export const isStored = (dtype: DType): boolean => stored.has(dtype);

/** Whether gradients flow through elements of this type. */
export const isFloating = (dtype: DType): boolean => floating.has(dtype);

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Rounds to the nearest bfloat16, ties to even. */
function roundToBfloat16(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] ?? 0;
  if (Number.isNaN(value)) return value;
  scratchBits[0] = (bits + 0x7f_ff + ((bits >>> 16) & 1)) & 0xff_ff_00_00;
  return scratch[0] ?? 0;
}

/** Rounds to the nearest float16, ties to even; beyond 65,504 to infinity. */
function roundToFloat16(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const magnitude = Math.abs(value);
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const unit = 2 ** (exponent - 10);
  const scaled = magnitude / unit;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor) * unit;
  return Math.sign(value) * (rounded > 65_504 ? Infinity : rounded);
}

const wrapped = (value: number, array: Int8Array | Uint8Array): number => {
  array[0] = value;
  return array[0] ?? 0;
};
const int8 = new Int8Array(1);
const uint8 = new Uint8Array(1);

/** The least and the most that an element of this type can be. */
export function rangeOf(dtype: DType): { readonly least: number; readonly most: number } {
  if (isFloating(dtype)) return { least: -Infinity, most: Infinity };
  const [bits, isSigned] = wholeTypes[dtype as keyof typeof wholeTypes];
  return isSigned ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 } : { least: 0, most: 2 ** bits - 1 };
}

/** Converts a number to what an element of this type holds: whole types drop the fraction and wrap around. */
export function toElement(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float64':
      return value;
    case 'float32':
      return Math.fround(value);
    case 'float16':
      return roundToFloat16(value);
    case 'bfloat16':
      return roundToBfloat16(value);
    case 'int32':
      return value | 0;
    case 'uint32':
      return value >>> 0;
    case 'int64':
      return Math.trunc(value);
    case 'int8':
      return wrapped(value, int8);
    case 'uint8':
      return wrapped(value, uint8);
    case 'bool':
      return value === 0 ? 0 : 1;
  }
}
