import { Worker } from 'node:worker_threads';
import { HeedError } from '../../spec/index.ts';
import type { HeedErrorCode } from '../../spec/index.ts';
import { readRows } from './codec.ts';
import type { ReadRowsOptions } from './codec.ts';
import type { Row, RowFormat, RowKind } from './rows.ts';

/** What reading a stranger's file may take. */
export interface ReadLimits {
  readonly timeMs: number;
  /** Of the reader's heap. */
  readonly heapMegabytes: number;
  /** Of its memory outside the heap, where what is unpacked lies. */
  readonly externalMegabytes: number;
}

export const readLimitDefaults: ReadLimits = { timeMs: 60_000, heapMegabytes: 1_024, externalMegabytes: 2_048 };

export interface ReadOrder {
  readonly format: RowFormat;
  readonly bytes: Uint8Array;
  readonly kinds: readonly RowKind[] | undefined;
}

export type ReadAnswer =
  | { readonly rows: readonly Row[] }
  | { readonly done: true }
  | { readonly error: { readonly code: HeedErrorCode; readonly message: string } };

const watchEveryMs = 25;
const megabyte = 1_048_576;
const worker = import.meta.url.endsWith('.ts')
  ? new URL('./read-worker.ts', import.meta.url)
  : new URL('./read-worker.js', import.meta.url);

/** Files are read one after another, so that what one may take is what all may take. */
let reading: Promise<unknown> = Promise.resolve();

/**
 * Reads a file as `readRows` does, in a thread of its own that is ended where it takes more than it may. Without limits it is read here.
 *
 * @throws HeedError `invalid-input` also where the file takes too much.
 */
export function readRowsGuarded(
  format: RowFormat,
  bytes: Uint8Array,
  options: ReadRowsOptions,
  limits: ReadLimits | undefined,
): Promise<Row[]> {
  if (limits === undefined) return readRows(format, bytes, options);
  const rows = reading.then(() => readApart({ format, bytes: new Uint8Array(bytes), kinds: options.kinds }, limits));
  reading = rows.catch(() => undefined);
  return rows;
}

async function readApart(order: ReadOrder, limits: ReadLimits): Promise<Row[]> {
  const rows: Row[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Row[]>();
  const { timeMs, heapMegabytes, externalMegabytes } = limits;
  const reader = new Worker(worker, {
    workerData: order,
    transferList: [order.bytes.buffer as ArrayBuffer],
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
  });
  const watch = setInterval(() => {
    // It ends between two looks now and then, and then cannot be asked.
    reader.getHeapStatistics().then(
      ({ external_memory: bytes }) => {
        if (bytes > externalMegabytes * megabyte) reject(tooMuch(`${externalMegabytes} MB of memory`));
      },
      () => undefined,
    );
  }, watchEveryMs);
  const timeout = setTimeout(() => reject(tooMuch(`${timeMs / 1_000} s`)), timeMs);

  reader.on('message', (answer: ReadAnswer) => {
    if ('rows' in answer) rows.push(...answer.rows);
    else if ('done' in answer) resolve(rows);
    else reject(new HeedError(answer.error.code, answer.error.message));
  });
  reader.on('error', (error: unknown) => {
    const outOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    reject(outOfMemory ? tooMuch(`${heapMegabytes} MB of memory`) : error);
  });
  reader.on('exit', () =>
    reject(new HeedError('internal', 'cannot read the file, as its reader must answer: it ended')),
  );
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    clearTimeout(timeout);
    await reader.terminate();
  }
}

function tooMuch(most: string): HeedError {
  return new HeedError('invalid-input', `cannot read the file, as it must be read within ${most}: it takes more`);
}
