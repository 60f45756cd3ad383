import { z } from 'zod';
import { defineHeed } from '../../loop/define.ts';

/** A choice and a slate, small enough to reckon by hand. */
export const config = defineHeed({
  loops: {
    greeting: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ tone: z.string(), rank: z.number().optional(), closed: z.boolean().optional() }),
      action: { type: 'choice' },
      feedback: {
        thumb: { kind: 'reaction', reward: 1 },
        stars: { kind: 'rating', value: z.number().int(), reward: { scale: 0.2, offset: 0 } },
      },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      baseline: { type: 'field', field: 'rank', order: 'ascending' },
      exclusions: [{ from: 'candidate', field: 'closed', is: 'equal', value: true }],
      deadlineMs: 400,
    },
    page: {
      context: z.object({}),
      candidate: z.object({ topic: z.string() }),
      action: { type: 'slate', size: 2 },
      feedback: { upvote: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1] },
    },
  },
});

export const candidates = [
  { item: 'hello', features: { tone: 'warm', rank: 2 } },
  { item: 'good day', features: { tone: 'formal', rank: 1 } },
  { item: 'hey', features: { tone: 'loud', rank: 0, closed: true } },
];
