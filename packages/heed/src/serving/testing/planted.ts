import type { Heed } from '../../loop/index.ts';
import type { NamedRows } from './known.ts';

/** Rows of every kind in a loop, which hold a word wherever the loop takes text. */
export async function plantRows(heed: Heed, loop: 'greeting' | 'page', word: string): Promise<NamedRows> {
  const features = loop === 'greeting' ? { tone: word } : { topic: word };
  const items = ['one', 'two', 'three'].map((place) => ({ item: `${word}-${place}`, features }));
  await heed.items.put(loop, items);
  const episode = await heed.episodes.start({
    loop,
    task: word,
    participants: [{ id: word, role: word, artifact: null }],
  });
  const made = await heed.decide(loop, {
    context: loop === 'greeting' ? { hour: 9 } : {},
    candidates: items,
    subject: word,
    episode: episode.id,
    idempotencyKey: word,
    observations: [{ type: 'text', text: word }],
  });
  const [given] = await heed.feedback([
    { loop, decision: made.decision, kind: 'comment', value: word, subject: word, idempotencyKey: `${word}-said` },
  ]);
  const job = await heed.jobs.train(loop);
  const { key } = await heed.keys.create({ name: word, scopes: ['read'], loops: [loop], by: word });
  await heed.audit.write({ who: word, action: 'train', loop, target: word });
  return {
    decisions: made.decision,
    feedback: given?.feedback ?? '',
    episodes: episode.id,
    artifacts: made.artifact ?? '',
    jobs: job.id,
    keys: key.id,
    token: made.token ?? '',
    subject: word,
  };
}
