import { writeSync } from 'node:fs';
import { z } from 'zod';
import { contextualBanditLearner } from '../learner/index.ts';
import type { Learner } from '../spec/index.ts';
import type { TrainingSettings } from './context.ts';
import { defineHeed } from './define.ts';

/** One loop whose trainings start at once and take several batches. */
export const slowConfig = defineHeed({
  loops: {
    greeting: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ tone: z.string() }),
      action: { type: 'choice' },
      feedback: { thumb: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
      release: { everySignals: 1_000_000, everySeconds: 1_000_000 },
    },
  },
});

export const slowTraining: TrainingSettings = { batchSignals: 10, checkpointEveryMs: 0, leaseMs: 1_500 };

/** Says of each batch that it begins, and takes its time over it. */
export function slowLearner(pauseMs: number): Learner<unknown> {
  const learner = contextualBanditLearner as Learner<unknown>;
  return {
    ...learner,
    update(state, experiences) {
      writeSync(1, `training ${experiences.length}\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
      return learner.update(state, experiences);
    },
  };
}
