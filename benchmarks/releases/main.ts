import { simulateRelease, releaseKinds } from '../../packages/heed/src/evaluation/release/testing.ts';
import type { Gates } from '../../packages/heed/src/spec/index.ts';
import { printResult, readOptions } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
/** Simulated releases of each kind. */
const runs = options.quick ? 20 : 200;
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

const figures: Record<string, number> = { releasesOfEachKind: runs };
for (const kind of releaseKinds) {
  const ended = Array.from({ length: runs }, (_, run) => simulateRelease(kind, `bench ${run}`, { gates, ...settings }));
  const share = (outcome: string): number => ended.filter((release) => release.outcome === outcome).length / runs;
  const served = ended.map((release) => release.served).toSorted((a, b) => a - b);
  figures[`${kind}: rolled back`] = share('rolledBack');
  figures[`${kind}: full`] = share('full');
  figures[`${kind}: undecided`] = share('undecided');
  figures[`${kind}: median subjects served in the canary`] = served[Math.floor(runs / 2)] ?? NaN;
  figures[`${kind}: mean rewards lost in the canary`] = ended.reduce((sum, { harm }) => sum + harm, 0) / runs;
}
printResult({ name: 'releases', figures, ratios: {}, peers: {}, skipped: {} }, options);
