import { contextualBandit, defineHeed, plackettLuce } from 'heed';
import { z } from 'zod';

export default defineHeed({
  loops: {
    // The order of the papers on a reader's page; learned from what the reader says of them.
    papers: {
      // What is being looked at: a day, or all of them.
      context: z.object({ surface: z.string() }),
      candidate: z.object({
        words: z.record(z.string(), z.number()),
        logAgeDays: z.number(),
        logUpvotes: z.number(),
        logComments: z.number(),
        logAuthors: z.number(),
        organisation: z.number(),
      }),
      action: { type: 'slate', size: 40 },
      feedback: {
        love: { kind: 'reaction', reward: 1 },
        upvote: { kind: 'reaction', reward: 0.75 },
        // The reader said something of a paper further down, and nothing of this one.
        passed: { kind: 'outcome', reward: 0 },
        dismiss: { kind: 'reaction', reward: -0.5 },
      },
      // A word counts at once, and a reader's newest one is the one that counts. Silence says nothing: most of a page is never seen.
      reward: { range: [-0.5, 1], combine: 'newest', final: 'feedback', missing: 'wait' },
      attributionWindowSeconds: 30 * 24 * 3600,
      // Candidates are sent in the order of the trend: that is what readers see where nothing learned can be used.
      baseline: { type: 'given' },
      deadlineMs: 500,
      features: {
        namespaces: {
          text: { from: 'candidate', fields: ['words'], normalise: true },
          meta: {
            from: 'candidate',
            fields: ['logAgeDays', 'logUpvotes', 'logComments', 'logAuthors', 'organisation'],
          },
        },
      },
      // What all readers have in common is trained by job; what one reader likes is that reader's own, and follows within seconds.
      learner: contextualBandit({
        subject: { namespaces: ['text'], priorVariance: 0.5, noiseVariance: 0.1, shrink: 5 },
      }),
      exploration: plackettLuce({ temperature: 0.1, uniform: 0.02 }),
      // One reader's taste is no common taste: five of them have to have spoken before a training.
      release: { promote: 'automatic', everySignals: 100, everySeconds: 3600, leastSubjects: 5 },
    },
  },
});
