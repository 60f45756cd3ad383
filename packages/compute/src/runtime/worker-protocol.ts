import type { MessagePort } from 'node:worker_threads';
import type { OptimizerRule, OptimizerSlot } from './optimizer.ts';
import type { SharedTensor } from './shared-tensor.ts';
import type { WasmMemory } from './wasm-types.ts';

/**
 * Words that both threads wait on. A request is one atomic addition: plain runs need no message, as the number of the
 * program is all there is to say; everything else lies on the port when the words change.
 */
export const words = { request: 0, done: 1, program: 2, hasReply: 3, count: 4 } as const;

/** Instead of a program's number: there is a message on the port. */
export const messageWaits = 0;

export interface WorkerStart {
  readonly port: MessagePort;
  readonly control: Int32Array;
}

/** What the worker needs to know of ONNX Runtime's options. */
export interface SessionSettings {
  readonly threads: number;
  readonly dimensions: Readonly<Record<string, number>>;
  readonly optimization: 'disabled' | 'basic' | 'extended' | 'all';
  readonly keepsWorkspace: boolean;
  readonly idleSpinning: boolean;
}

/** An input or output as ONNX Runtime sees it; the shape is `null` where it is not a tensor. */
export interface SessionValue {
  readonly name: string;
  readonly dataType: string;
  readonly shape: readonly (number | string)[];
}

export type Tensors = Readonly<Record<string, SharedTensor>>;

/** An optimiser that follows every run: step numbers and rates lie in `settings`. */
export interface UpdatePlan {
  readonly memory: WasmMemory;
  readonly rule: OptimizerRule;
  readonly slots: readonly OptimizerSlot[];
  readonly settings: Float64Array;
}

/** Places in `UpdatePlan.settings`. A clipping norm of 0 stands for none. */
export const settingPlaces = { learningRate: 0, step: 1, maxGradientNorm: 2, gradientNorm: 3, count: 4 } as const;

export type Command =
  | {
      readonly kind: 'load';
      readonly program: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly settings: SessionSettings;
    }
  | {
      readonly kind: 'bind';
      readonly program: number;
      readonly feeds: Tensors;
      readonly fetches: Tensors;
      readonly update: UpdatePlan | null;
    }
  | {
      readonly kind: 'steps';
      readonly program: number;
      readonly steps: number;
      /** Tensors with one more axis, first: the step. */
      readonly feeds: Tensors;
      readonly fetches: Tensors;
      readonly learningRates: Float64Array | null;
    }
  | { readonly kind: 'unload'; readonly program: number };

export type Reply =
  | { readonly kind: 'done' }
  | { readonly kind: 'loaded'; readonly inputs: readonly SessionValue[]; readonly outputs: readonly SessionValue[] }
  | { readonly kind: 'failed'; readonly message: string };
