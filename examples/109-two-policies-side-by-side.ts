import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createHeed, defineHeed, epsilonGreedy } from 'heed';
import type { LoopDefinition } from 'heed';
import { unitsNeeded } from 'heed/evaluation';
import { createRandom } from 'heed/math';
import { z } from 'zod';

// A shop shows each visitor a guide or a banner. Guides sell more; banners make some visitors unsubscribe. Every visitor has
// habits: some buy whatever they see, and others nothing. An experiment tells whether the policy that learned this is better.
const day = 86_400;
const configOf = (experiment?: LoopDefinition['experiment']) =>
  defineHeed({
    loops: {
      shop: {
        context: z.object({}),
        candidate: z.object({ kind: z.string() }),
        action: { type: 'choice' },
        feedback: { bought: { kind: 'outcome', reward: 1 }, unsubscribed: { kind: 'reaction' } },
        reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
        attributionWindowSeconds: day / 2,
        exploration: epsilonGreedy({ epsilon: 0.2 }),
        release: { promote: 'manual' },
        experiment,
      },
    },
  });

const random = createRandom('visitors');
const visitors = Array.from({ length: 800 }, (_, index) => ({ subject: `visitor ${index}`, habit: random.uniform() }));
const candidates = ['banner', 'guide'].map((kind) => ({ item: kind, features: { kind } }));
const folder = '.heed/109-two-policies-side-by-side';
await rm(folder, { recursive: true, force: true }); // each run begins anew
let now = Date.UTC(2026, 0, 5, 7);
const clock = () => now;

/** A day on which every visitor comes once. */
async function comeAll(heed: Awaited<ReturnType<typeof open>>): Promise<void> {
  const shown = await heed.decideBatch(
    'shop',
    visitors.map(({ subject }) => ({ context: {}, candidates, subject })),
  );
  const said = shown.flatMap(({ decision, chosen }, index) => {
    const guided = chosen[0] === 'guide';
    const chance = 0.5 * (visitors[index]?.habit ?? 0) + (guided ? 0.5 : 0);
    return [
      ...(random.uniform() < chance ? [{ loop: 'shop', decision, name: 'bought' } as const] : []),
      ...(!guided && random.uniform() < 0.3 ? [{ loop: 'shop', decision, name: 'unsubscribed' } as const] : []),
    ];
  });
  await heed.feedback(said);
  now += day * 1_000;
  await heed.derive();
}
const open = (experiment?: LoopDefinition['experiment']) => createHeed(configOf(experiment), { folder, clock });

// A week without an experiment: it leaves something to learn from, and a past to compare each visitor with.
const before = await open();
for (let today = 0; today < 7; today += 1) await comeAll(before);
const { artifact } = await before.train('shop');
if (artifact === null) throw new Error('a week of visits must leave something to learn from');
await before.close();

const deviation = 0.5; // of buying or not, where half of all buy
console.log(`to find 0.2: ${unitsNeeded({ effect: 0.2, deviation }).watched} visitors; with half of the noise taken`);
console.log(`away by their past: ${unitsNeeded({ effect: 0.2, deviation: deviation / 2 ** 0.5 }).watched}`);

// The experiment is declared, and begins with the next start. Starting again changes nothing.
const first = await open({
  name: 'learned',
  arms: [
    { name: 'before', policy: { type: 'serving' } },
    { name: 'learned', policy: { type: 'artifact', artifact } },
  ],
  guardrails: [{ feedback: 'unsubscribed', tolerance: 0.05 }],
  outcomeSeconds: 2 * day,
  covariateSeconds: 7 * day,
  horizon: { subjects: visitors.length },
});
for (let today = 0; today < 3; today += 1) await comeAll(first);
const [experiment] = (await first.experiments.list({ loop: 'shop' })).rows;
if (experiment === undefined) throw new Error('what is declared must have begun');
const { report } = await first.experiments.get(experiment.id);
console.log(`${experiment.name}: ${report.verdict.outcome}, as ${report.verdict.because}`);
console.log('visitors of whom the past is known:', report.computedFrom['withCovariate']);
const { end } = await first.experiments.conclude(experiment.id, {
  winner: 'learned',
  promote: true,
  by: 'ann',
  why: report.verdict.because,
});
await first.close();

// The next one puts banners first, for everybody in its arm: nobody needs to watch it, as a worker does.
const second = await open({
  name: 'banners-first',
  arms: [
    { name: 'learned', policy: { type: 'serving' } },
    { name: 'banners', policy: { type: 'baseline' } },
  ],
  guardrails: [{ feedback: 'unsubscribed', tolerance: 0.05 }],
});
for (let today = 0; today < 2; today += 1) await comeAll(second);
const worker = new AbortController();
const working = second.work({ signal: worker.signal });
let last = (await second.experiments.list({ loop: 'shop' })).rows[0];
for (let tries = 0; tries < 600 && last?.status === 'running'; tries += 1) {
  await wait(100);
  last = (await second.experiments.list({ loop: 'shop' })).rows[0];
}
worker.abort();
await working;
await second.close();
console.log(`${String(last?.name)}: ${String(last?.status)}, as ${String(last?.end?.why)}`);
if (report.verdict.outcome !== 'better' || end?.release === null || last?.end?.cause !== 'guardrail')
  process.exitCode = 1;
