import type { Dimension, Shape } from './dimension.ts';
import type { DType } from './dtype.ts';
import type { Graph } from './tensor.ts';

type None = Readonly<Record<string, never>>;
interface Axis {
  readonly axis: number;
}
interface Axes {
  readonly axes: readonly number[];
}

/** How a window moves: one entry per spatial axis, `pads` as [begin, end]. */
export interface WindowAttributes {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly (readonly [number, number])[];
  readonly groups: number;
}

export interface ScanAttributes {
  /** Inputs: constants, carries, slices of xs. Outputs: carries, ys. */
  readonly body: Graph;
  readonly constants: number;
  readonly carries: number;
  readonly xs: number;
  readonly length: Dimension;
  readonly reverse: boolean;
  readonly rematerialise: boolean;
}

/** What each op carries beside its inputs. The keys are the closed list of ops. */
export interface OpAttributes {
  readonly parameter: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  readonly constant: { readonly data: Float64Array; readonly shape: readonly number[]; readonly dtype: DType };
  readonly iota: { readonly length: Dimension; readonly dtype: DType };
  readonly dimensionSize: { readonly value: Dimension; readonly dtype: DType };

  readonly neg: None;
  readonly abs: None;
  readonly sign: None;
  readonly exp: None;
  readonly expm1: None;
  readonly log: None;
  readonly log1p: None;
  readonly sqrt: None;
  readonly reciprocal: None;
  readonly square: None;
  readonly sin: None;
  readonly cos: None;
  readonly tanh: None;
  readonly sigmoid: None;
  readonly softplus: None;
  readonly relu: None;
  readonly erf: None;
  readonly normalCdf: None;
  readonly gelu: None;
  readonly silu: None;
  readonly floor: None;
  readonly ceil: None;
  readonly round: None;
  readonly identity: None;
  readonly stopGradient: None;
  readonly not: None;
  readonly isNaN: None;
  readonly clip: { readonly minimum: number; readonly maximum: number };
  readonly shiftRight: { readonly bits: number };
  readonly cast: { readonly dtype: DType };

  readonly add: None;
  readonly sub: None;
  readonly mul: None;
  readonly div: None;
  readonly pow: None;
  readonly gatedSilu: None;
  readonly minimum: None;
  readonly maximum: None;
  readonly equal: None;
  readonly less: None;
  readonly lessEqual: None;
  readonly and: None;
  readonly or: None;
  readonly where: None;

  readonly sum: Axes;
  readonly max: Axes;
  readonly min: Axes;
  readonly logSumExp: Axes;
  readonly prod: Axis;
  readonly argMax: Axis;
  readonly cumulativeSum: Axis & { readonly exclusive: boolean; readonly reverse: boolean };

  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };
  readonly gemm: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };

  readonly reshape: { readonly shape: Shape };
  readonly broadcastTo: { readonly shape: Shape };
  readonly transpose: { readonly permutation: readonly number[] };
  readonly concat: Axis;
  readonly slice: {
    readonly starts: readonly Dimension[];
    readonly lengths: readonly Dimension[];
    readonly steps: readonly number[];
  };
  readonly pad: {
    readonly before: readonly Dimension[];
    readonly after: readonly Dimension[];
    /** Zeros between neighbours. */
    readonly between: readonly number[];
    readonly value: number;
  };

  readonly gather: Axis;
  readonly scatterAdd: Axis;
  readonly gatherAlong: Axis;
  readonly scatterAddAlong: Axis;
  readonly oneHot: { readonly depth: Dimension; readonly dtype: DType };
  readonly topK: Axis & { readonly k: Dimension; readonly largest: boolean };

  readonly softmax: Axis;
  readonly logSoftmax: Axis;
  readonly layerNorm: { readonly epsilon: number };
  readonly rmsNorm: { readonly epsilon: number };

  readonly rotary: None;

  readonly conv: WindowAttributes;
  readonly convTranspose: WindowAttributes & { readonly outputShape: readonly Dimension[] };

  readonly scan: ScanAttributes;
  readonly philox: None;
}

export type OpName = keyof OpAttributes;
