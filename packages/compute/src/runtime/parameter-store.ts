import {
  alignedBytes,
  createArena,
  elementCount,
  viewTensor,
  type RuntimeDataType,
  type SharedTensor,
  type TensorArena,
} from './shared-tensor.ts';
import type { Tensors } from './worker-protocol.ts';

export interface ParameterShape {
  readonly dataType: RuntimeDataType;
  readonly shape: readonly number[];
}

/** Words before those of the snapshots. */
const latestWord = 0;
const versionWord = 1;
const firstSlotWord = 2;
/** Per snapshot: how many read it, or that it is being written; and its version. */
const wordsPerSlot = 2;
const beingWritten = -1;
const noVersion = 0;

/** What another thread needs to read a store: it may be posted, and copying it copies no parameter. */
export interface ParameterStoreHandle {
  readonly parameters: Readonly<Record<string, ParameterShape>>;
  readonly control: Int32Array;
  readonly slots: readonly SharedArrayBuffer[];
}

export interface Snapshot {
  /** 1 for the first that was published. */
  readonly version: number;
  /** Complete and unchanging until the release. */
  readonly tensors: Tensors;
  /** Gives the memory back to the writer. Views kept beyond this show later versions. */
  readonly release: () => void;
}

export interface ParameterReader {
  /** Version that would be read now; 0 before the first. */
  readonly latestVersion: () => number;
  /** Holds the latest complete version; `null` before the first. */
  readonly acquire: () => Snapshot | null;
  /**
   * Copies the latest complete version to tensors of the reader's own, if it is newer than the one it has.
   * @returns the version that the targets now hold.
   * @throws {TypeError} Where a parameter has no target of its type and size.
   */
  readonly copyInto: (targets: Tensors, version: number) => number;
}

export interface ParameterStore extends ParameterReader {
  /** What training works on, in place; nobody else sees it before it is published. */
  readonly tensors: Tensors;
  readonly arena: TensorArena;
  /**
   * Publishes the tensors as they are as the next version: one copy of all of them.
   * @returns the version, or `null` where every snapshot but the latest is being read: nothing was published.
   */
  readonly publish: () => number | null;
  readonly handle: ParameterStoreHandle;
}

export interface ParameterStoreOptions {
  /** Snapshots kept: two more than the readers that hold one at a time can never be short. */
  readonly snapshots?: number;
  /** Where the parameters themselves are to lie; by default an arena of their own. */
  readonly arena?: TensorArena;
  /** Parameters that lie somewhere already, such as the weights of a training: these are published. */
  readonly tensors?: Tensors;
}

export const parameterStoreDefaults = { snapshots: 3 } as const satisfies ParameterStoreOptions;

const readersOf = (slot: number): number => firstSlotWord + slot * wordsPerSlot;
const versionOf = (slot: number): number => readersOf(slot) + 1;

function bytesOfAll(parameters: Readonly<Record<string, ParameterShape>>): number {
  return Object.values(parameters).reduce((sum, { dataType, shape }) => sum + alignedBytes(dataType, shape), 0);
}

function viewAll(parameters: Readonly<Record<string, ParameterShape>>, buffer: SharedArrayBuffer): Tensors {
  let offset = 0;
  const views = Object.entries(parameters).map(([name, { dataType, shape }]) => {
    const tensor = viewTensor(buffer, offset, dataType, shape);
    offset += alignedBytes(dataType, shape);
    return [name, tensor] as const;
  });
  return Object.fromEntries(views);
}

const mapShapes = <Result>(
  parameters: Readonly<Record<string, ParameterShape>>,
  change: (parameter: ParameterShape, name: string) => Result,
): Record<string, Result> =>
  Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, change(parameter, name)]));

function fitting(name: string, { dataType, shape }: ParameterShape, given: Tensors): SharedTensor {
  const tensor = Object.hasOwn(given, name) ? given[name] : undefined;
  if (tensor?.dataType !== dataType || tensor.data.length !== elementCount(shape))
    throw new TypeError(
      `cannot create store, as ${name} must be given as ${dataType} [${shape.join(', ')}]: it is ${tensor === undefined ? 'missing' : `${tensor.dataType} [${tensor.shape.join(', ')}]`}`,
    );
  return tensor;
}

function copyAll(from: Tensors, to: Tensors): void {
  for (const [name, source] of Object.entries(from)) {
    const target = Object.hasOwn(to, name) ? to[name] : undefined;
    if (target?.dataType !== source.dataType || target.data.length !== source.data.length)
      throw new TypeError(
        `cannot copy parameters, as ${name} must have a target of ${source.data.length} elements of ${source.dataType}: it has ${target === undefined ? 'none' : `${target.data.length} of ${target.dataType}`}`,
      );
    (target.data as Uint8Array).set(source.data as Uint8Array);
  }
}

/** Counts this reader in, unless the writer has taken the snapshot. */
function hold(control: Int32Array, slot: number): boolean {
  for (;;) {
    const readers = Atomics.load(control, readersOf(slot));
    if (readers === beingWritten) return false;
    if (Atomics.compareExchange(control, readersOf(slot), readers, readers + 1) === readers) return true;
  }
}

/**
 * Reads the parameters that another thread publishes.
 *
 * A reader that is ended while it holds a snapshot keeps that snapshot from being written again.
 *
 * @param handle `handle` of the store, posted to this thread.
 * @example
 * const reader = openParameterStore(workerData.parameters);
 * version = reader.copyInto(program.inputs, version);
 */
export function openParameterStore({ parameters, control, slots }: ParameterStoreHandle): ParameterReader {
  const views = slots.map((buffer) => viewAll(parameters, buffer));
  const acquire = (): Snapshot | null => {
    for (;;) {
      if (Atomics.load(control, versionWord) === noVersion) return null;
      const slot = Atomics.load(control, latestWord);
      // A slot that is being written is no longer the latest: look again.
      if (!hold(control, slot)) continue;
      // Meanwhile the writer may have filled it with a version that is not yet the latest: whoever saw that one would be
      // set back by the next look.
      if (Atomics.load(control, latestWord) !== slot) {
        Atomics.sub(control, readersOf(slot), 1);
        continue;
      }
      let held = true;
      return {
        version: Atomics.load(control, versionOf(slot)),
        tensors: views[slot] ?? {},
        release: () => {
          if (held) Atomics.sub(control, readersOf(slot), 1);
          held = false;
        },
      };
    }
  };
  return {
    latestVersion: () => Atomics.load(control, versionWord),
    acquire,
    copyInto: (targets, version) => {
      if (Atomics.load(control, versionWord) <= version) return version;
      const snapshot = acquire();
      if (snapshot === null) return version;
      try {
        copyAll(snapshot.tensors, targets);
        return snapshot.version;
      } finally {
        snapshot.release();
      }
    },
  };
}

/**
 * Keeps named parameters on shared memory, with versioned snapshots for readers in other threads: a reader sees a
 * complete version or none, never a half-written one, and neither side waits for the other.
 *
 * @param parameters element type and shape of each, by name.
 * @throws {RangeError} Where there are fewer than two snapshots, or the arena is too small.
 * @throws {TypeError} Where a parameter is not among the tensors that are given, or of another type or size there.
 * @example
 * const store = createParameterStore({ 'layer.weight': { dataType: 'float32', shape: [256, 23] } });
 * const version = store.publish();
 * @example
 * const store = createParameterStore(training.weights, { tensors: training.weights });
 */
export function createParameterStore(
  parameters: Readonly<Record<string, ParameterShape>>,
  options: ParameterStoreOptions = {},
): ParameterStore {
  const { snapshots, tensors: given } = { ...parameterStoreDefaults, ...options };
  const arena = options.arena ?? createArena(given === undefined ? bytesOfAll(parameters) : 0);
  if (!Number.isSafeInteger(snapshots) || snapshots < 2)
    throw new RangeError(`cannot create store, as its snapshots must be a whole number from 2: it is ${snapshots}`);
  // A handle is posted, and must not take the parameters themselves with it.
  const shapes = mapShapes(parameters, ({ dataType, shape }): ParameterShape => ({ dataType, shape: [...shape] }));
  const tensors =
    given === undefined
      ? mapShapes(shapes, ({ dataType, shape }) => arena.allocate(dataType, shape))
      : mapShapes(shapes, (shape, name) => fitting(name, shape, given));
  const words = firstSlotWord + snapshots * wordsPerSlot;
  const control = new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
  const slots = Array.from({ length: snapshots }, () => new SharedArrayBuffer(bytesOfAll(shapes)));
  const views = slots.map((buffer) => viewAll(shapes, buffer));
  const handle = { parameters: shapes, control, slots };
  const isFree = (slot: number): boolean =>
    slot !== Atomics.load(control, latestWord) &&
    Atomics.compareExchange(control, readersOf(slot), 0, beingWritten) === 0;
  return {
    ...openParameterStore(handle),
    tensors,
    arena,
    handle,
    publish: () => {
      const slot = slots.findIndex((_, index) => isFree(index));
      if (slot === -1) return null;
      const version = Atomics.load(control, versionWord) + 1;
      copyAll(tensors, views[slot] ?? {});
      Atomics.store(control, versionOf(slot), version);
      Atomics.store(control, readersOf(slot), 0);
      Atomics.store(control, latestWord, slot);
      Atomics.store(control, versionWord, version);
      return version;
    },
  };
}
