import { fileURLToPath } from 'node:url';
import {
  checkSampleRatio,
  sampleRatioAlpha,
  unitsNeeded,
} from '../../packages/heed/src/evaluation/experiment/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { printResult, readOptions } from '../harness.ts';
import { createResumable } from './resumable.ts';
import { base, watch } from './watch.ts';
import type { Watched } from './watch.ts';

const options = readOptions(process.argv.slice(2));
/** A/A tests, each looked at after every unit. */
const tests = options.quick ? 60 : 2_000;
const looks = options.quick ? 20_000 : 100_000;
const powerRuns = options.quick ? 60 : 1_000;
const ratioRuns = options.quick ? 5 : 50;
const lift = 0.02;
const needed = unitsNeeded({ effect: lift, deviation: Math.sqrt(base * (1 - base)) });

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const heed = '../../packages/heed/src';
const runs = createResumable({
  name: options.quick ? 'experiments-quick' : 'experiments',
  sources: [
    source('./watch.ts'),
    source('./main.ts'),
    source(`${heed}/evaluation/experiment/comparison.ts`),
    source(`${heed}/evaluation/experiment/sample-ratio.ts`),
    source(`${heed}/math/bounded-mixture.ts`),
  ],
  settings: { tests, looks, powerRuns, ratioRuns, needed },
});

function share(watched: readonly Watched[], holds: (one: Watched) => boolean): number {
  return watched.filter(holds).length / watched.length;
}

/** Whether the check finds a coin of 50.5 to 49.5 among a million units. */
function findsUneven(seed: string, first: number): boolean {
  const { uniform } = createRandom(seed);
  let count = 0;
  for (let unit = 0; unit < 1_000_000; unit += 1) if (uniform() < first) count += 1;
  return checkSampleRatio([count, 1_000_000 - count], [1, 1]).pValue < sampleRatioAlpha;
}

const uneven = runs.each('50.5 to 49.5', ratioRuns, (run) => findsUneven(`ratio ${run}`, 0.505));
const even = runs.each('50 to 50', ratioRuns, (run) => findsUneven(`even ${run}`, 0.5));
const atFixed = runs.each('A/B at fixed size', powerRuns, (run) => watch(`A/B fixed ${run}`, needed.fixed, lift));
const lifted = runs.each('A/B', powerRuns, (run) => watch(`A/B ${run}`, needed.watched, lift));
const same = runs.each('A/A', tests, (run) => watch(`A/A ${run}`, looks, 0));
const stops = lifted.map(({ crossedAt }) => crossedAt ?? needed.watched);

printResult(
  {
    name: 'experiments',
    figures: {
      'A/A tests': tests,
      'A/A looks each': looks,
      'A/A rejections': same.filter(({ crossedAt }) => crossedAt !== null).length,
      'A/A rejected, watched': share(same, ({ crossedAt }) => crossedAt !== null),
      'A/A rejected, z-test repeated': share(same, ({ naiveAt }) => naiveAt !== null),
      'A/A rejected, z-test once': share(same, ({ fixed }) => fixed),
      'units for 80 % power, z-test once': needed.fixed,
      'units for 80 % power, watched': needed.watched,
      'power there, z-test once': share(atFixed, ({ fixed }) => fixed),
      'power with as many, watched': share(atFixed, ({ crossedAt }) => crossedAt !== null),
      'power with its own units, watched': share(lifted, ({ crossedAt }) => crossedAt !== null),
      'mean units until found, watched': stops.reduce((sum, stop) => sum + stop, 0) / stops.length,
      '50.5 to 49.5 of a million found': uneven.filter(Boolean).length / ratioRuns,
      '50 to 50 of a million suspected': even.filter(Boolean).length / ratioRuns,
    },
    ratios: {},
    peers: {},
    skipped: {},
  },
  options,
);
runs.done();
