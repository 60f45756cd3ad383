import { defineHeed, squareCb } from 'heed';
import { z } from 'zod';
import { featureCount } from './bodies.ts';

/** A front page of 20 articles with 32 numbers each. */
export default defineHeed({
  loops: {
    front: {
      context: z.object({ hour: z.number() }),
      candidate: z.object(
        Object.fromEntries(Array.from({ length: featureCount }, (_, index) => [`f${index}`, z.number()])),
      ),
      action: { type: 'choice' },
      feedback: { click: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      exploration: squareCb(),
    },
  },
});
