import { z } from 'zod';
import { defineHeed } from './define.ts';

/** The loops of the store that an older Heed has written: see `fixtures/store-0002.json`. Never change it. */
export const upgradeConfig = defineHeed({
  loops: {
    greeting: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ tone: z.string() }),
      action: { type: 'choice' },
      feedback: { thumb: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      features: { bits: 8 },
    },
  },
});
