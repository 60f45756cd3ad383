import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { intervalMethods } from '../../packages/heed/src/evaluation/index.ts';
import type { LoggedRounds, LoggedSlates } from '../../packages/heed/src/evaluation/index.ts';
import { freshWorlds } from '../../packages/heed/src/evaluation/testing/fresh-worlds.ts';
import { measureTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';
import type { WorldTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';
import { slateWorlds } from '../../packages/heed/src/evaluation/testing/slate-worlds.ts';
import type { World } from '../../packages/heed/src/evaluation/testing/world-kinds.ts';
import { unseenWorlds, worlds } from '../../packages/heed/src/evaluation/testing/worlds.ts';
import { createJudge } from './judge.ts';
import type { JudgedWorld } from './judge.ts';

/** Bias, coverage, width and verdicts over many logs of worlds in which the value of the policy is known, as a table. */
const { values } = parseArgs({
  options: {
    replications: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'truth' },
    /** Of the bootstrap. */
    resamples: { type: 'string', default: '200' },
    /** `fresh`: worlds that no limit was chosen on. `known`, `unseen`: those that they were chosen on. `slates`. */
    worlds: { type: 'string', default: 'fresh' },
    /** Only worlds whose name has this in it. */
    only: { type: 'string', default: '' },
    /** A file of lines, one a world: those that are in it, by the same settings, are not run again. */
    resume: { type: 'string' },
    /** Only what the demands come to, without the table. */
    brief: { type: 'boolean', default: false },
  },
});
const settings = { replications: Number(values.replications), seed: values.seed, resamples: Number(values.resamples) };
const known = new Map<string, WorldTruth>();
if (values.resume !== undefined && existsSync(values.resume))
  for (const line of readFileSync(values.resume, 'utf8').split('\n').filter(Boolean)) {
    const { key, truth } = JSON.parse(line) as { key: string; truth: WorldTruth };
    known.set(key, truth);
  }
const judge = createJudge();
const percent = (share: number): string => (100 * share).toFixed(1);

if (!values.brief) {
  console.log(`| world | weights to | estimator | mean error (s.e.) | ${intervalMethods.join(' | ')} |`);
  console.log(`| --- | --- | --- | --- | ${intervalMethods.map(() => '---').join(' | ')} |`);
}
const chosen = { known: worlds, unseen: unseenWorlds, fresh: freshWorlds, slates: [] }[values.worlds] ?? [];
for (const world of chosen) if (world.name.includes(values.only)) tell(world, measured(world));
for (const world of values.worlds === 'slates' ? slateWorlds : []) tell(world, measured(world));
console.log(`\n${judge.summary().join('\n')}`);

/** The truth about a world, kept where that is asked for. */
function measured<Rows extends LoggedRounds | LoggedSlates>(world: World<Rows>): WorldTruth {
  const key = JSON.stringify([world.name, settings]);
  const truth = known.get(key) ?? measureTruth(world, settings);
  if (values.resume !== undefined && !known.has(key))
    appendFileSync(values.resume, `${JSON.stringify({ key, truth })}\n`);
  return truth;
}

function tell(world: JudgedWorld, truth: WorldTruth): void {
  for (const [name, estimate] of Object.entries(truth.estimators)) {
    if (name === 'replay') continue;
    judge.add(world, name, estimate, truth.largestWeight);
    if (values.brief) continue;
    const { meanError, biasZ, methods } = estimate;
    const cells = intervalMethods.map((method) => {
      const { made, coverage, width, doubted } = methods[method];
      return made === 0 ? '–' : `${percent(coverage)}, ${width.toFixed(2)}, ${percent(doubted)}`;
    });
    console.log(
      `| ${world.name} | ${truth.largestWeight.toPrecision(3)} | ${name} | ${meanError.toFixed(5)} (${biasZ.toFixed(1)}) | ${cells.join(' | ')} |`,
    );
  }
}
