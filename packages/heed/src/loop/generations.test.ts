import { afterEach, expect, test } from 'vitest';
import { createRandom } from '../math/index.ts';
import { openReleases } from './testing-generations.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test('each artifact that came into service is a generation; the one that earns less is degraded, the one after it is not', async () => {
  const { heed, generation } = await openReleases(closers);
  const artifacts: (string | null)[] = [];
  for (const good of [0.9, 0.1, 0.9]) artifacts.push(await generation(good, 500));
  const { loop, generations, oscillation } = await heed.generations('page', { last: 3 });
  expect(loop).toBe('page');
  expect(generations.map(({ artifact, degraded }) => [artifact, degraded])).toEqual([
    [artifacts[0], false],
    [artifacts[1], true],
    [artifacts[2], false],
  ]);
  const [first, second] = generations;
  // Eight in ten like the good page, three in ten the other one: 0.75 and 0.35.
  expect(first).toMatchObject({ decisions: 500, rewards: 500, difference: null, shaped: 200 });
  expect(Math.abs((first?.reward ?? 0) - 0.75)).toBeLessThan(0.08);
  expect(Math.abs((second?.difference?.value ?? 0) + 0.4)).toBeLessThan(0.12);
  expect(second?.difference).toMatchObject({ to: artifacts[0], level: 0.998 });
  expect(first?.explorationRate).toBeCloseTo(0.1, 10);
  expect(first?.otherProbability).toBeCloseTo(0.1, 10);
  expect(first?.entropy).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 10);
  expect(first?.zeroShare).toBeCloseTo(1 - (first?.reward ?? 0), 12);
  expect(oscillation).toMatchObject({ generations: 3, autocorrelation: null });
  expect((await heed.generations('page', { last: 1 })).generations).toHaveLength(1);
  expect((await heed.generations('page')).generations).toHaveLength(4);
});

test('a reward counts once its window is over: one that comes early is not like the others', async () => {
  const { heed, clock, candidates } = await openReleases(closers);
  const made = await heed.decideBatch(
    'page',
    ['a', 'b'].map((subject) => ({ context: {}, candidates, subject })),
  );
  await heed.feedback([{ loop: 'page', decision: made[0]?.decision ?? '', name: 'thumb' }]);
  await heed.derive();
  const now = async () => (await heed.generations('page')).generations.at(-1);
  expect(await now()).toMatchObject({ decisions: 2, rewards: 0, reward: null });
  clock.advance(61_000);
  await heed.derive();
  expect(await now()).toMatchObject({ decisions: 2, rewards: 2, reward: 0.5 });
});

test('an artifact that serves again after a rollback is one generation, and what is not asked rightly is refused', async () => {
  const { heed, generation, show } = await openReleases(closers);
  const first = await generation(0.9, 40);
  const second = await generation(0.5, 40);
  await heed.artifacts.rollback('page', { by: 'ann', why: 'it was better' });
  await show(30, createRandom('after the rollback'));
  const { generations } = await heed.generations('page', { last: 2 });
  expect(generations.map(({ artifact, decisions }) => [artifact, decisions])).toEqual([
    [first, 70],
    [second, 40],
  ]);
  for (const last of [0, 1.5, 101])
    await expect(heed.generations('page', { last })).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(heed.generations('other')).rejects.toMatchObject({ code: 'not-found' });
});
