import { expect, test } from 'vitest';
import { z } from 'zod';
import { plackettLuce } from '../policy/index.ts';
import { contextualBandit } from '../learner/index.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const config = defineHeed({
  loops: {
    front: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ words: z.record(z.string(), z.number()), age: z.number() }),
      action: { type: 'slate', size: 5 },
      feedback: { upvote: { kind: 'reaction', reward: 1 }, dismiss: { kind: 'reaction', reward: -1 } },
      reward: { range: [-1, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: 60,
      features: {
        namespaces: {
          text: { from: 'candidate', fields: ['words'], normalise: true },
          meta: { from: 'candidate', fields: ['age'] },
          context: { from: 'context' },
        },
        crosses: [['context', 'meta']],
      },
      learner: contextualBandit({ subject: { namespaces: ['text'] } }),
      exploration: plackettLuce({ temperature: 0.3, uniform: 0.05 }),
    },
  },
});

const words = ['bandit', 'diffusion', 'agent', 'critique', 'reward', 'policy', 'debate', 'video'];
const candidates = Array.from({ length: 12 }, (_, index) => ({
  item: `paper-${index}`,
  features: {
    words: { [words[index % 8] ?? '']: 1, [words[(index * 3 + 1) % 8] ?? '']: 0.7 },
    age: Math.log(1 + index),
  },
}));

test(
  '10,000 decisions over several artifacts, with subjects and a roll-back, replay bit for bit',
  { timeout: 300_000 },
  async () => {
    const clock = tickingClock();
    const heed = await openTestHeed(config, { clock: clock.now });
    const decisions: string[] = [];
    const artifacts = new Set<string>();
    const states = new Set<string>();

    for (let round = 0; round < 10; round += 1) {
      const replies = await heed.decideBatch(
        'front',
        Array.from({ length: 1_000 }, (_, index) => ({
          subject: `reader-${index % 40}`,
          context: { hour: index % 24 },
          candidates: candidates.slice(index % 4),
        })),
      );
      for (const { decision, artifact, subjectState } of replies) {
        decisions.push(decision);
        if (artifact !== null) artifacts.add(artifact);
        if (subjectState !== null) states.add(subjectState);
      }
      await heed.feedback(
        replies
          .filter((_, index) => index % 25 === 0)
          .map(({ decision, chosen }, index) => ({
            loop: 'front',
            decision,
            item: chosen[index % 3] ?? '',
            name: index % 2 === 0 ? 'upvote' : 'dismiss',
          })),
      );
      await heed.derive();
      await heed.train('front');
      if (round === 6) await heed.artifacts.rollback('front', { by: 'a test', why: 'to go back' });
      clock.advance(2_000);
      await heed.settle(
        'front',
        async () => (await heed.decide('front', { context: { hour: 0 }, candidates, dryRun: true })).artifact,
      );
    }

    expect(decisions).toHaveLength(10_000);
    expect(artifacts.size).toBeGreaterThanOrEqual(5);
    expect(states.size).toBeGreaterThan(40);
    const fresh = await heed.reopen();
    for (let from = 0; from < decisions.length; from += 500) {
      const reports = await Promise.all(decisions.slice(from, from + 500).map((id) => fresh.decisions.replay(id)));
      expect(reports.filter(({ matches }) => !matches)).toEqual([]);
    }
    await fresh.close();
    await heed.close();
  },
);
