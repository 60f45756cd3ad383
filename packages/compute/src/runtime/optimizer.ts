import { assembleOptimizers } from './optimizer-module.ts';
import { wasm, type WasmMemory, type WasmModule } from './wasm-types.ts';
import { alignmentBytes, type SharedTensor } from './shared-tensor.ts';

/** How parameters follow gradients; each field is as in the paper or library that named it. */
export type OptimizerRule =
  | { readonly kind: 'sgd'; readonly momentum?: number; readonly nesterov?: boolean; readonly weightDecay?: number }
  | {
      readonly kind: 'adam';
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
      readonly weightDecay?: number;
      /** True (AdamW): decay shrinks the parameters themselves. False: it is added to the gradient. */
      readonly decoupled?: boolean;
    }
  | { readonly kind: 'rmsprop'; readonly alpha?: number; readonly epsilon?: number; readonly weightDecay?: number }
  | { readonly kind: 'adagrad'; readonly epsilon?: number; readonly weightDecay?: number };

/** What a rule leaves out. */
export const optimizerDefaults = {
  sgd: { momentum: 0, nesterov: false, weightDecay: 0 },
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: true },
  rmsprop: { alpha: 0.99, epsilon: 1e-8, weightDecay: 0 },
  adagrad: { epsilon: 1e-10, weightDecay: 0 },
} as const;

/** Vectors of state beside each parameter, in the order in which a slot lists them. */
export const optimizerStates = {
  sgd: ['velocity'],
  adam: ['first', 'second'],
  rmsprop: ['square'],
  adagrad: ['square'],
} as const satisfies Record<OptimizerRule['kind'], readonly string[]>;

/** A parameter with its gradient and state: float32, of one shape, in one arena. */
export interface OptimizerSlot {
  readonly parameter: SharedTensor;
  readonly gradient: SharedTensor;
  readonly state: readonly SharedTensor[];
  /** False: weight decay leaves this parameter alone, as is usual for biases and norms. */
  readonly decays?: boolean;
}

export interface OptimizerStep {
  readonly learningRate: number;
  /** 1 for the first step: the bias correction of Adam needs it. */
  readonly step: number;
  /** Gradients are scaled down to this global norm; `Infinity` measures it only; absent: neither, which saves a pass. */
  readonly maxGradientNorm?: number;
}

type Pass = (...values: number[]) => void;
interface Kernels {
  readonly sgd: Pass;
  readonly adam: Pass;
  readonly rmsprop: Pass;
  readonly adagrad: Pass;
  readonly average: Pass;
  readonly squaredNorm: (pointer: number, bytes: number) => number;
}

let compiled: WasmModule | null = null;

function instantiate(memory: WasmMemory): Kernels {
  compiled ??= new wasm.Module(assembleOptimizers());
  return new wasm.Instance(compiled, { env: { memory } }).exports as Kernels;
}

/** Bytes of a tensor in whole vectors: what it takes beyond its elements is its own, and zero. */
function vectorBytes({ data }: SharedTensor): number {
  return Math.ceil(data.byteLength / 16) * 16;
}

function checkTensor(memory: WasmMemory, tensor: SharedTensor, count: number, what: string): void {
  if (tensor.dataType !== 'float32')
    throw new TypeError(`cannot optimise, as ${what} must be float32: it is ${tensor.dataType}`);
  if (tensor.data.buffer !== memory.buffer || tensor.data.byteOffset % alignmentBytes !== 0)
    throw new TypeError(`cannot optimise, as ${what} must be allocated from the arena of the optimiser: it is not`);
  if (tensor.data.length !== count)
    throw new RangeError(`cannot optimise, as ${what} must have ${count} elements: it has ${tensor.data.length}`);
}

function checkSlots(memory: WasmMemory, kind: OptimizerRule['kind'], slots: readonly OptimizerSlot[]): void {
  for (const [index, { parameter, gradient, state }] of slots.entries()) {
    const count = parameter.data.length;
    checkTensor(memory, parameter, count, `parameter ${index}`);
    checkTensor(memory, gradient, count, `gradient ${index}`);
    if (state.length !== optimizerStates[kind].length)
      throw new RangeError(
        `cannot optimise, as slot ${index} must have the state ${optimizerStates[kind].join(', ')}: it has ${state.length} tensors`,
      );
    for (const tensor of state) checkTensor(memory, tensor, count, `the state of parameter ${index}`);
  }
}

type Update = (pointers: readonly number[], bytes: number, decays: boolean, clip: number, step: OptimizerStep) => void;

function updateOf(rule: OptimizerRule, kernels: Kernels): Update {
  switch (rule.kind) {
    case 'sgd': {
      const { momentum, nesterov, weightDecay } = { ...optimizerDefaults.sgd, ...rule };
      const weights = nesterov ? [1, momentum] : [0, 1];
      return (pointers, bytes, decays, clip, { learningRate }) =>
        kernels.sgd(...pointers, bytes, clip, learningRate, decays ? weightDecay : 0, momentum, ...weights);
    }
    case 'adam': {
      const { beta1, beta2, epsilon, weightDecay, decoupled } = { ...optimizerDefaults.adam, ...rule };
      return (pointers, bytes, decays, clip, { learningRate, step }) => {
        const decay = decays ? weightDecay : 0;
        const stepSize = learningRate / (1 - beta1 ** step);
        const rootScale = 1 / Math.sqrt(1 - beta2 ** step);
        const shrinking = decoupled ? [1 - learningRate * decay, 0] : [1, decay];
        const averaging = [beta1, 1 - beta1, beta2, 1 - beta2];
        kernels.adam(...pointers, bytes, clip, stepSize, ...shrinking, ...averaging, rootScale, epsilon);
      };
    }
    case 'rmsprop': {
      const { alpha, epsilon, weightDecay } = { ...optimizerDefaults.rmsprop, ...rule };
      return (pointers, bytes, decays, clip, { learningRate }) =>
        kernels.rmsprop(...pointers, bytes, clip, learningRate, decays ? weightDecay : 0, alpha, 1 - alpha, epsilon);
    }
    case 'adagrad': {
      const { epsilon, weightDecay } = { ...optimizerDefaults.adagrad, ...rule };
      return (pointers, bytes, decays, clip, { learningRate }) =>
        kernels.adagrad(...pointers, bytes, clip, learningRate, decays ? weightDecay : 0, epsilon);
    }
  }
}

export interface Optimizer {
  /** Updates every parameter and its state in place; returns the norm before clipping, `null` where none is asked for. */
  readonly step: (step: OptimizerStep) => number | null;
  /** Global norm of the gradients: sqrt(Σ g²), in double precision. */
  readonly gradientNorm: () => number;
}

/**
 * Prepares an optimiser that works in place, in one pass over parameters, gradients and state: WebAssembly SIMD on the
 * memory of the tensors themselves. Its numbers are those of float32 arithmetic, the same on every machine.
 *
 * - sgd: g ← g + λp; v ← μv + g; p ← p - η(v, or g + μv with Nesterov)
 * - adam: m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; p ← p(1-ηλ) - η/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε)
 * - rmsprop: v ← αv + (1-α)g²; p ← p - ηg / (√v + ε)
 * - adagrad: v ← v + g²; p ← p - ηg / (√v + ε)
 *
 * @throws {TypeError} Where a tensor is not float32 or not of the arena whose memory is given.
 * @throws {RangeError} Where the tensors of a slot differ in size, or the rule needs other state.
 * @source Kingma and Ba 2015 (Adam, algorithm 1); Loshchilov and Hutter 2019 (decoupled decay, algorithm 2)
 */
export function createOptimizer(memory: WasmMemory, rule: OptimizerRule, slots: readonly OptimizerSlot[]): Optimizer {
  checkSlots(memory, rule.kind, slots);
  const kernels = instantiate(memory);
  const update = updateOf(rule, kernels);
  const passes = slots.map(({ parameter, gradient, state, decays = true }) => ({
    pointers: [parameter, gradient, ...state].map(({ data }) => data.byteOffset),
    gradient: gradient.data.byteOffset,
    bytes: vectorBytes(parameter),
    decays,
  }));
  const gradientNorm = (): number =>
    Math.sqrt(passes.reduce((sum, { gradient, bytes }) => sum + kernels.squaredNorm(gradient, bytes), 0));
  return {
    gradientNorm,
    step: (step) => {
      if (!Number.isSafeInteger(step.step) || step.step < 1)
        throw new RangeError(`cannot optimise, as the step must be a whole number from 1: it is ${step.step}`);
      const { maxGradientNorm } = step;
      const norm = maxGradientNorm === undefined ? null : gradientNorm();
      // The small term keeps a gradient of zero from dividing by zero.
      const clip = norm === null ? 1 : Math.min(1, (maxGradientNorm ?? 1) / (norm + 1e-6));
      for (const { pointers, bytes, decays } of passes) update(pointers, bytes, decays, clip, step);
      return norm;
    },
  };
}

/**
 * Prepares Polyak averaging in place: target ← target + rate · (source - target).
 *
 * @throws {TypeError} Where a tensor is not float32 or not of the arena whose memory is given.
 */
export function createAveraging(
  memory: WasmMemory,
  pairs: readonly { readonly target: SharedTensor; readonly source: SharedTensor }[],
): (rate: number) => void {
  for (const { target, source } of pairs) {
    checkTensor(memory, target, target.data.length, 'a target');
    checkTensor(memory, source, target.data.length, 'a source');
  }
  const { average } = instantiate(memory);
  return (rate) => {
    for (const { target, source } of pairs)
      average(target.data.byteOffset, source.data.byteOffset, vectorBytes(target), rate);
  };
}
