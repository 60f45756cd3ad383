import {
  compile,
  type CompiledGraph,
  type CompileOptions,
  type CompileRequest,
  type FileTensors,
  type OnnxModel,
  type OptimizerRule,
  type ProductTuner,
  type Runtime,
} from '@heed/compute';

/** How Heed may do the same steps. */
export interface TrainingForm {
  readonly options?: Partial<CompileOptions>;
  /** The optimiser as a kernel that follows the graph, or as nodes of the graph. */
  readonly optimizer?: 'kernel' | 'graph';
  /** All steps of a call in one go, or a call of the run time for each. */
  readonly grouped?: boolean;
  /** Measures in which form products with a transposed side are quickest; without it they have the usual one. */
  readonly tuner?: ProductTuner;
}

/** Compiles as a form says. */
export async function compileIn(
  { options = {}, tuner }: TrainingForm,
  request: Omit<CompileRequest, 'options'>,
): Promise<CompiledGraph> {
  return tuner === undefined ? compile({ ...request, options }) : tuner.compile({ ...request, options });
}

/** A network in training. One call takes one step on each of its batches. */
export interface Training {
  /** Takes the steps of a call and tells the loss before each. */
  readonly call: () => Promise<readonly number[]>;
  /** What ONNX Runtime is given, with how often it runs in one call. */
  readonly models: readonly { readonly model: OnnxModel; readonly runs: number }[];
  readonly close: () => Promise<void>;
}

/** A network and its data, to be trained by Heed and by a peer. */
export interface Workload {
  readonly name: string;
  /** Steps of one call: as many as there are batches. */
  readonly steps: number;
  /** What the peer builds, by its own name for it. */
  readonly peer: { readonly model: string; readonly config: Readonly<Record<string, unknown>> };
  /** First weights and batches, as the peer reads them. */
  readonly tensors: FileTensors;
  readonly train: (runtime: Runtime, form?: TrainingForm) => Promise<Training>;
}

export const learningRate = 1e-3;
export const adam = { kind: 'adam' } as const satisfies OptimizerRule;
export const adamW = { kind: 'adam', weightDecay: 0.01 } as const satisfies OptimizerRule;
