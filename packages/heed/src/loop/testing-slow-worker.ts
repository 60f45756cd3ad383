import { createHeed } from './create.ts';
import { slowConfig, slowLearner, slowTraining } from './testing-slow.ts';

// A worker in a process of its own, for tests that stop and kill it: `node testing-slow-worker.ts URL`.
const heed = await createHeed(slowConfig, {
  url: process.argv[2],
  learners: [slowLearner(400)],
  training: slowTraining,
  log: (line) => void process.stdout.write(`log ${line}\n`),
});
process.stdout.write('ready\n');
await heed.work();
