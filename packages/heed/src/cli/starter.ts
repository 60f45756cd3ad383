/** What `heed init` writes: small, but every line of it does something. */
export const starterConfig = `import { contextualBandit, defineHeed, squareCb } from 'heed';
import { z } from 'zod';

export default defineHeed({
  loops: {
    // Which greeting a visitor sees; learned from the upvotes.
    greeting: {
      // What is known when the decision is made …
      context: z.object({ hour: z.number().min(0).max(23), device: z.enum(['phone', 'computer']) }),
      // … and of each thing that may be chosen.
      candidate: z.object({ tone: z.enum(['warm', 'plain']), words: z.number() }),
      action: { type: 'choice' },
      feedback: {
        upvote: { kind: 'reaction', reward: 1 },
        dismissed: { kind: 'reaction', reward: 0 },
      },
      // An answer counts at once; no answer within the hour counts as 0.
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: 3600,
      baseline: { type: 'item', item: 'hello' },
      leastProbability: 0.02,
      learner: contextualBandit({}),
      exploration: squareCb({}),
      // Train after 20 new answers, or every ten minutes where there are fewer.
      release: { promote: 'automatic', everySignals: 20, everySeconds: 600 },
    },
  },
});
`;
