import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './paper.ts';

/** What was finished of a run, so that an interrupted one goes on. */
export interface SeedCache {
  read(variant: string, seed: number): Outcome | null;
  write(variant: string, seed: number, outcome: Outcome): void;
  /** Done: nothing is kept, as results of yesterday's code must not be taken for today's. */
  clear(): void;
}

/** Opens the cache of one paper with one configuration, as the code is now. */
export function openCache(folder: string, paper: string, settings: unknown): SeedCache {
  const home = join(
    folder,
    paper,
    createHash('sha256')
      .update(`${codeHash()}${JSON.stringify(settings)}`)
      .digest('hex')
      .slice(0, 16),
  );
  const path = (variant: string, seed: number): string => join(home, `${variant}-${seed}.json`);
  return {
    read(variant, seed) {
      try {
        return JSON.parse(readFileSync(path(variant, seed), 'utf8'), revived) as Outcome;
      } catch {
        return null;
      }
    },
    write(variant, seed, outcome) {
      const target = path(variant, seed);
      mkdirSync(home, { recursive: true });
      writeFileSync(`${target}.part`, JSON.stringify(outcome, written));
      renameSync(`${target}.part`, target);
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** JSON has no number that is not finite, and would read null in its place: 0 to whoever adds it. */
function written(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function revived(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? Number(value) : value;
}

/** Folders of every module that results depend on: this package, compute, and the library's mathematics, learners and environments. */
export function resultFolders(): string[] {
  return [
    dirname(import.meta.dirname),
    sourcesOf('@heed/compute'),
    ...['heed/math', 'heed/learner', 'heed/environments'].map(sourcesOf),
  ];
}

function sourcesOf(module: string): string {
  return dirname(fileURLToPath(import.meta.resolve(module)));
}

function codeHash(): string {
  const hash = createHash('sha256');
  for (const folder of resultFolders())
    for (const file of globSync('**/*.{ts,js}', { cwd: folder }).toSorted())
      if (!file.endsWith('.test.ts')) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}
