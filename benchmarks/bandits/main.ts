import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextualBandit, linUcb } from '../../packages/heed/src/learner/index.ts';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { directContextualBandit, directLinUcb } from './direct.ts';
import { readSets, shuffled, writeForPeers } from './sets.ts';
import type { BanditSet } from './sets.ts';
import { mabwiserAlphas, ourDefault, ourSettings, vowpalDefault, vowpalSettings } from './settings.ts';
import { loopFor, simulate } from './simulate.ts';

const options = readOptions(process.argv.slice(2));
const { seeds, most, alphas } = options.quick
  ? { seeds: 1, most: 400, alphas: [0.5] }
  : { seeds: 5, most: Infinity, alphas: mabwiserAlphas };

/** Setting → the loss of each seed. */
type Losses = Map<string, number[]>;

const figures: Record<string, number | Record<string, number>> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
/** Decisions per second of every set and seed, by who decides. */
const speeds = new Map<string, number[]>();

const peer = findPeerPython('Vowpal Wabbit, MABWiser, and River for its sets, about 700 MB on disk', 'bandits');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-bandits-'));
try {
  // Without the peers there are no sets either: scikit-learn and River carry them.
  if ('skipped' in peer) skipped['vowpalwabbit, mabwiser'] = peer.skipped;
  else for (const set of readSets(peer.python)) compareOn(set, peer.python);
  summarise();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'bandits', figures, ratios, peers, skipped }, options);

function compareOn(whole: BanditSet, python: string): void {
  const [ours, vowpal, mabwiser]: [Losses, Losses, Losses] = [new Map(), new Map(), new Map()];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const set = shuffled(whole, String(seed), most);
    writeForPeers(set, folder);
    // Turn by turn, so that what else the machine does meets all alike.
    for (const [name, make] of Object.entries(ourSettings))
      add(ours, name, simulate(set, make(set), `heed ${seed}`).loss);
    timeDirectly(set, seed);
    const theirs = runPeer(python, 'bandits.py', [
      'vowpal',
      folder,
      String(set.actions),
      JSON.stringify(vowpalSettings),
    ]);
    for (const setting of vowpalSettings) add(vowpal, setting, Number(theirs[`loss ${setting}`]));
    add(speeds, 'vowpalwabbit', set.rows / Number(theirs[`seconds ${vowpalDefault}`]));
    const sizes = [set.rows, set.width, set.actions].map(String);
    const others = runPeer(python, 'bandits.py', ['mabwiser', folder, ...sizes, JSON.stringify(alphas)]);
    for (const alpha of alphas) {
      add(mabwiser, `α ${alpha}`, Number(others[`loss ${alpha}`]));
      add(speeds, 'mabwiser', set.rows / Number(others[`seconds ${alpha}`]));
    }
    peers['vowpalwabbit'] = String(theirs['version']);
    peers['mabwiser'] = String(others['version']);
    rmSync(join(folder, 'rows.cache'));
  }
  const best = { ours: bestOf(ours), vowpal: bestOf(vowpal), mabwiser: bestOf(mabwiser) };
  const bar = Math.min(best.vowpal.loss, best.mabwiser.loss);
  const own = mean(ours.get(ourDefault) ?? []);
  figures[whole.name] = {
    heedDefault: own,
    heedBest: best.ours.loss,
    vowpalWabbit: best.vowpal.loss,
    mabwiserLinUcb: best.mabwiser.loss,
    heedBestError: best.ours.error,
  };
  ratios[`regret, ${whole.name}`] = bar / best.ours.loss;
  ratios[`regretOfDefault, ${whole.name}`] = bar / own;
  console.log(
    `${whole.name}: ours ${best.ours.name}; Vowpal Wabbit ${best.vowpal.name}; MABWiser ${best.mabwiser.name}`,
  );
  for (const losses of [ours, vowpal, mabwiser])
    for (const [name, values] of losses) console.log(`  ${name.padEnd(56)} ${mean(values).toFixed(4)}`);
}

/** Decisions per second of what peers are timed by, without artifacts; it must act as with them. */
function timeDirectly(set: BanditSet, seed: number): void {
  const direct = {
    [ourDefault]: directContextualBandit(loopFor(set, contextualBandit())),
    LinUCB: directLinUcb(loopFor(set, linUcb())),
  };
  for (const [name, bandit] of Object.entries(direct)) {
    const { seconds, actions } = simulate(set, bandit, `heed ${seed}`);
    add(speeds, `heed ${name}`, set.rows / seconds);
    const start = { ...set, rows: Math.min(200, set.rows) };
    const same = ourSettings[name]?.(start);
    if (same === undefined) continue;
    const expected = simulate(start, same, `heed ${seed}`).actions;
    if (expected.some((action, row) => action !== actions[row]))
      throw new Error(`cannot time ${name}, as it must act as it does through artifacts: on ${set.name} it does not`);
  }
}

function summarise(): void {
  const regrets = (prefix: string): number[] =>
    Object.entries(ratios).flatMap(([name, value]) => (name.startsWith(`${prefix}, `) ? [value] : []));
  for (const name of ['regret', 'regretOfDefault']) {
    const values = regrets(name);
    if (values.length === 0) return;
    figures[`setsWithin2Percent, ${name}`] = values.filter((value) => value >= 0.98).length;
    ratios[name] = Math.exp(mean(values.map(Math.log)));
  }
  for (const [name, values] of speeds) figures[`decisionsPerSecond, ${name}`] = median(values);
  ratios['speed beside Vowpal Wabbit'] = speedOf(`heed ${ourDefault}`) / speedOf('vowpalwabbit');
  ratios['speed of LinUCB beside MABWiser'] = speedOf('heed LinUCB') / speedOf('mabwiser');
}

function speedOf(name: string): number {
  return median(speeds.get(name) ?? []);
}

function bestOf(losses: Losses): { name: string; loss: number; error: number } {
  const [best] = [...losses].toSorted(([, a], [, b]) => mean(a) - mean(b));
  const [name, values] = best ?? ['', []];
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1);
  return { name, loss: middle, error: Math.sqrt(variance / Math.max(1, values.length)) };
}

function add(to: Map<string, number[]>, name: string, value: number): void {
  to.set(name, [...(to.get(name) ?? []), value]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
