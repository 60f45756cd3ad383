import { createHeed } from './create.ts';
import { killedConfig } from './testing-release-killed.ts';
import { scriptedFormat, scriptedLearner } from './testing-release.ts';

// A worker in a process of its own, for releases that must outlive it: `node testing-release-worker.ts URL`.
const heed = await createHeed(killedConfig, {
  url: process.argv[2],
  learners: [scriptedLearner({ good: 0.5, fault: 'none' })],
  formats: [scriptedFormat],
});
process.stdout.write('ready\n');
await heed.work();
