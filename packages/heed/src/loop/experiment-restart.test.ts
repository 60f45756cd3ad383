import { afterEach, expect, test } from 'vitest';
import { createHeed } from './create.ts';
import { bring, candidates, halves, openPage, pageConfig } from './testing-experiment.ts';
import { bring as bringTo, releaseConfig, scriptedFormat, scriptedLearner } from './testing-release.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const reason = { by: 'ada', why: 'a test' };

test('a restart in the middle changes nobody’s arm, and what was found before counts on', async () => {
  const { heed, clock, options, artifact } = await openPage({ good: 0.9, fault: 'none' }, closers);
  const { id } = await heed.experiments.start(halves(artifact));
  await bring(heed, clock, { from: 0, count: 40 });
  const armOf = async (those: Pick<typeof heed, 'decide' | 'decisions'>, subject: string) => {
    const { decision } = await those.decide('page', { context: {}, candidates, subject });
    return (await those.decisions.get(decision)).decision.experiment?.arm;
  };
  const readers = ['reader 1', 'reader 2', 'reader 3', 'reader 4'];
  const before = [];
  for (const subject of readers) before.push(await armOf(heed, subject));
  const database = await heed.stop();
  closers.push(() => database.drop());
  const again = await createHeed(pageConfig, { ...options, url: database.url });
  closers.push(() => again.close());
  const after = [];
  for (const subject of readers) after.push(await armOf(again, subject));
  expect(after).toEqual(before);
  expect(new Set(after)).toEqual(new Set(['control', 'new']));
  await bring(again, clock, { from: 40, count: 10 });
  expect((await again.experiments.get(id)).report.computedFrom['units']).toBe(50);
}, 120_000);

test('what is declared waits while a release is on its way, and begins when that has ended', async () => {
  const clock = tickingClock();
  const options = {
    clock: clock.now,
    learners: [scriptedLearner({ good: 0.9, fault: 'none' })],
    formats: [scriptedFormat],
  };
  const heed = await openTestHeed(releaseConfig, options);
  await bringTo(heed, clock, { from: 0, count: 100 });
  await heed.train('page');
  expect((await heed.releases.advance('page'))?.step).toBe('apprentice');
  const database = await heed.stop();
  closers.push(() => database.drop());
  const {
    loop: _loop,
    by: _by,
    why: _why,
    ...experiment
  } = halves('', {
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      { name: 'in-order', policy: { type: 'baseline' } },
    ],
  });
  const told: string[] = [];
  const config = { loops: { page: { ...releaseConfig.loops.page, experiment } } };
  const again = await createHeed(config, { ...options, url: database.url, log: (line) => told.push(line) });
  closers.push(() => again.close());
  expect(told).toEqual([expect.stringMatching(/^what page declares waits: .* is at apprentice/)]);
  clock.advance(1_000);
  await again.releases.reject('page', reason);
  const stop = new AbortController();
  const working = again.work({ signal: stop.signal, intervalMs: 20 });
  for (let tries = 0; tries < 1_000 && (await again.experiments.list()).rows.length === 0; tries += 1) {
    clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await working;
  expect(told).toHaveLength(1);
  expect((await again.experiments.list()).rows).toMatchObject([{ name: 'good-page', by: 'configuration' }]);
}, 120_000);
