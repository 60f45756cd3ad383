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
        return JSON.parse(readFileSync(path(variant, seed), 'utf8')) as Outcome;
      } catch {
        return null;
      }
    },
    write(variant, seed, outcome) {
      const target = path(variant, seed);
      mkdirSync(home, { recursive: true });
      writeFileSync(`${target}.part`, JSON.stringify(outcome));
      renameSync(`${target}.part`, target);
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** A hash of every module that results depend on: this package, and the library's mathematics, learners and environments. */
function codeHash(): string {
  const library = dirname(dirname(fileURLToPath(import.meta.resolve('heed/math'))));
  const folders = [
    dirname(import.meta.dirname),
    ...['math', 'learner', 'environments'].map((name) => join(library, name)),
  ];
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const file of globSync('**/*.{ts,js}', { cwd: folder }).toSorted())
      if (!file.endsWith('.test.ts')) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}
