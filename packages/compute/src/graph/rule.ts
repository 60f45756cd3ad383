import type { OnnxAttribute } from '../onnx/types.ts';
import type { OpAttributes, OpName } from './attributes.ts';
import type { Dimension } from './dimension.ts';
import type { DType } from './dtype.ts';
import type { Graph, Node, Tensor, TensorType } from './tensor.ts';

/** A value in memory: numbers in row-major order, whatever the element type. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The form in which ONNX Runtime is asked for a product. */
export type ProductForm = 'gemm' | 'fusedMatmul' | 'transposeMatmul';

export interface EmitOptions {
  /** The form for a product, by `productKey`; what is not listed takes the default. */
  readonly productForms: ReadonlyMap<string, ProductForm>;
  /** A scan of at most this many steps is written out step by step. */
  readonly unrollBelow: number;
  /**
   * Nothing but operators that ONNX itself defines, so that others than ONNX Runtime read the file: RMS norms, rotations
   * and SiLU then take more passes.
   */
  readonly portable: boolean;
}

/** What the row of an op uses to write ONNX. Values are named by texts. */
export interface EmitContext {
  readonly options: EmitOptions;
  /** Writes one node and returns the name of its only output. */
  readonly add: (
    opType: string,
    inputs: readonly string[],
    attributes?: readonly OnnxAttribute[],
    domain?: string,
  ) => string;
  /** Writes one node with several outputs. */
  readonly addMany: (
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: readonly OnnxAttribute[],
    domain?: string,
  ) => readonly string[];
  /** The name of a constant with these elements. */
  readonly constant: (dtype: DType | 'uint64', shape: readonly number[], values: ArrayLike<number>) => string;
  /** The name of an int64 vector that holds these lengths, computed from the inputs where they are not bound. */
  readonly lengths: (lengths: readonly Dimension[]) => string;
  /** Writes a graph in place, its inputs being these names; returns the names of its outputs. */
  readonly inline: (graph: Graph, inputs: readonly string[]) => readonly string[];
  /** Writes a graph as the attribute of a control op: `bound` are names it may use from outside. */
  readonly subgraph: (
    name: string,
    graph: Graph,
    outer: readonly (string | undefined)[],
    attribute: string,
  ) => OnnxAttribute;
}

export interface GradientContext<K extends OpName> {
  readonly node: Node<K>;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The gradient of each output; `undefined` is zero. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Which inputs' gradients will be used. */
  readonly needed: readonly boolean[];
}

/** One gradient per input; `undefined` is zero. */
export type GradientRule<K extends OpName> = (context: GradientContext<K>) => readonly (Tensor | undefined)[];

/** The inputs of a node under `vmap`: batched ones have the new axis in front. */
export interface BatchContext<K extends OpName> {
  readonly node: Node<K>;
  readonly attributes: OpAttributes[K];
  readonly inputs: readonly Tensor[];
  readonly batched: readonly boolean[];
  readonly size: Dimension;
  /** Transforms a graph's outputs, given what stands for its inputs and which of these are batched. */
  readonly batchGraph: (graph: Graph, inputs: readonly Tensor[], batched: readonly boolean[]) => readonly Tensor[];
}

/** All that is known of an op: one row of the table. */
export interface OpRule<K extends OpName> {
  /** One sentence for the table of ops in the documentation. */
  readonly summary: string;
  /** The shape rule. Throws where the inputs do not fit. */
  readonly infer: (inputs: readonly Tensor[], attributes: OpAttributes[K]) => readonly TensorType[];
  /** Built out of ops, so that it has gradients of its own. `null`: there is none, for the reason in `why`. */
  readonly gradient: GradientRule<K> | null;
  /** Why there is no gradient, or what it leaves out. */
  readonly why?: string;
  /** Returns outputs with the new axis in front. */
  readonly batch: (context: BatchContext<K>) => readonly Tensor[];
  /** Writes ONNX; returns the names of the outputs. */
  readonly emit: (context: EmitContext, node: Node<K>, inputs: readonly string[]) => readonly string[];
  /** The reference, in float64. Rounding to the outputs' types is done by the evaluator. */
  readonly evaluate: (
    inputs: readonly HostArray[],
    attributes: OpAttributes[K],
    outputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[],
    evaluateGraph: (graph: Graph, inputs: readonly HostArray[]) => readonly HostArray[],
  ) => readonly Float64Array[];
}

export type OpTable = { readonly [K in OpName]: OpRule<K> };
