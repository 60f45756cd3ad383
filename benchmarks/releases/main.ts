import { fileURLToPath } from 'node:url';
import { releaseKinds, simulateRelease } from '../../packages/heed/src/evaluation/release/testing.ts';
import { releaseThroughKills } from '../../packages/heed/src/loop/testing-release-killed.ts';
import type { Gates } from '../../packages/heed/src/spec/index.ts';
import { createTestDatabase } from '../../packages/heed/src/store/testing.ts';
import { createResumable } from '../experiments/resumable.ts';
import { printResult, readOptions } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
/** Simulated releases of each kind. */
const releases = options.quick ? 20 : 200;
/** Releases in a running loop whose worker is killed in each stage. */
const killed = options.quick ? 1 : 5;
const settings = { most: 2_000_000, every: 500 } as const;
const gates: Gates = {
  apprentice: { decisions: 200 },
  shadow: { decisions: 200 },
  canary: { share: 0.1, leastSubjects: 1_000, outcomeSeconds: 60 },
  tolerance: 0.01,
  alpha: 0.05,
  guardrails: [],
  patienceSeconds: 30 * 86_400,
};

const heed = '../../packages/heed/src';
const sources = ['testing', 'canary', 'gates', 'log-score', 'sound']
  .map((file) => `${heed}/evaluation/release/${file}.ts`)
  .concat(`${heed}/evaluation/experiment/comparison.ts`, `${heed}/math/bounded-mixture.ts`)
  .map((path) => fileURLToPath(new URL(path, import.meta.url)));
const name = options.quick ? 'releases-quick' : 'releases';
const runs = createResumable({ name, sources, settings: { releases, gates, ...settings } });

const figures: Record<string, number> = { releasesOfEachKind: releases };
for (const kind of releaseKinds) {
  const ended = runs.each(kind, releases, (run) => simulateRelease(kind, `bench ${run}`, { gates, ...settings }));
  const share = (outcome: string): number => ended.filter((release) => release.outcome === outcome).length / releases;
  const served = ended.map((release) => release.served).toSorted((a, b) => a - b);
  const canaries = ended.filter(({ stage }) => stage === 'canary').length;
  figures[`${kind}: rolled back`] = share('rolledBack');
  figures[`${kind}: full`] = share('full');
  figures[`${kind}: undecided`] = share('undecided');
  figures[`${kind}: ended in the canary`] = canaries / releases;
  figures[`${kind}: median subjects served in the canary`] = served[Math.floor(releases / 2)] ?? NaN;
  figures[`${kind}: most subjects served in the canary`] = served.at(-1) ?? NaN;
  figures[`${kind}: mean rewards lost in the canary`] = ended.reduce((sum, { harm }) => sum + harm, 0) / releases;
}

const throughKills = await runs.eachLater('killed', killed, async (run) => {
  const database = await createTestDatabase();
  try {
    return await releaseThroughKills(database.url, `bench ${run}`);
  } finally {
    await database.drop();
  }
});
const whole = throughKills.filter(
  ({ steps, killedIn, serves }) =>
    serves && killedIn.join() === 'apprentice,shadow,canary' && steps.join() === `${killedIn.join()},full`,
);
figures['releases with a worker killed in each stage'] = killed;
figures['of these, went on to the end, each step once'] = whole.length;
printResult({ name: 'releases', figures, ratios: {}, peers: {}, skipped: {} }, options);
runs.done();
