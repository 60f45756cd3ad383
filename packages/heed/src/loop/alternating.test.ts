import { afterAll, beforeAll, expect, test } from 'vitest';
import { ar2, contextualBandit, lastSwitch, lowSwitching } from '../learner/index.ts';
import { chiSquareTail } from '../math/index.ts';
import { epsilonGreedy } from '../policy/index.ts';
import { defineHeed } from './define.ts';
import { points, pointLoop, worthOf } from './testing-held.ts';
import { openTestHeed } from './testing.ts';
import type { TestHeed } from './testing.ts';

const learner = ar2({ memory: 0.5, noise: 0.1 });
const config = defineHeed({
  loops: {
    turns: { ...pointLoop(learner), leastProbability: 0 },
    mixed: { ...pointLoop(learner), leastProbability: 0.1 },
    calm: {
      ...pointLoop(lowSwitching(contextualBandit(), { switches: 1, horizon: 8 })),
      exploration: epsilonGreedy({ epsilon: 0.6 }),
      leastProbability: 0,
    },
    rested: {
      ...pointLoop(lowSwitching(lastSwitch({ tauMax: 2, phiMax: 1, samples: 1 }), { switches: 1, horizon: 8 })),
    },
  },
});
type LoopName = keyof (typeof config)['loops'];

let heed: TestHeed<typeof config>;
let seeds = 0;

beforeAll(async () => {
  heed = await openTestHeed(config, { newSeed: () => `seed ${(seeds += 1)}` });
}, 120_000);
afterAll(() => heed.close());

/** So many decisions, one after the other, and what they were worth. */
async function play(name: LoopName, count: number): Promise<{ decision: string; item: string }[]> {
  const made: { decision: string; item: string }[] = [];
  for (let round = 0; round < count; round += 1) {
    const { decision, chosen } = await heed.decide(name, { context: {}, candidates: points });
    const [item = ''] = chosen;
    made.push({ decision, item });
    await heed.feedback([{ loop: name, decision, name: 'worth', value: worthOf[item] ?? 0 }]);
  }
  return made;
}

async function train(name: LoopName): Promise<void> {
  await heed.derive();
  await heed.train(name);
}

/** Decisions that are not kept, against the probabilities that they tell, which sum to 1: the p of χ² over the items. */
async function tailOf(name: LoopName, count: number): Promise<number> {
  const drawn = await heed.decideBatch(
    name,
    Array.from({ length: count }, () => ({ context: {}, candidates: points, dryRun: true })),
  );
  const told = new Map(drawn.map(({ chosen: [item = ''], probability }) => [item, probability ?? NaN]));
  for (const { chosen, probability } of drawn) expect(probability).toBe(told.get(chosen[0] ?? ''));
  expect([...told.values()].reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
  const statistic = [...told].reduce((sum, [item, probability]) => {
    const expected = count * probability;
    return sum + (drawn.filter(({ chosen }) => chosen[0] === item).length - expected) ** 2 / expected;
  }, 0);
  return chiSquareTail(statistic, told.size - 1);
}

test('one artifact of AR2 plays every item once, then the best in turns with the others; each is replayed', async () => {
  const first = await play('turns', 3);
  expect(first.map(({ item }) => item)).toEqual(['a', 'b', 'c']);
  await train('turns');
  const next = await play('turns', 6);
  // b is the best; in rounds 3 and 5 the others are looked at, each once, as the decisions before tell.
  expect(next.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'b', 'b', 'b']);
  for (const { decision } of next) expect((await heed.decisions.replay(decision)).matches).toBe(true);
});

test.each(['mixed', 'calm'] as const)(
  'what %s draws is distributed as it tells, before and after a training',
  async (name) => {
    expect(await tailOf(name, 600)).toBeGreaterThan(1e-4);
    await play(name, 5);
    await train(name);
    expect(await tailOf(name, 600)).toBeGreaterThan(1e-4);
  },
);

test('a learner that looks back does so inside low-switching as well', async () => {
  const made = await play('rested', 3);
  const { context } = (await heed.decisions.get(made[2]?.decision ?? '')).decision;
  const part = context.find(({ name }) => name === 'past');
  expect(part).toMatchObject({ value: { round: 2, items: [made[1]?.item, made[0]?.item] } });
});
