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

/** Decides once for each subject, says what was liked, and lets a day pass. */
async function day(
  name: 'topics' | 'mixed',
  subjects: readonly string[],
  liked: (subject: string, item: string) => boolean,
) {
  const replies = await heed.decideBatch(
    name,
    subjects.map((subject) => ({ subject, context: {}, candidates })),
  );
  const made = replies.map(({ decision, chosen: [item = ''], probability }, index) => ({
    subject: subjects[index] ?? '',
    decision,
    item,
    probability,
  }));
  const pleased = made.filter(({ subject, item }) => liked(subject, item));
  await heed.feedback(pleased.map(({ decision }) => ({ loop: name, decision, name: 'liked' })));
  clock.advance(86_400_000);
  return made;
}

async function train(name: 'topics' | 'mixed'): Promise<void> {
  await heed.derive();
  await heed.train(name);
  await heed.settle(name, async () => (await heed.decide(name, { context: {}, candidates, dryRun: true })).artifact);
}

async function pastOf(decision: string | undefined) {
  const { context } = (await heed.decisions.get(decision ?? '')).decision;
  const part = context.find(({ name }) => name === 'past');
  return part?.type === 'json' ? part.value : undefined;
}

const never = (): boolean => false;

test('each subject has rounds and states of its own, kept with the decision; other loops keep nothing', async () => {
  const [ann, bob] = await day('topics', ['ann', 'bob'], never);
  const [again] = await day('topics', ['ann'], never);
  expect(await pastOf(ann?.decision)).toEqual({ round: 0, items: [] });
  expect(await pastOf(bob?.decision)).toEqual({ round: 0, items: [] });
  expect(await pastOf(again?.decision)).toEqual({ round: 1, items: [ann?.item] });
  const { decision } = await heed.decide('plain', { context: {}, candidates });
  expect(await pastOf(decision)).toBeUndefined();
});

test('rounds go on beyond what is looked back to; a dry run is no round', async () => {
  const chosen: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const [made] = await day('topics', ['eve'], never);
    chosen.unshift(made?.item ?? '');
    await heed.decide('topics', { subject: 'eve', context: {}, candidates, dryRun: true });
  }
  const [last] = await day('topics', ['eve'], never);
  expect(await pastOf(last?.decision)).toEqual({ round: 5, items: chosen.slice(0, 3) });
});

test('what was recorded counts as a round as well', async () => {
  await heed.record('topics', { subject: 'fay', context: {}, candidates, action: { type: 'choice', item: 'quiz' } });
  const [made] = await day('topics', ['fay'], never);
  expect(await pastOf(made?.decision)).toEqual({ round: 1, items: ['quiz'] });
});

test('learns a topic that needs a pause; each decision is replayed and explained by what it saw', async () => {
  // The quiz is liked after three days without it, the tip unless there was one the day before.
  const subjects = Array.from({ length: 8 }, (_, index) => `reader ${index}`);
  const days = new Map(subjects.map((subject): [string, string[]] => [subject, []]));
  const liked = (subject: string, item: string): boolean => {
    const past = days.get(subject) ?? [];
    return item === 'quiz' ? !past.slice(0, 3).includes('quiz') : item === 'tip' && past[0] !== 'tip';
  };
  let made: Awaited<ReturnType<typeof day>> = [];
  let late = 0;
  for (let training = 0; training < 6; training += 1) {
    for (let each = 0; each < 4; each += 1) {
      made = await day('topics', subjects, liked);
      if (training >= 4)
        late += made.filter(({ subject, item }) => liked(subject, item)).length / (8 * subjects.length);
      for (const { subject, item } of made) days.get(subject)?.unshift(item);
    }
    await train('topics');
  }
  // A quiz every fourth day and two tips between earn 0.75; tips alone earn 0.5.
  expect(late).toBeGreaterThan(0.6);
  const [first] = made;
  expect(first?.probability).toBe(1);
  expect((await heed.decisions.replay(first?.decision ?? '')).matches).toBe(true);
  const [explained] = await heed.decisions.explain(first?.decision ?? '');
  expect(explained).toMatchObject({ item: first?.item, probability: 1 });
});

test('through the loop, choices follow the probabilities that are reported', async () => {
  const subjects = Array.from({ length: 40 }, (_, index) => `other ${index}`);
  const counts = new Map<number, number>();
  for (let round = 0; round < 8; round += 1) {
    for (const { probability } of await day('mixed', subjects, (_, item) => item === 'tip')) {
      const reported = Number(probability?.toFixed(9));
      counts.set(reported, (counts.get(reported) ?? 0) + 1);
    }
    if (round === 3) await train('mixed');
  }
  // Of three items the planned one has 0.8, the others 0.1 each: so often must they be chosen.
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([0.1, 0.8]);
  const expected = [
    [0.8, 0.8],
    [0.1, 0.2],
  ] as const;
  const total = 8 * subjects.length;
  const statistic = expected.reduce(
    (sum, [reported, share]) => sum + ((counts.get(reported) ?? 0) - share * total) ** 2 / (share * total),
    0,
  );
  expect(chiSquareTail(statistic, 1)).toBeGreaterThan(1e-4);
});
