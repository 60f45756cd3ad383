import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { readSets, shuffled, writeForPeers } from './sets.ts';
import type { BanditSet } from './sets.ts';
import { mabwiserAlphas, ourDefault, ourLinUcb, ourSettings, vowpalDefault, vowpalSettings } from './settings.ts';
import { simulate } from './simulate.ts';

const asked = process.argv.slice(2);
/** Whether the sets are those on which defaults are chosen, and not those that judge them. */
const development = asked.includes('--development');
const options = readOptions(asked.filter((each) => each !== '--development'));
const { seeds, most } = options.quick ? { seeds: 1, most: 400 } : { seeds: 3, most: 2_000 };
const alphas = options.quick ? mabwiserAlphas.slice(-1) : mabwiserAlphas;
/** Rows on which a bandit without artifacts is held against the same with them. */
const checkedRows = 100;

/** Setting → the loss of each seed. */
type Losses = Map<string, number[]>;
interface Found {
  readonly ours: Losses;
  readonly vowpal: Losses;
  readonly mabwiser: Losses;
}

const figures: Record<string, number | Record<string, number>> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
/** Decisions per second of every set and seed, by who decides. */
const speeds = new Map<string, number[]>();

const peer = findPeerPython('Vowpal Wabbit, MABWiser, and River for its sets, about 510 MB on disk', 'bandits');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-bandits-'));
try {
  // Without the peers there are no sets either: scikit-learn and River carry them.
  if ('skipped' in peer) skipped['vowpalwabbit, mabwiser'] = peer.skipped;
  else compare(readSets(peer.python, development ? 'development' : 'judged'), peer.python);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'bandits', figures, ratios, peers, skipped }, options);

function compare(sets: readonly BanditSet[], python: string): void {
  const all = new Map<string, Found>(
    sets.map(({ name }) => [name, { ours: new Map(), vowpal: new Map(), mabwiser: new Map() }]),
  );
  for (let seed = 1; seed <= seeds; seed += 1) {
    const shuffledSets = sets.map((set) => shuffled(set, String(seed), most));
    // Turn by turn, so that what else the machine does meets all alike.
    for (const [index, set] of shuffledSets.entries()) {
      const into = folderOf(set);
      mkdirSync(into, { recursive: true });
      writeForPeers(set, into);
      runOurs(set, seed, all.get(set.name)?.ours);
      runVowpal(set, python, all.get(set.name)?.vowpal);
      runMabwiser(set, python, all.get(set.name)?.mabwiser);
      // Beside the result, which may be read by a program.
      console.error(`seed ${seed} of ${seeds}, set ${index + 1} of ${sets.length}: ${set.name}`);
    }
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [name, found] of all) report(name, found);
  summarise();
}

function runOurs(set: BanditSet, seed: number, losses: Losses | undefined): void {
  for (const [name, { make, through }] of Object.entries(ourSettings)) {
    const { loss, seconds, actions } = simulate(set, make(set), `heed ${seed}`);
    add(losses, name, loss);
    add(speeds, `heed ${name}`, set.rows / seconds);
    if (through === undefined || seed > 1) continue;
    const start = { ...set, rows: Math.min(checkedRows, set.rows) };
    if (simulate(start, through(start), `heed ${seed}`).actions.some((action, row) => action !== actions[row]))
      throw new Error(
        `cannot measure ${name}, as it must act as it does through artifacts: on ${set.name} it does not`,
      );
  }
}

function runVowpal(set: BanditSet, python: string, losses: Losses | undefined): void {
  const parameters = ['vowpal', folderOf(set), String(set.actions), JSON.stringify(vowpalSettings)];
  const theirs = runPeer(python, 'bandits.py', parameters);
  peers['vowpalwabbit'] = String(theirs['version']);
  for (const setting of vowpalSettings) add(losses, setting, Number(theirs[`loss ${setting}`]));
  add(speeds, 'vowpalwabbit', set.rows / Number(theirs[`seconds ${vowpalDefault}`]));
}

function runMabwiser(set: BanditSet, python: string, losses: Losses | undefined): void {
  const own = JSON.stringify([[set.name, folderOf(set), set.rows, set.width, set.actions]]);
  const theirs = runPeer(python, 'bandits.py', ['mabwiser', own, JSON.stringify(alphas)]);
  peers['mabwiser'] = String(theirs['version']);
  for (const alpha of alphas) {
    add(losses, `α ${alpha}`, Number(theirs[`loss ${alpha} ${set.name}`]));
    add(speeds, 'mabwiser', set.rows / Number(theirs[`seconds ${alpha} ${set.name}`]));
  }
}

function report(name: string, { ours, vowpal, mabwiser }: Found): void {
  const best = { ours: bestOf(ours), vowpal: bestOf(vowpal), mabwiser: bestOf(mabwiser) };
  const bar = Math.min(best.vowpal.loss, best.mabwiser.loss);
  const own = bestOf(new Map([...ours].filter(([setting]) => setting === ourDefault)));
  figures[name] = {
    heedDefault: own.loss,
    heedDefaultError: own.error,
    heedBest: best.ours.loss,
    heedBestError: best.ours.error,
    vowpalWabbit: best.vowpal.loss,
    mabwiserLinUcb: best.mabwiser.loss,
  };
  ratios[`regret, ${name}`] = bar / best.ours.loss;
  ratios[`regretOfDefault, ${name}`] = bar / own.loss;
  console.log(`${name}: ours ${best.ours.name}; Vowpal Wabbit ${best.vowpal.name}; MABWiser ${best.mabwiser.name}`);
  for (const losses of [ours, vowpal, mabwiser])
    for (const [setting, values] of losses) console.log(`  ${setting.padEnd(56)} ${mean(values).toFixed(4)}`);
}

function folderOf({ name }: BanditSet): string {
  // Vowpal Wabbit reads its options from one line: a name with a space would be two.
  return join(folder, name.replaceAll(/\W+/g, '-'));
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
  ratios['speed of LinUCB beside MABWiser'] = speedOf(`heed ${ourLinUcb}`) / speedOf('mabwiser');
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

function add(to: Map<string, number[]> | undefined, name: string, value: number): void {
  to?.set(name, [...(to.get(name) ?? []), value]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
