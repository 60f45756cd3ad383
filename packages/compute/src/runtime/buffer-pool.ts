import { alignedBytes, viewTensor, type RuntimeDataType, type SharedTensor } from './shared-tensor.ts';

/** Shared memory that is used again: collectors of garbage notice late that a thread has let go of it. */
export interface BufferPool {
  readonly allocate: (dataType: RuntimeDataType, shape: readonly number[]) => SharedTensor;
  /** To be called once the tensor is used no more, in any thread. */
  readonly giveBack: (tensor: SharedTensor) => void;
  readonly freeBytes: () => number;
}

/** A buffer serves tensors down to this share of its size: otherwise small ones would hold large ones. */
const smallestShare = 0.5;

/** Makes a pool; tensors that it gives are zero at first. */
export function createBufferPool(): BufferPool {
  const free: SharedArrayBuffer[] = [];
  return {
    freeBytes: () => free.reduce((sum, { byteLength }) => sum + byteLength, 0),
    allocate: (dataType, shape) => {
      const bytes = alignedBytes(dataType, shape);
      const fitting = free
        .filter(({ byteLength }) => byteLength >= bytes && byteLength * smallestShare <= bytes)
        .toSorted((a, b) => a.byteLength - b.byteLength)[0];
      if (fitting === undefined) return viewTensor(new SharedArrayBuffer(bytes), 0, dataType, shape);
      free.splice(free.indexOf(fitting), 1);
      new Uint8Array(fitting).fill(0);
      return viewTensor(fitting, 0, dataType, shape);
    },
    giveBack: ({ data }) => {
      free.push(data.buffer as unknown as SharedArrayBuffer);
    },
  };
}
