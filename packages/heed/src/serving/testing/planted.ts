import { z } from 'zod';
import { defineHeed } from '../../loop/define.ts';
import type { Heed } from '../../loop/index.ts';
import type { NamedRows } from './known.ts';

const alike = {
  context: z.object({ hour: z.number() }),
  candidate: z.object({ tone: z.string(), rank: z.number().optional() }),
  feedback: {
    thumb: { kind: 'reaction', reward: 1 },
    stars: { kind: 'rating', value: z.number().int(), reward: { scale: 0.2, offset: 0 } },
  },
  reward: { range: [0, 1] },
} as const;

/** Two loops that take the same, so that what is right for one is right for the other too. */
export const twoLoops = defineHeed({
  loops: {
    greeting: { ...alike, action: { type: 'choice' } },
    page: { ...alike, action: { type: 'slate', size: 2 } },
  },
});

export type LoopName = keyof typeof twoLoops.loops;

/** Rows of every kind in a loop, which hold a word wherever the loop takes text. */
export async function plantRows(heed: Heed, loop: LoopName, word: string): Promise<NamedRows> {
  const items = ['one', 'two', 'three'].map((place) => ({ item: `${word}-${place}`, features: { tone: word } }));
  await heed.items.put(loop, items);
  const episode = await heed.episodes.start({
    loop,
    task: word,
    participants: [{ id: word, role: word, artifact: null }],
  });
  const made = await heed.decide(loop, {
    context: { hour: 9 },
    candidates: items,
    subject: word,
    episode: episode.id,
    idempotencyKey: `${word} of ${loop}`,
    observations: [{ type: 'text', text: word }],
  });
  const [given] = await heed.feedback([
    { loop, decision: made.decision, kind: 'comment', value: word, subject: word, idempotencyKey: `${loop} ${word}` },
  ]);
  const job = await heed.jobs.train(loop);
  const { key } = await heed.keys.create({ name: word, scopes: ['read'], loops: [loop], by: word });
  await heed.audit.write({ who: word, action: 'train', loop, target: word });
  return {
    decisions: [made.decision],
    feedback: [given?.feedback ?? ''],
    episodes: [episode.id],
    artifacts: [made.artifact ?? ''],
    jobs: [job.id],
    keys: [key.id],
    tokens: [made.token ?? ''],
  };
}
