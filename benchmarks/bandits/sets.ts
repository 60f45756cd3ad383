import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { runPeer } from '../harness.ts';

/** A classification set as a bandit: an action is right (reward 1) where it is the row's class, else wrong (0). */
export interface BanditSet {
  readonly name: string;
  readonly rows: number;
  /** Features of a row, each of mean 0 and deviation 1. */
  readonly width: number;
  readonly actions: number;
  /** Row after row. */
  readonly features: Float32Array;
  readonly classes: Uint8Array;
}

const mostRows = 3_000;
const folders = {
  judged: join(import.meta.dirname, '..', '..', '.cache', 'bandits'),
  development: join(import.meta.dirname, '..', '..', '.cache', 'bandits', 'development'),
};

/** `judged`: the ten sets of the benchmark. `development`: others, on which defaults are chosen. */
export type Family = keyof typeof folders;

/** The sets, from their files in `.cache/bandits`, which the Python of the peers writes once. */
export function readSets(python: string, family: Family = 'judged'): BanditSet[] {
  const folder = folders[family];
  mkdirSync(folder, { recursive: true });
  const list = join(folder, `sets-${mostRows}.json`);
  if (!existsSync(list))
    writeFileSync(list, JSON.stringify(runPeer(python, 'bandits_sets.py', [folder, String(mostRows), family])));
  return Object.entries(JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>).map(([name, sizes]) => {
    const [rows = 0, width = 0, actions = 0] = sizes.split(' ').map(Number);
    const bytes = readFileSync(join(folder, `${name}.features`));
    const features = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return {
      name,
      rows,
      width,
      actions,
      features,
      classes: new Uint8Array(readFileSync(join(folder, `${name}.classes`))),
    };
  });
}

/** A set in an order of the seed's, at most `most` rows of it. */
export function shuffled(set: BanditSet, seed: string, most = Infinity): BanditSet {
  const random = createRandom(`order ${set.name} ${seed}`);
  const order = Array.from({ length: set.rows }, (_, row) => row);
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random.uniform() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  const kept = order.slice(0, Math.min(most, order.length));
  const features = new Float32Array(kept.length * set.width);
  kept.forEach((row, at) => {
    features.set(set.features.subarray(row * set.width, (row + 1) * set.width), at * set.width);
  });
  return { ...set, rows: kept.length, features, classes: Uint8Array.from(kept, (row) => set.classes[row] ?? 0) };
}

/** Writes a set as the peers read it: Vowpal Wabbit's multiclass text, and plain arrays. */
export function writeForPeers(set: BanditSet, into: string): void {
  const { rows, width, features, classes } = set;
  const lines = Array.from({ length: rows }, (_, row) => {
    const own = Array.from(features.subarray(row * width, (row + 1) * width), (value, at) => `f${at}:${value}`);
    return `${(classes[row] ?? 0) + 1} | ${own.join(' ')}\n`;
  });
  writeFileSync(join(into, 'rows.txt'), lines.join(''));
  writeFileSync(join(into, 'rows.f32'), features);
  writeFileSync(join(into, 'rows.u8'), classes);
}
