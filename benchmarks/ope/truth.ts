import { parseArgs } from 'node:util';
import { intervalMethods } from '../../packages/heed/src/evaluation/index.ts';
import { measureTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';
import type { EstimatorTruth, WorldTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';
import { slateWorlds } from '../../packages/heed/src/evaluation/testing/slate-worlds.ts';
import { unseenWorlds, worlds } from '../../packages/heed/src/evaluation/testing/worlds.ts';
import type { World } from '../../packages/heed/src/evaluation/testing/worlds.ts';

/** Bias, coverage, width and verdicts over many logs of worlds in which the value of the policy is known, as a table. */
const { values } = parseArgs({
  options: {
    replications: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'truth' },
    /** Of the bootstrap. */
    resamples: { type: 'string', default: '200' },
    /** `unseen`: worlds that no limit was chosen on. `known`: those that they were chosen on. `slates`. */
    worlds: { type: 'string', default: 'unseen' },
    /** Only worlds whose name has this in it. */
    only: { type: 'string', default: '' },
  },
});
const replications = Number(values.replications);
type Judged = Pick<World, 'name' | 'broken' | 'unbiased'>;
const faults: string[] = [];
let [judged, wrong] = [0, 0];
const percent = (share: number): string => (100 * share).toFixed(1);

console.log(
  `| world | weights to | estimator | mean error (s.e.) | ${intervalMethods.map((method) => `${method}: covers, width, doubted`).join(' | ')} |`,
);
console.log(`| --- | --- | --- | --- | ${intervalMethods.map(() => '---').join(' | ')} |`);
const settings = { replications, seed: values.seed, resamples: Number(values.resamples) };
const chosen = { known: worlds, unseen: unseenWorlds, slates: [] }[values.worlds] ?? [];
for (const world of chosen) if (world.name.includes(values.only)) tell(world, measureTruth(world, settings));
for (const world of values.worlds === 'slates' ? slateWorlds : []) tell(world, measureTruth(world, settings));
console.log(`\n${judged - wrong} of ${judged} demands are met.`);
for (const fault of faults) console.log(`- ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function tell(world: Judged, { estimators, largestWeight }: WorldTruth): void {
  for (const [name, truth] of Object.entries(estimators)) {
    if (name === 'replay') continue;
    const { meanError, biasZ, methods } = truth;
    const cells = intervalMethods.map((method) => {
      const { made, coverage, width, doubted } = methods[method];
      if (made === 0) return '–';
      return `${percent(coverage)}, ${width.toFixed(2)}, ${percent(doubted)}`;
    });
    console.log(
      `| ${world.name} | ${largestWeight.toPrecision(3)} | ${name} | ${meanError.toFixed(5)} (${biasZ.toFixed(1)}) | ${cells.join(' | ')} |`,
    );
    judge(world, name, truth, largestWeight);
  }
}

/** Holds the numbers against what an estimate must show. */
function judge(world: Judged, name: string, { biasZ, methods }: EstimatorTruth, largestWeight: number): void {
  const demand = (met: boolean, what: string): void => {
    judged += 1;
    if (met) return;
    wrong += 1;
    faults.push(`${world.name}: ${name} ${what}`);
  };
  const unbiased = (world.unbiased as readonly string[]).includes(name);
  if (unbiased) demand(Math.abs(biasZ) <= 3, `is off by ${biasZ.toFixed(1)} standard errors`);
  for (const method of intervalMethods) {
    const { made, coverage, doubted } = methods[method];
    if (made === 0) continue;
    const exact = method === 'bernstein' || method === 'sequence';
    const told = `${method} covers ${percent(coverage)} % and is doubted in ${percent(doubted)} %`;
    if (exact && !world.broken) demand(coverage >= 0.95, `${told}: it must cover 95 %`);
    if (!exact && unbiased && largestWeight <= 20.01)
      demand(coverage >= 0.925 && coverage <= 0.975, `${told}: it must cover 92.5 to 97.5 %`);
    if (coverage < (exact ? 0.95 : 0.925)) demand(doubted >= 0.9, `${told}: it must be doubted in 90 %`);
    else if (!world.broken && (exact || coverage <= 0.975))
      demand(doubted <= 0.05, `${told}: it must be doubted in 5 % at most`);
  }
}
