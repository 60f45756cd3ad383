import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, type Findings, type Problem } from './files.ts';

/** Lines of a file: a note above the first, a failure above the second. */
const sizeLimits = { note: 400, fail: 600 } as const;

function lineCount(text: string): number {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

/** Finds source files that have grown too long to read in one go. */
export function checkSizes(root: string): Findings {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const files = listFiles(root, ['**/*.{ts,tsx,mts,js,mjs,css}', '*.{ts,mjs}']);
  for (const file of files) {
    const count = lineCount(readFileSync(join(root, file), 'utf8'));
    if (count > sizeLimits.fail) {
      problems.push({
        file,
        line: sizeLimits.fail,
        message: `a file must have at most ${sizeLimits.fail} lines: it has ${count}`,
      });
    } else if (count > sizeLimits.note) {
      notes.push(`${file} has ${count} lines: above ${sizeLimits.note} a file usually holds two things`);
    }
  }
  return { problems, notes: [...notes, `${new Set(files).size} files`] };
}
