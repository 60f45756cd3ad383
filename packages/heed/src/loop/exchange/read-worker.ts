import { parentPort, workerData } from 'node:worker_threads';
import { isHeedError } from '../../spec/index.ts';
import { readRows } from './codec.ts';
import type { ReadAnswer, ReadOrder } from './guarded.ts';

/** Rows handed over at a time: the other side has other things to do as well. */
const batchSize = 500;

const { format, bytes, kinds } = workerData as ReadOrder;
try {
  const rows = await readRows(format, bytes, { kinds });
  for (let from = 0; from < rows.length; from += batchSize) answer({ rows: rows.slice(from, from + batchSize) });
  answer({ done: true });
} catch (error) {
  answer({
    error: {
      code: isHeedError(error) ? error.code : 'invalid-input',
      message: error instanceof Error ? error.message : String(error),
    },
  });
}

function answer(message: ReadAnswer): void {
  parentPort?.postMessage(message);
}
