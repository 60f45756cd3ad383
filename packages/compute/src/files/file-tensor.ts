import type { TensorArray } from '../runtime/shared-tensor.ts';

type ArrayClass = {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** Element types of safetensors files; floats that JavaScript has no array for are their bits. */
export const fileDataTypes = {
  bool: { tag: 'BOOL', view: Uint8Array },
  uint8: { tag: 'U8', view: Uint8Array },
  int8: { tag: 'I8', view: Int8Array },
  float8e5m2: { tag: 'F8_E5M2', view: Uint8Array },
  float8e4m3fn: { tag: 'F8_E4M3', view: Uint8Array },
  int16: { tag: 'I16', view: Int16Array },
  uint16: { tag: 'U16', view: Uint16Array },
  float16: { tag: 'F16', view: Uint16Array },
  bfloat16: { tag: 'BF16', view: Uint16Array },
  int32: { tag: 'I32', view: Int32Array },
  uint32: { tag: 'U32', view: Uint32Array },
  float32: { tag: 'F32', view: Float32Array },
  float64: { tag: 'F64', view: Float64Array },
  int64: { tag: 'I64', view: BigInt64Array },
  uint64: { tag: 'U64', view: BigUint64Array },
} as const satisfies Record<string, { readonly tag: string; readonly view: ArrayClass }>;

export type FileDataType = keyof typeof fileDataTypes;

/** A tensor as it lies in a file. */
export interface FileTensor {
  readonly dataType: FileDataType;
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

export type FileTensors = Readonly<Record<string, FileTensor>>;

const dataTypesByTag = new Map<unknown, FileDataType>(
  (Object.keys(fileDataTypes) as FileDataType[]).map((name) => [fileDataTypes[name].tag, name]),
);

/** The element type by its name in safetensors files. */
export function dataTypeByTag(tag: unknown): FileDataType | undefined {
  return dataTypesByTag.get(tag);
}

/** The bytes of a tensor's elements, not a copy. */
export function bytesOf({ data }: FileTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Elements over bytes: a view where they are aligned, else a copy. */
export function elementsOver(bytes: Uint8Array, dataType: FileDataType): TensorArray {
  const View: ArrayClass = fileDataTypes[dataType].view;
  const aligned = bytes.byteOffset % View.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new View(aligned.buffer, aligned.byteOffset, aligned.byteLength / View.BYTES_PER_ELEMENT);
}
