import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createHeed, defineHeed } from 'heed';
import { z } from 'zod';

// A shop greets its visitors in one of three tones and hears who liked it.
const config = defineHeed({
  loops: {
    greeting: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ tone: z.string() }),
      action: { type: 'choice' },
      feedback: { thumb: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: 0.1,
    },
  },
});

const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
const folder = '.heed/101-first-loop';
await rm(folder, { recursive: true, force: true }); // each run begins anew
const heed = await createHeed(config, { folder });

/** Share of visitors who are greeted in the funny tone, the only one that they like. */
async function shareOfFunny(visitors: number): Promise<number> {
  const replies = await heed.decideBatch(
    'greeting',
    Array.from({ length: visitors }, (_, index) => ({ context: { hour: index % 24 }, candidates, dryRun: true })),
  );
  return replies.filter(({ chosen }) => chosen[0] === 'funny').length / visitors;
}

const before = await shareOfFunny(500);
for (let visitor = 0; visitor < 300; visitor += 1) {
  const { decision, chosen } = await heed.decide('greeting', { context: { hour: visitor % 24 }, candidates });
  if (chosen[0] === 'funny') await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
}
await wait(200); // longer than the attribution window: who has said nothing by now did not like it
await heed.derive();
const { signalsUsed } = await heed.train('greeting');
const after = await shareOfFunny(500);
console.log(
  `learned from ${signalsUsed} signals: the funny greeting went from ${(100 * before).toFixed(0)} % to ${(100 * after).toFixed(0)} %`,
);
await heed.close();
if (after < 0.8) process.exitCode = 1;
