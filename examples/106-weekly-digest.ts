import { rm } from 'node:fs/promises';
import { createHeed, defineHeed, dynLinUcb } from 'heed';
import { createRandom, drawNormal } from 'heed/math';
import { z } from 'zod';

// A weekly digest whose effect comes late: teasers are clicked at once, essays make a habit of reading. Each week readers
// get one mix, and a mix is held for some weeks before anything is learned from it.
const weekSeconds = 7 * 86_400;
const config = defineHeed({
  loops: {
    digest: {
      context: z.object({}),
      candidate: z.object({ news: z.number(), teasers: z.number(), essays: z.number() }),
      action: { type: 'choice' },
      feedback: { read: { kind: 'outcome', value: z.number(), reward: { scale: 1, offset: 0 } } },
      reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
      attributionWindowSeconds: weekSeconds,
      // Two thirds of a habit are left after a week. The paper's width is for the worst case and for years; here are weeks.
      learner: dynLinUcb({
        fields: ['news', 'teasers', 'essays'],
        bounds: { spectralRadius: 0.67, direct: 0.4, readout: 0.5, input: 0.3, noise: 0.01 },
        horizon: 120,
        ridge: 0.3,
        widthScale: 0.02,
        roundSeconds: weekSeconds,
      }),
    },
  },
});

const mixes = {
  mixed: { news: 0.4, teasers: 0.3, essays: 0.3 },
  newsy: { news: 0.8, teasers: 0.1, essays: 0.1 },
  catchy: { news: 0.1, teasers: 0.8, essays: 0.1 },
  thoughtful: { news: 0.1, teasers: 0.1, essays: 0.8 },
};
const candidates = Object.entries(mixes).map(([item, features]) => ({ item, features }));

/** What share of readers opens the digest, week by week: what is in it counts at once, the habit that it makes counts later. */
function createReaders(seed: string): (mix: string) => number {
  const random = createRandom(seed);
  let habit = 0.2;
  return (name) => {
    const { news, teasers, essays } = mixes[name as keyof typeof mixes];
    const share = 0.1 + 0.15 * news + 0.3 * teasers + 0.5 * habit + 0.01 * drawNormal(random);
    habit = 0.67 * habit + 0.33 * essays;
    return Math.min(1, Math.max(0, share));
  };
}

const folder = '.heed/106-weekly-digest';
await rm(folder, { recursive: true, force: true }); // each run begins anew
let now = Date.UTC(2026, 0, 5, 6);
const heed = await createHeed(config, { folder, clock: () => now });
const readers = createReaders('readers');
const weeks: { mix: string; read: number; until: string | null }[] = [];
for (let week = 0; week < 80; week += 1) {
  const { decision, chosen } = await heed.decide('digest', { context: {}, candidates });
  const [mix = ''] = chosen;
  const read = readers(mix);
  const { heldUntil } = (await heed.decisions.get(decision)).decision;
  weeks.push({ mix, read, until: heldUntil?.slice(0, 10) ?? null });
  now += weekSeconds * 1_000 - 3_600_000;
  await heed.feedback([{ loop: 'digest', decision, name: 'read', value: read }]);
  await heed.derive();
  await heed.train('digest');
  now += 3_600_000;
}
const { artifact } = await heed.loops.get('digest');
await heed.close();

const mean = (of: readonly { read: number }[]): string =>
  `${((100 * of.reduce((sum, { read }) => sum + read, 0)) / of.length).toFixed(0)} %`;
const catchy = createReaders('readers');
const always = weeks.map(() => ({ read: catchy('catchy') }));
const last = weeks.slice(-20);
console.log(`mixes of the last 20 weeks: ${last.map(({ mix }) => mix).join(', ')}`);
console.log(`the last is held until ${weeks.at(-1)?.until ?? 'further notice'}`);
console.log(
  `read by ${mean(last)} then; had it been the one that is clicked most at first, by ${mean(always.slice(-20))}`,
);
const worths = Object.entries(artifact?.metrics ?? {}).filter(([name]) => name.startsWith('worth of'));
console.log(`learned, in the long run: ${worths.map(([name, worth]) => `${name} ${worth.toFixed(2)}`).join(', ')}`);
if (last.filter(({ mix }) => mix === 'thoughtful').length < 15) process.exitCode = 1;
