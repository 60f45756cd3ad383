import { rm } from 'node:fs/promises';
import { createHeed, defineHeed, epsilonGreedy } from 'heed';
import { contextualBandit, lowSwitching } from 'heed/learner';
import { z } from 'zod';

// A front page that may be reshuffled at most three times a day: editors do not want it to flicker. It learns every two
// hours all the same. Of readers instead of time it would be `horizon` instead of `perSeconds`.
const hourSeconds = 3_600;
const switches = 3;
const config = defineHeed({
  loops: {
    lead: {
      context: z.object({}),
      candidate: z.object({ story: z.string() }),
      action: { type: 'choice' },
      feedback: { read: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: hourSeconds,
      learner: lowSwitching(contextualBandit(), { switches, perSeconds: 24 * hourSeconds }),
      exploration: epsilonGreedy({ epsilon: 0.2 }),
    },
  },
});

const candidates = ['election', 'weather', 'cup final'].map((story) => ({ item: story, features: { story } }));
const folder = '.heed/107-calm-front-page';
await rm(folder, { recursive: true, force: true }); // each run begins anew
let now = Date.UTC(2026, 0, 5, 6);
const heed = await createHeed(config, { folder, clock: () => now });

/** What most readers would be shown now. */
async function lead(): Promise<string> {
  const replies = await heed.decideBatch(
    'lead',
    Array.from({ length: 50 }, () => ({ context: {}, candidates, dryRun: true })),
  );
  const counts = candidates.map(({ item }) => replies.filter(({ chosen }) => chosen[0] === item).length);
  return candidates[counts.indexOf(Math.max(...counts))]?.item ?? '';
}

// Two days; on the second the election is what is read.
const pages: { at: number; story: string; exchanges: number }[] = [];
for (let hour = 0; hour < 48; hour += 2) {
  const wanted = hour < 24 ? 'cup final' : 'election';
  for (let reader = 0; reader < 15; reader += 1) {
    const { decision, chosen } = await heed.decide('lead', { context: {}, candidates });
    if (chosen[0] === wanted) await heed.feedback([{ loop: 'lead', decision, name: 'read' }]);
  }
  now += 2 * hourSeconds * 1_000;
  await heed.derive();
  await heed.train('lead');
  const { artifact } = await heed.loops.get('lead');
  pages.push({ at: now, story: await lead(), exchanges: artifact?.metrics['switches'] ?? NaN });
}
await heed.close();

const exchanged = pages.filter(({ exchanges }, index) => exchanges > (pages[index - 1]?.exchanges ?? 0));
const mostInADay = Math.max(
  ...exchanged.map(
    ({ at }) => exchanged.filter((other) => other.at >= at && other.at < at + 24 * hourSeconds * 1_000).length,
  ),
);
const stories = pages.filter(({ story }, index) => story !== pages[index - 1]?.story);
console.log(
  `after ${pages.length} trainings in two days the page led with: ${stories.map(({ story }) => story).join(', then ')}`,
);
console.log(`what acts was exchanged ${exchanged.length} times, at most ${mostInADay} of them within a day`);
if (mostInADay > switches || stories.length > 7 || pages[11]?.story !== 'cup final') process.exitCode = 1;
