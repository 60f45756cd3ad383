import { saveCheckpoint } from './checkpoint.ts';

// Saves one checkpoint after the other until it is killed; every element of a checkpoint is its step.
const folder = process.argv[2] ?? '';
for (let step = 0; ; step += 1) {
  const data = new Float32Array(500_000).fill(step);
  await saveCheckpoint(folder, {
    step,
    tensors: { w: { dataType: 'float32', shape: [500_000], data } },
    state: { step },
  });
  if (step === 0) process.stdout.write('saved\n');
}
