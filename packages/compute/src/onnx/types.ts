/** Element types by the name used here, with ONNX's number and the bits of one element (0: no fixed size). */
export const onnxDataTypes = {
  undefined: { code: 0, bits: 0 },
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  string: { code: 8, bits: 0 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
} as const satisfies Record<string, { readonly code: number; readonly bits: number }>;

export type OnnxDataType = keyof typeof onnxDataTypes;

/** Where the bytes of a tensor lie in a file of their own, beside the model. */
export interface OnnxExternalData {
  readonly location: string;
  readonly offset: number;
  /** Absent: to the end of the file. */
  readonly lengthBytes?: number;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dataType: OnnxDataType;
  readonly dims: readonly number[];
  /** Little-endian elements in row-major order; 4-bit types hold two elements a byte, the first in the low half. */
  readonly data: Uint8Array | OnnxExternalData;
}

/** An integer beyond what a number holds exactly is a `bigint`. */
export type OnnxInteger = number | bigint;

export type OnnxAttribute =
  | { readonly kind: 'int'; readonly name: string; readonly value: OnnxInteger }
  | { readonly kind: 'float'; readonly name: string; readonly value: number }
  | { readonly kind: 'string'; readonly name: string; readonly value: string }
  | { readonly kind: 'tensor'; readonly name: string; readonly value: OnnxTensor }
  | { readonly kind: 'graph'; readonly name: string; readonly value: OnnxGraph }
  | { readonly kind: 'ints'; readonly name: string; readonly value: readonly OnnxInteger[] }
  | { readonly kind: 'floats'; readonly name: string; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly name: string; readonly value: readonly string[] };

export interface OnnxNode {
  readonly opType: string;
  /** Empty for the operators of ONNX itself. */
  readonly domain: string;
  readonly name: string;
  /** An empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
}

export interface OnnxValue {
  readonly name: string;
  readonly dataType: OnnxDataType;
  /** A number is fixed, a text names a symbolic dimension, the empty text is one unknown; `null`: unknown rank. */
  readonly shape: readonly (number | string)[] | null;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  readonly valueInfo: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly graph: OnnxGraph;
  readonly metadata: Readonly<Record<string, string>>;
}
