import { decodeModel } from '../onnx/decode.ts';
import { encodeModel } from '../onnx/encode.ts';
import type { OnnxModel } from '../onnx/types.ts';
import { createBufferPool, type BufferPool } from './buffer-pool.ts';
import { ComputeRuntimeError } from './errors.ts';
import { tensorText } from './inputs.ts';
import { createOptimizer, type OptimizerRule, type OptimizerSlot } from './optimizer.ts';
import { CompiledProgram } from './program.ts';
import { allowsSentinel, withSentinel } from './sentinel.ts';
import { isRuntimeDataType, type SharedTensor } from './shared-tensor.ts';
import type { WasmMemory } from './wasm-types.ts';
import { WorkerClient } from './worker-client.ts';
import { settingPlaces, type SessionSettings, type SessionValue, type Tensors } from './worker-protocol.ts';

export interface RuntimeOptions {
  /** Threads of ONNX Runtime within each worker. The same number gives the same bits on the same machine. */
  readonly threads?: number;
  /** Worker threads; each runs one program at a time. */
  readonly workers?: number;
  /**
   * Whether further threads of a program go on looking for work for a while after each run, which may pay where there are
   * more cores than threads; by default they rest. No matter at one thread.
   */
  readonly idleSpinning?: boolean;
}

export const runtimeDefaults = { threads: 1, workers: 1, idleSpinning: false } as const satisfies RuntimeOptions;

export interface ProgramUpdate {
  /** The memory of the arena that the tensors are of. */
  readonly memory: WasmMemory;
  readonly rule: OptimizerRule;
  /** Gradients have to be among the tensors that outputs are bound to. */
  readonly slots: readonly OptimizerSlot[];
  readonly learningRate: number;
  readonly maxGradientNorm?: number;
  /** Number of the first step, from 1. */
  readonly step?: number;
}

export interface LoadOptions {
  /** What errors call the program. */
  readonly name?: string;
  /** Sizes of the symbolic dimensions. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Inputs and outputs that lie in memory of the caller's: weights that many programs share, gradients, state. */
  readonly bindings?: Tensors;
  /** Outputs to compute; by default all. */
  readonly outputs?: readonly string[];
  /** Optimiser that follows every run, in the same thread. */
  readonly update?: ProgramUpdate;
  /** Which worker; by default they take turns. */
  readonly worker?: number;
  readonly optimization?: SessionSettings['optimization'];
  /**
   * Whether what lies between inputs and outputs stays reserved from run to run, by default true. Where programs come and
   * go, what they reserved leaves gaps in the memory of the process, which then grows: false gives it back after each run.
   */
  readonly keepsWorkspace?: boolean;
}

export interface Runtime {
  readonly threads: number;
  readonly workers: number;
  /**
   * Loads a model, with its symbolic dimensions bound, into a worker.
   *
   * @param model the bytes of an `.onnx` file, or a model as data.
   * @throws {TypeError} Where a binding is of another type, or names what the model does not have.
   * @throws {RangeError} Where a dimension is not bound, or a binding has another shape.
   * @throws {ComputeRuntimeError} `onnx_runtime` where the model is refused, `worker_ended`, `closed`.
   */
  readonly load: (model: Uint8Array | OnnxModel, options?: LoadOptions) => Promise<CompiledProgram>;
  /** Ends the workers; what still waits is rejected. */
  readonly close: () => Promise<void>;
}

function boundShape(
  program: string,
  { name, shape }: SessionValue,
  dimensions: Readonly<Record<string, number>>,
): number[] {
  return shape.map((size) => {
    const bound = typeof size === 'number' ? size : Object.hasOwn(dimensions, size) ? dimensions[size] : undefined;
    if (bound === undefined)
      throw new RangeError(
        `cannot load ${program}, as every size of ${name} must be bound: [${shape.join(', ')}] has ${size === '' ? 'an unknown one' : String(size)}`,
      );
    return bound;
  });
}

function placeValue(
  program: string,
  value: SessionValue,
  dimensions: Readonly<Record<string, number>>,
  binding: SharedTensor | undefined,
  pool: BufferPool,
): SharedTensor {
  const { name, dataType } = value;
  if (!isRuntimeDataType(dataType))
    throw new TypeError(
      `cannot load ${program}, as ${name} must be a tensor of numbers: it is ${dataType || 'another type'}`,
    );
  // What the graph does not tell, the memory it is to be written to does.
  const known = binding !== undefined && value.shape.length === binding.shape.length ? binding.shape : null;
  const told = value.shape.map((size, axis) =>
    typeof size === 'string' && !Object.hasOwn(dimensions, size) ? (known?.[axis] ?? size) : size,
  );
  const shape = boundShape(program, { ...value, shape: told }, dimensions);
  if (binding === undefined) return pool.allocate(dataType, shape);
  if (binding.dataType !== dataType)
    throw new TypeError(
      `cannot load ${program}, as ${name} must be bound to ${tensorText({ dataType, shape })}: it is ${tensorText(binding)}`,
    );
  if (tensorText(binding) !== tensorText({ dataType, shape }))
    throw new RangeError(
      `cannot load ${program}, as ${name} must be bound to ${tensorText({ dataType, shape })}: it is ${tensorText(binding)}`,
    );
  if (!(binding.data.buffer instanceof SharedArrayBuffer))
    throw new TypeError(`cannot load ${program}, as ${name} must be bound to shared memory: it is not shared`);
  return binding;
}

/** The model with the sentinel where its operators allow it; a file that is not read here is ONNX Runtime's to judge. */
function prepareBytes(model: Uint8Array | OnnxModel): Uint8Array<ArrayBuffer> {
  const bytes = model instanceof Uint8Array ? model : encodeModel(model);
  let opsets: OnnxModel['opsets'] = [];
  try {
    ({ opsets } = model instanceof Uint8Array ? decodeModel(model) : model);
  } catch {
    return Uint8Array.from(bytes);
  }
  return allowsSentinel(opsets) ? withSentinel(bytes) : Uint8Array.from(bytes);
}

function settingsOf({ learningRate, step = 1, maxGradientNorm = 0 }: ProgramUpdate): Float64Array {
  const settings = new Float64Array(new SharedArrayBuffer(settingPlaces.count * Float64Array.BYTES_PER_ELEMENT));
  settings.set([learningRate, step, maxGradientNorm, 0]);
  return settings;
}

function chosenOutputs(
  program: string,
  outputs: readonly SessionValue[],
  names: readonly string[] | undefined,
): SessionValue[] {
  const unknown = names?.find((name) => !outputs.some((output) => output.name === name));
  if (unknown !== undefined)
    throw new TypeError(
      `cannot load ${program}, as it must have the output ${unknown}: it has ${outputs.map(({ name }) => name).join(', ')}`,
    );
  return outputs.filter(({ name }) => names?.includes(name) ?? true);
}

async function loadProgram(
  client: WorkerClient,
  id: number,
  model: Uint8Array | OnnxModel,
  { threads, idleSpinning, pool }: Pick<SessionSettings, 'threads' | 'idleSpinning'> & { readonly pool: BufferPool },
  options: LoadOptions,
): Promise<CompiledProgram> {
  const { name = `program ${id}`, dimensions = {}, bindings = {}, update, optimization = 'all' } = options;
  const { keepsWorkspace = true } = options;
  // Wrong slots are the caller's mistake, and are told here rather than in the worker.
  if (update !== undefined) createOptimizer(update.memory, update.rule, update.slots);
  const bytes = prepareBytes(model);
  const settings = { threads, dimensions, optimization, keepsWorkspace, idleSpinning };
  const reply = await client.enqueue(() => client.send({ kind: 'load', program: id, bytes, settings }, [bytes.buffer]));
  if (reply?.kind !== 'loaded')
    throw new ComputeRuntimeError(
      'onnx_runtime',
      `cannot load ${name}, as ONNX Runtime must accept it: ${reply?.kind === 'failed' ? reply.message : 'no answer'}`,
    );
  try {
    const outputs = chosenOutputs(name, reply.outputs, options.outputs);
    const values = [...reply.inputs, ...outputs];
    const stray = Object.keys(bindings).find((key) => !values.some((value) => value.name === key));
    if (stray !== undefined)
      throw new TypeError(
        `cannot load ${name}, as it must have ${stray} to bind it: it has ${values.map((value) => value.name).join(', ')}`,
      );
    const place = (value: SessionValue): [string, SharedTensor] => {
      const binding = Object.hasOwn(bindings, value.name) ? bindings[value.name] : undefined;
      return [value.name, placeValue(name, value, dimensions, binding, pool)];
    };
    const feeds = Object.fromEntries(reply.inputs.map(place));
    const fetches = Object.fromEntries(outputs.map(place));
    const plan = update === undefined ? null : { ...update, settings: settingsOf(update) };
    const bound = await client.enqueue(() => client.send({ kind: 'bind', program: id, feeds, fetches, update: plan }));
    if (bound?.kind === 'failed')
      throw new ComputeRuntimeError(
        'onnx_runtime',
        `cannot load ${name}, as its memory must be bound: ${bound.message}`,
      );
    return new CompiledProgram({
      name,
      id,
      client,
      inputs: feeds,
      outputs: fetches,
      bound: new Set(Object.keys(bindings)),
      giveBack: pool.giveBack,
      settings: plan?.settings ?? null,
    });
  } catch (error) {
    await client.enqueue(() => client.send({ kind: 'unload', program: id }));
    throw error;
  }
}

function checkCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`cannot create runtime, as its ${what} must be a whole number from 1: it is ${count}`);
}

/**
 * Starts worker threads in which ONNX Runtime runs, so that the calling thread never waits for a product of matrices.
 *
 * The threads do not keep the process alive, but for what is being awaited.
 *
 * @throws {RangeError} Where a number of threads or workers is not a whole number from 1.
 * @example
 * const runtime = createRuntime({ threads: 2 });
 * const program = await runtime.load(readFileSync('policy.onnx'), { name: 'policy', dimensions: { B: 32 } });
 * const { action } = await program.run({ observation });
 * await runtime.close();
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const { threads, workers, idleSpinning } = { ...runtimeDefaults, ...options };
  checkCount('threads', threads);
  checkCount('workers', workers);
  const clients = Array.from({ length: workers }, () => new WorkerClient());
  const shared = { threads, idleSpinning, pool: createBufferPool() };
  let programs = 0;
  return {
    threads,
    workers,
    load: async (model, loadOptions = {}) => {
      // Number 0 stands for a message.
      programs += 1;
      const index = loadOptions.worker ?? (programs - 1) % workers;
      const client = clients[index];
      if (client === undefined)
        throw new RangeError(`cannot load program, as its worker must be from 0 to ${workers - 1}: it is ${index}`);
      return loadProgram(client, programs, model, shared, loadOptions);
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
