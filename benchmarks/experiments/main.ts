import {
  checkSampleRatio,
  createComparison,
  sampleRatioAlpha,
  unitsNeeded,
} from '../../packages/heed/src/evaluation/experiment/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { printResult, readOptions } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
/** A/A tests, each looked at after every unit. */
const tests = options.quick ? 100 : 2_000;
const looks = options.quick ? 20_000 : 100_000;
const base = 0.1;
const critical = 1.959963984540054;

interface Watched {
  /** Units after which 0 was left out for the first time; `null`: never. */
  readonly crossedAt: number | null;
  /** The same of the z-test for proportions, repeated at every unit from the hundredth on. */
  readonly naiveAt: number | null;
  /** Whether the z-test finds a difference at the end, looked at then alone. */
  readonly fixed: boolean;
}

/** Two arms of coins, treated ones with `lift` more heads. */
function watch(seed: string, units: number, lift: number): Watched {
  const { uniform } = createRandom(seed);
  const comparison = createComparison({ share: 0.5 });
  const [count, heads] = [
    [0, 0],
    [0, 0],
  ] as [[number, number], [number, number]];
  let crossedAt: number | null = null;
  let naiveAt: number | null = null;
  let z = 0;
  for (let unit = 1; unit <= units; unit += 1) {
    const arm = uniform() < 0.5 ? 1 : 0;
    const outcome = uniform() < base + arm * lift ? 1 : 0;
    comparison.observe({ treated: arm === 1, outcome });
    count[arm] += 1;
    heads[arm] += outcome;
    if (crossedAt === null) {
      const { lower, upper } = comparison.result();
      if (lower > 0 || upper < 0) crossedAt = unit;
    }
    const pooled = (heads[0] + heads[1]) / unit;
    z = (heads[1] / count[1] - heads[0] / count[0]) / Math.sqrt(pooled * (1 - pooled) * (1 / count[0] + 1 / count[1]));
    if (naiveAt === null && unit >= 100 && Math.abs(z) > critical) naiveAt = unit;
  }
  return { crossedAt, naiveAt, fixed: Math.abs(z) > critical };
}

function share(watched: readonly Watched[], holds: (one: Watched) => boolean): number {
  return watched.filter(holds).length / watched.length;
}

const same = Array.from({ length: tests }, (_, run) => watch(`A/A ${run}`, looks, 0));

const lift = 0.02;
const needed = unitsNeeded({ effect: lift, deviation: Math.sqrt(base * (1 - base)) });
const powerRuns = options.quick ? 100 : 1_000;
const lifted = Array.from({ length: powerRuns }, (_, run) => watch(`A/B ${run}`, needed.watched, lift));
const atFixed = Array.from({ length: powerRuns }, (_, run) => watch(`A/B fixed ${run}`, needed.fixed, lift));
const stops = lifted.flatMap(({ crossedAt }) => crossedAt ?? needed.watched);

const ratioRuns = options.quick ? 5 : 50;
let found = 0;
for (let run = 0; run < ratioRuns; run += 1) {
  const { uniform } = createRandom(`ratio ${run}`);
  let first = 0;
  for (let unit = 0; unit < 1_000_000; unit += 1) if (uniform() < 0.505) first += 1;
  if (checkSampleRatio([first, 1_000_000 - first], [1, 1]).pValue < sampleRatioAlpha) found += 1;
}

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
      '50.5 to 49.5 of a million found': found / ratioRuns,
    },
    ratios: {},
    peers: {},
    skipped: {},
  },
  options,
);
