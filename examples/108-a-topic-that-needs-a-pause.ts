import { rm } from 'node:fs/promises';
import { createHeed, defineHeed, lastSwitch } from 'heed';
import { createRandom } from 'heed/math';
import { z } from 'zod';

// A message a day for each of five readers: a quiz pleases after a pause of three days and annoys before, a tip pleases
// unless there was one the day before, news always please some. What pleases most today is not the best plan for weeks.
const day = 86_400;
const config = defineHeed({
  loops: {
    message: {
      context: z.object({}),
      candidate: z.object({}),
      action: { type: 'choice' },
      feedback: { liked: { kind: 'reaction', reward: 1 } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: day / 2,
      leastProbability: 0,
      // `idle` is the candidate that stands for sending nothing.
      learner: lastSwitch({ idle: 'nothing', tauMax: 3, phiMax: 2, samples: 8 }),
    },
  },
});

const random = createRandom('readers');
const chances: Record<string, (rest: number) => number> = {
  quiz: (rest) => (rest >= 3 ? 0.95 : 0.05),
  tip: (rest) => (rest >= 1 ? 0.6 : 0.1),
  news: () => 0.3,
  nothing: () => 0,
};
const candidates = Object.keys(chances).map((item) => ({ item, features: {} }));
const readers = ['ann', 'bob', 'cid', 'dan', 'eve'].map((subject) => ({ subject, past: [] as string[] }));

const folder = '.heed/108-a-topic-that-needs-a-pause';
await rm(folder, { recursive: true, force: true }); // each run begins anew
let now = Date.UTC(2026, 0, 5, 7);
const heed = await createHeed(config, { folder, clock: () => now });

const days = 50;
let late = 0;
for (let today = 0; today < days; today += 1) {
  for (const { subject, past } of readers) {
    const { decision, chosen } = await heed.decide('message', { subject, context: {}, candidates });
    const [item = 'nothing'] = chosen;
    const last = past.indexOf(item);
    const chance = chances[item]?.(last < 0 ? Infinity : last) ?? 0;
    if (random.uniform() < chance) await heed.feedback([{ loop: 'message', decision, name: 'liked' }]);
    if (today >= days - 15) late += chance / (15 * readers.length);
    past.unshift(item);
  }
  now += day * 1_000;
  await heed.derive();
  await heed.train('message');
}
await heed.close();

const [ann] = readers;
const lastDays = ann?.past.slice(0, 16).toReversed() ?? [];
const quizzes = [...lastDays.keys()].filter((at) => lastDays[at] === 'quiz');
const pauses = quizzes.slice(1).map((at, index) => at - (quizzes[index] ?? NaN));
console.log(`ann's last days: ${lastDays.join(', ')}`);
console.log(
  `liked per message and day over the last 15 days: ${late.toFixed(2)} (news every day: 0.30, a tip every second day: 0.30)`,
);
if (late < 0.5 || pauses.some((pause) => pause < 4)) process.exitCode = 1;
