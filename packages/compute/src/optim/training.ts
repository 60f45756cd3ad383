import { compile, type CompileOptions } from '../compile/compile.ts';
import type { FileTensors } from '../files/file-tensor.ts';
import { valueAndGrad } from '../grad/transform.ts';
import type { Bindings } from '../graph/dimension.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { pickLeaves, type Tree } from '../graph/tree.ts';
import { changeValues, parameterTree, valuesOf, type ReplaceArrays, type Values } from '../nn/values.ts';
import type { OnnxModel } from '../onnx/types.ts';
import type { TensorInput } from '../runtime/inputs.ts';
import { optimizerStates, type OptimizerRule, type OptimizerSlot } from '../runtime/optimizer.ts';
import type { ProductTuner } from '../runtime/product-tuner.ts';
import type { CompiledProgram } from '../runtime/program.ts';
import type { LoadOptions, Runtime } from '../runtime/runtime.ts';
import { alignedBytes, createArena, type SharedTensor } from '../runtime/shared-tensor.ts';

type Inputs = Readonly<Record<string, Tensor>>;

export interface TrainingRequest<T extends Values, Batch extends Inputs> {
  /** First values of the parameters. */
  readonly values: T;
  /** What each step is given, by name. */
  readonly inputs: Batch;
  /** A scalar, of the parameters and the inputs. */
  readonly loss: (params: ReplaceArrays<T, Tensor>, inputs: Batch) => Tensor;
  readonly rule?: OptimizerRule;
  readonly learningRate?: number;
  /** Gradients are scaled down to this global norm. */
  readonly maxGradientNorm?: number;
  /** Which parameters are trained, by path; by default all. */
  readonly trains?: (path: string) => boolean;
  /** Which parameters weight decay touches, by path; by default all. */
  readonly decays?: (path: string) => boolean;
  /** Lengths of named dimensions. */
  readonly bindings?: Bindings;
  readonly options?: Partial<CompileOptions>;
  /** Measures in which form products with a transposed side are quickest; without it they have the usual one. */
  readonly tuner?: ProductTuner;
  /** What errors call the program. */
  readonly name?: string;
}

/** What a training goes on from, bit for bit: a `Checkpoint` but for the caller's own state. */
export interface TrainingSnapshot {
  /** Steps taken. */
  readonly step: number;
  /** `parameters.…` of all parameters, and `state.…` of what the optimiser keeps beside those that are trained. */
  readonly tensors: FileTensors;
}

/** What a request leaves out. */
export const trainingDefaults = { rule: { kind: 'adam' }, learningRate: 1e-3 } as const satisfies Partial<
  TrainingRequest<Values, Inputs>
>;

export interface Training<T extends Values, Batch extends Inputs> {
  /** Loss and gradients, as ONNX Runtime has them. */
  readonly model: OnnxModel;
  /** For schedules (`configure`) and for many steps in one call (`runSteps`); its outputs are `loss` and gradients. */
  readonly program: CompiledProgram;
  /** The parameters, by path: memory that every step changes in place. */
  readonly weights: Readonly<Record<string, SharedTensor>>;
  /** Takes a step, and tells the loss before it. */
  readonly step: (inputs: Readonly<Record<keyof Batch, TensorInput>>) => Promise<number>;
  /** The parameters as they are now, copied. */
  readonly values: () => T;
  /** Parameters, the optimiser's state and the number of steps as they are now, copied: for `saveCheckpoint`. */
  readonly capture: () => TrainingSnapshot;
  /**
   * Goes on from what was captured, here or elsewhere.
   * @throws {RangeError} Where it lacks a tensor of this training, or one has another type or size.
   */
  readonly restore: (snapshot: TrainingSnapshot) => void;
  /** Loads another program over the same parameters: for predictions, or for losses that teach nothing. */
  readonly load: <Other extends Inputs>(
    inputs: Other,
    outputs: (params: ReplaceArrays<T, Tensor>, inputs: Other) => Tree,
    options?: Pick<LoadOptions, 'name' | 'keepsWorkspace'> & { readonly bindings?: Bindings },
  ) => Promise<CompiledProgram>;
  readonly close: () => Promise<void>;
}

const underParameters = (weights: Readonly<Record<string, SharedTensor>>): Record<string, SharedTensor> =>
  Object.fromEntries(Object.entries(weights).map(([path, tensor]) => [`parameters.${path}`, tensor]));

/**
 * Compiles a loss with its gradients, puts parameters, gradients and the optimiser's state into shared memory, and loads
 * it all into a worker: each step then is one run of ONNX Runtime and one pass of the optimiser, in place.
 *
 * @throws {RangeError} Where shapes do not fit, or the loss is not a scalar.
 * @example
 * const training = await loadTraining(runtime, {
 *   values: initMlp(key(1), [64, 128, 10]),
 *   inputs: { images: parameter('images', [100, 64]), digits: parameter('digits', [100], 'int64') },
 *   loss: (params, { images, digits }) => neg(mean(categorical(applyMlp(params, images)).logProbability(digits))),
 * });
 * const loss = await training.step({ images, digits });
 * await saveCheckpoint('checkpoints', { ...training.capture(), state: { batch: 1 } });
 */
export async function loadTraining<T extends Values, Batch extends Inputs>(
  runtime: Runtime,
  request: TrainingRequest<T, Batch>,
): Promise<Training<T, Batch>> {
  const {
    values,
    inputs,
    loss,
    rule,
    learningRate,
    maxGradientNorm,
    bindings = {},
  } = { ...trainingDefaults, ...request };
  const { trains = () => true, decays = () => true, options = {}, tuner, name = 'training' } = request;
  const parameters = parameterTree(values);
  const withGradient = valueAndGrad((params: Tree) => loss(params as ReplaceArrays<T, Tensor>, inputs), trains);
  const { value: measure, gradients } = withGradient(parameters);
  const wanted = {
    inputs: { parameters, ...inputs },
    outputs: { loss: measure, gradients: pickLeaves(gradients, trains) },
    bindings,
    options,
  };
  const { model } = tuner === undefined ? compile(wanted) : await tuner.compile(wanted);
  const memory = placeParameters(values, rule.kind, trains, decays);
  const program = await runtime.load(model, {
    name,
    bindings: memory.bindings,
    update: {
      memory: memory.arena.memory,
      rule,
      slots: memory.slots,
      learningRate,
      ...(maxGradientNorm !== undefined && { maxGradientNorm }),
    },
  });
  const { weights } = memory;
  return {
    model,
    program,
    weights,
    step: (batch) => program.runAndRead(batch, (outputs) => Number(outputs['loss']?.[0])),
    values: () =>
      changeValues(values, (value, path): HostArray => ({
        ...value,
        data: Float64Array.from(weights[path]?.data as Float32Array),
      })),
    capture: () => ({ step: program.progress.step - 1, tensors: copiesOf(memory.kept) }),
    restore: ({ step, tensors }) => {
      fillFrom(name, memory.kept, tensors);
      program.configure({ step: step + 1 });
    },
    load: (others, outputs, { bindings: sizes = {}, ...loading } = {}) => {
      const own = parameterTree(values);
      const compiled = compile({
        inputs: { parameters: own, ...others },
        outputs: outputs(own as ReplaceArrays<T, Tensor>, others),
        bindings: sizes,
      });
      return runtime.load(compiled.model, { ...loading, bindings: underParameters(weights) });
    },
    close: () => program.close(),
  };
}

type Tensors = Readonly<Record<string, SharedTensor>>;

const copiesOf = (tensors: Tensors): FileTensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { dataType: 'float32', shape, data: Float32Array.from(data as Float32Array) },
    ]),
  );

/** Copies what was captured, once all of it is known to fit. */
function fillFrom(program: string, targets: Tensors, given: FileTensors): void {
  const sources = Object.entries(targets).map(([name, { shape, data }]) => {
    const source = Object.hasOwn(given, name) ? given[name] : undefined;
    if (source?.dataType !== 'float32' || source.data.length !== data.length)
      throw new RangeError(
        `cannot restore ${program}, as ${name} must be float32 [${shape.join(', ')}]: it is ${source === undefined ? 'missing' : `${source.dataType} [${source.shape.join(', ')}]`}`,
      );
    return [data as Float32Array, source.data as Float32Array] as const;
  });
  for (const [target, source] of sources) target.set(source);
}

/** Parameters with their first values, and beside those that are trained their gradients and state. */
function placeParameters(
  values: Values,
  kind: OptimizerRule['kind'],
  trains: (path: string) => boolean,
  decays: (path: string) => boolean,
) {
  const named = valuesOf(values);
  const states = optimizerStates[kind];
  const bytes = named.reduce(
    (total, { value }) => total + (2 + states.length) * alignedBytes('float32', value.shape),
    0,
  );
  const arena = createArena(bytes);
  const weights: Record<string, SharedTensor> = {};
  const gradients: Record<string, SharedTensor> = {};
  const slots: OptimizerSlot[] = [];
  const kept: Record<string, SharedTensor> = {};
  for (const { path, value } of named) {
    const take = (): SharedTensor => arena.allocate('float32', value.shape);
    const weight = take();
    (weight.data as Float32Array).set(value.data);
    weights[path] = weight;
    kept[`parameters.${path}`] = weight;
    if (!trains(path)) continue;
    const gradient = take();
    gradients[`gradients.${path}`] = gradient;
    const state = states.map(take);
    for (const [index, tensor] of state.entries()) kept[`state.${states[index]}.${path}`] = tensor;
    slots.push({ parameter: weight, gradient, state, decays: decays(path) });
  }
  return { arena, weights, slots, kept, bindings: { ...underParameters(weights), ...gradients } };
}
