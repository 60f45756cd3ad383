import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { chiSquareTail } from '../math/index.ts';
import { lastSwitch } from '../learner/index.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const items = ['quiz', 'tip', 'nothing'];
const candidates = items.map((item) => ({ item, features: {} }));
const loop = {
  context: z.object({}),
  candidate: z.object({}),
  action: { type: 'choice' },
  feedback: { liked: { kind: 'reaction', reward: 1 } },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
  attributionWindowSeconds: 60,
} as const;
const learner = lastSwitch({ idle: 'nothing', tauMax: 3, phiMax: 2, samples: 3 });
const config = defineHeed({
  loops: {
    topics: { ...loop, learner, leastProbability: 0 },
    mixed: { ...loop, learner, leastProbability: 0.1 },
    plain: { ...loop },
  },
});
const clock = tickingClock();
const heed = await openTestHeed(config, { clock: clock.now });
afterAll(() => heed.close());

/** Decides, says whether it was liked, and lets a day pass. */
async function day(name: 'topics' | 'mixed', subject: string, liked: (item: string) => boolean) {
  const { decision, chosen, probability } = await heed.decide(name, { subject, context: {}, candidates });
  const [item = ''] = chosen;
  if (liked(item)) await heed.feedback([{ loop: name, decision, name: 'liked' }]);
  clock.advance(86_400_000);
  return { decision, item, probability };
}

async function train(name: 'topics' | 'mixed'): Promise<void> {
  await heed.derive();
  await heed.train(name);
  await heed.settle(name, async () => (await heed.decide(name, { context: {}, candidates, dryRun: true })).artifact);
}

test('each subject has rounds and states of its own, kept with the decision; other loops keep nothing', async () => {
  const ann = await day('topics', 'ann', () => false);
  const bob = await day('topics', 'bob', () => false);
  const annAgain = await day('topics', 'ann', () => false);
  const pastOf = async (decision: string) =>
    (await heed.decisions.get(decision)).decision.context.find(({ name }) => name === 'past');
  expect(await pastOf(ann.decision)).toMatchObject({ value: { round: 0, items: [] } });
  expect(await pastOf(bob.decision)).toMatchObject({ value: { round: 0, items: [] } });
  expect(await pastOf(annAgain.decision)).toMatchObject({ value: { round: 1, items: [ann.item] } });
  const { decision } = await heed.decide('plain', { context: {}, candidates });
  expect((await heed.decisions.get(decision)).decision.context).toHaveLength(1);
});

test('rounds go on beyond what is looked back to; a dry run is no round', async () => {
  for (let round = 0; round < 6; round += 1) {
    await day('topics', 'eve', () => false);
    await heed.decide('topics', { subject: 'eve', context: {}, candidates, dryRun: true });
  }
  const { decision } = await day('topics', 'eve', () => false);
  const past = (await heed.decisions.get(decision)).decision.context.find(({ name }) => name === 'past');
  expect(past).toMatchObject({ value: { round: 6 } });
  expect((past as { value: { items: string[] } }).value.items).toHaveLength(3);
});

test('learns a topic that needs a pause, and each decision is replayed and explained by what it saw', async () => {
  // The quiz is liked after three days without it, the tip never twice in a row.
  const days: string[] = [];
  const liked = (item: string): boolean =>
    item === 'quiz' ? !days.slice(0, 3).includes('quiz') : item === 'tip' && days[0] !== 'tip' && days.length % 2 === 0;
  let last = { decision: '', item: '', probability: null as number | null };
  for (let training = 0; training < 12; training += 1) {
    for (let each = 0; each < 8; each += 1) {
      last = await day('topics', 'cid', liked);
      days.unshift(last.item);
    }
    await train('topics');
  }
  const late = days.slice(0, 16);
  const pleased = late.filter((item, at) => item === 'quiz' && !days.slice(at + 1, at + 4).includes('quiz'));
  expect(pleased.length).toBeGreaterThanOrEqual(3);
  expect(late.filter((item) => item === 'quiz').length).toBe(pleased.length);
  expect(last.probability).toBe(1);
  expect((await heed.decisions.replay(last.decision)).matches).toBe(true);
  const [explained] = await heed.decisions.explain(last.decision);
  expect(explained).toMatchObject({ item: last.item, probability: 1 });
});

test('through the loop, choices follow the probabilities that are reported', async () => {
  // Expected and observed counts of each item, over decisions whose distributions differ.
  const [expected, variance, observed] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  const add = (to: Map<string, number>, item: string, value: number): void => {
    to.set(item, (to.get(item) ?? 0) + value);
  };
  const total = 120;
  for (let round = 0; round < total; round += 1) {
    const { item, decision, probability } = await day('mixed', 'dan', (each) => each === 'tip');
    const explained = await heed.decisions.explain(decision, { item: 'tip' });
    const share = explained[0]?.probability ?? NaN;
    add(expected, 'tip', share);
    add(variance, 'tip', share * (1 - share));
    add(observed, 'tip', item === 'tip' ? 1 : 0);
    // What is scheduled has all but two tenths.
    expect([0.1, 0.8]).toContain(Math.round((probability ?? NaN) * 1e9) / 1e9);
    if (round % 30 === 29) await train('mixed');
  }
  const distance = (observed.get('tip') ?? NaN) - (expected.get('tip') ?? NaN);
  expect(chiSquareTail(distance ** 2 / (variance.get('tip') ?? NaN), 1)).toBeGreaterThan(1e-4);
});
