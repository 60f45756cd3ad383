import { z } from 'zod';
import { createHeed, defineHeed } from 'heed';
import { createTestDatabase } from '../../packages/heed/src/store/testing.ts';
import { median, printResult, readOptions } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
const [rounds, perRound, width] = options.quick ? [5, 2_000, 96] : [9, 6_000, 96];
const subjects = 1_000;

const config = defineHeed({
  loops: {
    shop: {
      context: z.object({ hour: z.number(), device: z.string(), words: z.array(z.string()) }),
      candidate: z.record(z.string(), z.number()),
      action: { type: 'choice' },
      feedback: { bought: { kind: 'outcome', reward: 1 } },
      reward: { range: [0, 1], missing: { default: 0 } },
    },
  },
});

const candidates = Array.from({ length: 20 }, (_, item) => ({
  item: `item-${item}`,
  features: Object.fromEntries(
    Array.from({ length: 32 }, (__, field) => [`f${field}`, Math.fround(((item * 37 + field * 11) % 97) / 97)]),
  ),
}));

const database = await createTestDatabase();
const heed = await createHeed(config, { url: database.url });

/** Durable decisions per second, `width` at a time. */
async function decide(subjectOf: (index: number) => string | undefined): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < perRound) {
        const index = next;
        next += 1;
        await heed.decide('shop', {
          subject: subjectOf(index),
          context: { hour: index % 24, device: 'phone', words: ['coffee', 'grinder', `visit ${index}`] },
          candidates,
        });
      }
    }),
  );
  return perRound / ((performance.now() - startedAt) / 1_000);
}

const known = (index: number): string => `visitor ${index % subjects}`;
await decide(known);
const measured: { plain: number[]; known: number[]; fresh: number[] } = { plain: [], known: [], fresh: [] };
for (let round = 0; round < rounds; round += 1) {
  measured.plain.push(await decide(() => undefined));
  measured.known.push(await decide(known));
  measured.fresh.push(await decide((index) => `stranger ${round}-${index}`));
}
await heed.close();
await database.drop();

const [plain, withSubject, withNewSubject] = [median(measured.plain), median(measured.known), median(measured.fresh)];
printResult(
  {
    name: 'subjects',
    figures: {
      decisionsPerSecondWithoutSubject: plain,
      decisionsPerSecondWithKnownSubjects: withSubject,
      decisionsPerSecondWithNewSubjects: withNewSubject,
    },
    ratios: { knownSubjects: withSubject / plain, newSubjects: withNewSubject / plain },
    peers: {},
    skipped: {},
  },
  options,
);
