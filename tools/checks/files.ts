import { globSync } from 'node:fs';
import { basename, sep } from 'node:path';

/** One thing that a check found wrong. */
export interface Problem {
  /** Path from the root of the workspace, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** What a check hands back: it passes where there are no problems; `notes` are printed either way. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

const leftOut = new Set(['node_modules', 'dist', 'fixtures', 'generated', 'coverage', '.git', '.heed', '.cache']);

/** Paths from `root` of the files that match, sorted; without what is installed, built, generated or a fixture. */
export function listFiles(root: string, patterns: readonly string[]): string[] {
  const found = globSync([...patterns], { cwd: root, exclude: (path) => leftOut.has(basename(path)) });
  return found.map((path) => path.split(sep).join('/')).toSorted();
}

/** Where the sources of the workspace are: what is checked for boundaries, chance and time. */
export const sourcePatterns = ['packages/*/src/**/*.ts', 'apps/*/*.ts', 'apps/*/src/**/*.ts'] as const;

export function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}
