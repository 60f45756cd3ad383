import { workerData } from 'node:worker_threads';
import { words, type WorkerStart } from './worker-protocol.ts';

// Ends as soon as anything is asked of it.
const { control } = workerData as WorkerStart;
Atomics.wait(control, words.request, 0);
process.exit(3);
