import { expect, test } from 'vitest';
import { runHere } from './testing.ts';

test.each([
  ['evaluate', 'gone.jsonl'],
  ['import', 'gone.jsonl'],
  ['import', 'gone.vw', '--format', 'vw', '--loop', 'page'],
  ['items', 'put', 'gone.jsonl', '--loop', 'page'],
])('heed %s %s: a file that is not there is said to be not there', async (...parameters) => {
  const { code, err } = await runHere(parameters, { folder: import.meta.dirname });
  expect([code, err]).toEqual([1, expect.stringMatching(/as it must be a file: there is none \[invalid-input\]\n$/)]);
});

test('a folder is no file', async () => {
  const { err } = await runHere(['evaluate', 'commands', '--format', 'jsonl'], { folder: import.meta.dirname });
  expect(err).toContain('cannot read commands, as it must be a file: it is something else');
});
