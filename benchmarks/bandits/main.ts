import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';
import { readSets, shuffled, writeForPeers } from './sets.ts';
import type { BanditSet } from './sets.ts';
import { mabwiserAlphas, ourDefault, ourLinUcb, ourSettings, vowpalDefault, vowpalSettings } from './settings.ts';
import { simulate } from './simulate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { development: { type: 'boolean' }, resume: { type: 'boolean' }, seeds: { type: 'string' } },
});
/** Whether the sets are those on which defaults are chosen, and not those that judge them. */
const family = values['development'] === true ? 'development' : 'judged';
const options = readOptions([
  ...positionals,
  ...['quick', 'json'].filter((name) => values[name] === true).map((name) => `--${name}`),
]);
const size = options.quick ? { seeds: 1, most: 400 } : { seeds: 3, most: 2_000 };
const { most } = size;
const seeds = Number(values['seeds'] ?? size.seeds);
const alphas = options.quick ? mabwiserAlphas.slice(-1) : mabwiserAlphas;
/** Rows on which a bandit without artifacts is held against the same with them. */
const checkedRows = 100;

/** Setting → the loss of each seed. */
type Losses = Record<string, number[]>;
interface Found {
  readonly ours: Losses;
  readonly vowpal: Losses;
  readonly mabwiser: Losses;
}

/** What is known after some sets of some seeds: `--resume` goes on from there, on the same code. */
interface Progress {
  /** Seeds and sets that are done. */
  readonly done: string[];
  readonly found: Record<string, Found>;
  readonly peers: Record<string, string>;
  /** Decisions per second of every set and seed, by who decides. */
  readonly speeds: Record<string, number[]>;
}
const progressFile = join(import.meta.dirname, '..', '..', '.cache', 'bandits', `progress-${family}-${most}.json`);
const progress: Progress =
  values['resume'] === true && existsSync(progressFile)
    ? (JSON.parse(readFileSync(progressFile, 'utf8')) as Progress)
    : { done: [], found: {}, peers: {}, speeds: {} };
const { peers, speeds } = progress;

const figures: Record<string, number | Record<string, number>> = {};
const ratios: Record<string, number> = {};
const skipped: Record<string, string> = {};

const peer = findPeerPython('Vowpal Wabbit, MABWiser, and River for its sets, about 510 MB on disk', 'bandits');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-bandits-'));
try {
  // Without the peers there are no sets either: scikit-learn and River carry them.
  if ('skipped' in peer) skipped['vowpalwabbit, mabwiser'] = peer.skipped;
  else compare(readSets(peer.python, family), peer.python);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'bandits', figures, ratios, peers, skipped }, options);

function compare(sets: readonly BanditSet[], python: string): void {
  for (let seed = 1; seed <= seeds; seed += 1)
    // Turn by turn, so that what else the machine does meets all alike.
    for (const whole of sets) {
      const turn = `seed ${seed}, ${whole.name}`;
      if (progress.done.includes(turn)) continue;
      const set = shuffled(whole, String(seed), most);
      const found = (progress.found[set.name] ??= { ours: {}, vowpal: {}, mabwiser: {} });
      mkdirSync(folderOf(set), { recursive: true });
      writeForPeers(set, folderOf(set));
      runOurs(set, seed, found.ours);
      runVowpal(set, python, found.vowpal);
      runMabwiser(set, python, found.mabwiser);
      rmSync(folderOf(set), { recursive: true });
      progress.done.push(turn);
      writeFileSync(progressFile, JSON.stringify(progress));
      // Beside the result, which may be read by a program.
      console.error(`${progress.done.length} of ${seeds * sets.length}: ${turn}`);
    }
  for (const [name, found] of Object.entries(progress.found)) report(name, found);
  summarise();
}

function runOurs(set: BanditSet, seed: number, losses: Losses): void {
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

function runVowpal(set: BanditSet, python: string, losses: Losses): void {
  const parameters = ['vowpal', folderOf(set), String(set.actions), JSON.stringify(vowpalSettings)];
  const theirs = runPeer(python, 'bandits.py', parameters);
  peers['vowpalwabbit'] = String(theirs['version']);
  for (const setting of vowpalSettings) add(losses, setting, Number(theirs[`loss ${setting}`]));
  add(speeds, 'vowpalwabbit', set.rows / Number(theirs[`seconds ${vowpalDefault}`]));
}

function runMabwiser(set: BanditSet, python: string, losses: Losses): void {
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
  const own = bestOf({ [ourDefault]: ours[ourDefault] ?? [] });
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
    for (const [setting, each] of Object.entries(losses))
      console.log(`  ${setting.padEnd(56)} ${mean(each).toFixed(4)}`);
}

function folderOf({ name }: BanditSet): string {
  // Vowpal Wabbit reads its options from one line: a name with a space would be two.
  return join(folder, name.replaceAll(/\W+/g, '-'));
}

function summarise(): void {
  const regrets = (prefix: string): number[] =>
    Object.entries(ratios).flatMap(([name, value]) => (name.startsWith(`${prefix}, `) ? [value] : []));
  for (const name of ['regret', 'regretOfDefault']) {
    const own = regrets(name);
    if (own.length === 0) return;
    figures[`setsWithin2Percent, ${name}`] = own.filter((value) => value >= 0.98).length;
    ratios[name] = Math.exp(mean(own.map(Math.log)));
  }
  for (const [name, each] of Object.entries(speeds)) figures[`decisionsPerSecond, ${name}`] = median(each);
  ratios['speed beside Vowpal Wabbit'] = speedOf(`heed ${ourDefault}`) / speedOf('vowpalwabbit');
  ratios['speed of LinUCB beside MABWiser'] = speedOf(`heed ${ourLinUcb}`) / speedOf('mabwiser');
}

function speedOf(name: string): number {
  return median(speeds[name] ?? []);
}

function bestOf(losses: Losses): { name: string; loss: number; error: number } {
  const [best] = Object.entries(losses).toSorted(([, a], [, b]) => mean(a) - mean(b));
  const [name, each] = best ?? ['', []];
  const middle = mean(each);
  const variance = each.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, each.length - 1);
  return { name, loss: middle, error: Math.sqrt(variance / Math.max(1, each.length)) };
}

function add(to: Record<string, number[]>, name: string, value: number): void {
  to[name] = [...(to[name] ?? []), value];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
