import type { FastifyInstance } from 'fastify';
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
  personalizer: { loop: 'greeting', feedback: 'stars' },
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

/** An event of each kind that Personalizer's routes know, so that requests can name them. */
export async function plantEvents(server: FastifyInstance, headers: Record<string, string>): Promise<void> {
  const actions = ['a', 'b', 'c'].map((id) => ({ id, features: [{ tone: 'plain' }] }));
  const body = { actions, contextFeatures: [{ hour: 9 }], eventId: 'event-1' };
  const slots = ['main', 'side'].map((id, place) => ({ id, baselineAction: actions[place]?.id }));
  await server.inject({ method: 'POST', url: '/personalizer/v1.0/rank', headers, payload: body });
  const url = '/personalizer/v1.1-preview.1/multislot/rank';
  await server.inject({ method: 'POST', url, headers, payload: { ...body, slots } });
}
