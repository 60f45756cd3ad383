import { defineHeed } from 'heed';
import { z } from 'zod';

/** The loop that is served while faults are made: small, and trained every few seconds. */
export default defineHeed({
  loops: {
    front: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ topic: z.string() }),
      action: { type: 'choice' },
      feedback: {
        click: { kind: 'reaction', reward: 1 },
        stars: { kind: 'rating', value: z.number(), reward: { scale: 0.5, offset: 0 } },
      },
      reward: { range: [0, 4], combine: 'sum', final: 'feedback', missing: 'wait' },
      release: { everySignals: 200, everySeconds: 5 },
    },
  },
});
