import type { Tensor } from 'onnxruntime-node';
import { binding, initOrt, type Binding } from 'onnxruntime-node/dist/binding.js';
import { onnxDataTypes } from '../onnx/types.ts';
import { createOptimizer, type Optimizer, type OptimizerSlot } from './optimizer.ts';
import { sentinelMessage, sentinelName, sentinelPaysFromBytes } from './sentinel.ts';
import { elementCount, viewTensor, type SharedTensor } from './shared-tensor.ts';
import {
  settingPlaces,
  type SessionSettings,
  type SessionValue,
  type Tensors,
  type UpdatePlan,
} from './worker-protocol.ts';

// The binding below the public API: its `run` returns when the model has run, which a thread of its own may wait for.

const typeNames = new Map<number, string>(Object.entries(onnxDataTypes).map(([name, { code }]) => [code, name]));

/** A tensor as the binding takes it: it reads these four fields, and works on the memory of `data` itself. */
function nativeTensor({ dataType, shape, data }: SharedTensor): Tensor {
  return { type: dataType, dims: shape, data, location: 'cpu' } as unknown as Tensor;
}

function nativeTensors(tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nativeTensor(tensor)]));
}

function describeValue(metadata: Binding.ValueMetadata): SessionValue {
  const shape = metadata.isTensor
    ? metadata.shape.map((size, axis) => (size >= 0 ? size : (metadata.symbolicDimensions[axis] ?? '')))
    : [];
  return { name: metadata.name, dataType: metadata.isTensor ? (typeNames.get(metadata.type) ?? '') : '', shape };
}

/** The part of a tensor with a leading axis that belongs to one step. */
function nativeAtStep({ dataType, shape, data }: SharedTensor, step: number): Tensor {
  const inner = shape.slice(1);
  const count = elementCount(inner);
  return {
    type: dataType,
    dims: inner,
    data: data.subarray(step * count, (step + 1) * count),
    location: 'cpu',
  } as unknown as Tensor;
}

function bytesOf(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/** The slots on the memory as this thread has it: a posted buffer is another object with the same bytes. */
function rebase(slots: readonly OptimizerSlot[], buffer: SharedArrayBuffer): OptimizerSlot[] {
  const move = ({ dataType, shape, data }: SharedTensor): SharedTensor =>
    viewTensor(buffer, data.byteOffset, dataType, shape);
  return slots.map(({ parameter, gradient, state, decays = true }) => ({
    parameter: move(parameter),
    gradient: move(gradient),
    state: state.map(move),
    decays,
  }));
}

/** A model in ONNX Runtime with the memory it reads and writes, and the optimiser that follows it. */
export class Session {
  readonly #native: Binding.InferenceSession;
  #feeds: Tensors = {};
  #fetches: Tensors = {};
  #nativeFeeds: Record<string, Tensor> = {};
  #nativeFetches: Record<string, Tensor | null> = {};
  #optimizer: Optimizer | null = null;
  #settings: Float64Array | null = null;

  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    { threads, dimensions, optimization, keepsWorkspace, idleSpinning }: SessionSettings,
  ) {
    initOrt();
    this.#native = new binding.InferenceSession();
    this.#native.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimization,
      freeDimensionOverrides: dimensions,
      enableCpuMemArena: keepsWorkspace,
      // The same bits for the same thread count, even where an operator could be faster otherwise.
      extra: { session: { use_deterministic_compute: '1', force_spinning_stop: idleSpinning ? '0' : '1' } },
      // Errors are thrown and need not be printed as well.
      logSeverityLevel: 4,
    });
  }

  get inputs(): SessionValue[] {
    return this.#native.inputMetadata.map(describeValue);
  }

  get outputs(): SessionValue[] {
    return this.#native.outputMetadata.map(describeValue).filter(({ name }) => name !== sentinelName);
  }

  bind(feeds: Tensors, fetches: Tensors, update: UpdatePlan | null): void {
    this.#feeds = feeds;
    this.#fetches = fetches;
    this.#connect(feeds, fetches);
    if (update === null) return;
    this.#optimizer = createOptimizer(update.memory, update.rule, rebase(update.slots, update.memory.buffer));
    this.#settings = update.settings;
  }

  #connect(feeds: Tensors, fetches: Tensors): void {
    this.#nativeFeeds = nativeTensors(feeds);
    const stops = this.#native.outputMetadata[0]?.name === sentinelName && bytesOf(fetches) >= sentinelPaysFromBytes;
    this.#nativeFetches = { ...(stops ? { [sentinelName]: null } : {}), ...nativeTensors(fetches) };
  }

  run(): void {
    const { stackTraceLimit } = Error;
    // The exception at the sentinel is no failure, and a stack trace is most of what it would cost.
    Error.stackTraceLimit = 0;
    try {
      this.#native.run(this.#nativeFeeds, this.#nativeFetches, {});
    } catch (error) {
      if (!(error instanceof Error) || error.message !== sentinelMessage) throw error;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    this.#update();
  }

  #update(): void {
    const settings = this.#settings;
    if (settings === null || this.#optimizer === null) return;
    const [learningRate = 0, step = 0, maxGradientNorm = 0] = settings;
    const clipping = maxGradientNorm > 0 ? { maxGradientNorm } : {};
    settings[settingPlaces.gradientNorm] = this.#optimizer.step({ learningRate, step, ...clipping }) ?? NaN;
    settings[settingPlaces.step] = step + 1;
  }

  /** Runs once for each step of the tensors with a leading axis; everything else stays as it is bound. */
  runSteps(steps: number, feeds: Tensors, fetches: Tensors, learningRates: Float64Array | null): void {
    const given = Object.entries(feeds);
    const kept = Object.entries(fetches);
    try {
      for (let step = 0; step < steps; step += 1) {
        for (const [name, tensor] of given) this.#nativeFeeds[name] = nativeAtStep(tensor, step);
        for (const [name, tensor] of kept) this.#nativeFetches[name] = nativeAtStep(tensor, step);
        if (this.#settings !== null && learningRates !== null)
          this.#settings[settingPlaces.learningRate] = learningRates[step] ?? 0;
        this.run();
      }
    } finally {
      this.#connect(this.#feeds, this.#fetches);
    }
  }

  dispose(): void {
    this.#native.dispose();
  }
}
