import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkBoundaries } from './boundaries.ts';
import { checkChanceAndTime } from './chance-and-time.ts';
import { checkDocstrings } from './docstrings.ts';
import { checkExamples } from './examples.ts';
import type { Findings } from './files.ts';
import { checkSizes } from './sizes.ts';

function fixture(path: string): string {
  return join(import.meta.dirname, 'fixtures', path);
}

/** Where the problems are, in a form that is easy to read off a fixture. */
function places({ problems }: Findings): string[] {
  return problems.map(({ file, line }) => `${file.split('/').slice(-2).join('/')}:${line}`).toSorted();
}

describe('sizes', () => {
  test('a file of 601 lines fails, one of 401 is noted', () => {
    const findings = checkSizes(fixture('sizes/bad'));
    expect(findings.problems).toEqual([
      { file: 'packages/a/src/long.ts', line: 600, message: 'a file must have at most 600 lines: it has 601' },
    ]);
    expect(findings.notes[0]).toContain('packages/a/src/longish.ts has 401 lines');
  });

  test('600 lines pass with a note, 400 without', () => {
    const { problems, notes } = checkSizes(fixture('sizes/good'));
    expect(problems).toEqual([]);
    expect(notes.map((note) => note.split(' ')[0])).toEqual(['packages/a/src/longish.ts', '2']);
  });
});

describe('chance and time', () => {
  test('every read of chance and time outside the edge is found, in tests only chance', () => {
    const findings = checkChanceAndTime(fixture('edges/bad'));
    const inSource = [1, 2, 3, 4, 5, 6, 7, 8].map((line) => `policy/dice.ts:${line}`);
    expect(places(findings)).toEqual(['policy/dice.test.ts:1', ...inSource]);
  });

  test('the edge, default clocks, comments and times that were given pass', () => {
    const { problems, notes } = checkChanceAndTime(fixture('edges/good'));
    expect(problems).toEqual([]);
    expect(notes).toEqual(['2 files']);
  });
});

describe('docstrings', () => {
  test('public functions and methods without one are found, also behind another name, and exports that lead nowhere', () => {
    const findings = checkDocstrings(fixture('docstrings/bad'));
    const names = findings.problems.map(({ message }) => message.split(' ')[0] ?? '');
    expect(names.toSorted()).toEqual(['Counter.next', 'add', 'is', 'multiply', 'subtract']);
    expect(places(findings)).toContain('src/gone.ts:1');
  });

  test('what is documented, private or not exported passes', () => {
    const { problems, notes } = checkDocstrings(fixture('docstrings/good'));
    expect(problems).toEqual([]);
    expect(notes).toEqual(['2 public functions']);
  });
});

describe('boundaries', () => {
  test('each forbidden import is found, with its reason', async () => {
    const { problems } = await checkBoundaries(fixture('boundaries/bad'));
    const found = problems.map(({ file, message }) => `${file.split('/').slice(-2).join('/')} ${message}`);
    const expected = [
      /^learner\/index\.ts imports .*policy\/index\.ts: learner\/ may import spec, math only/,
      /^math\/version\.ts imports .*spec\/index\.ts: math\/ may import no other folder/,
      /^client\/index\.ts imports fs: client\/ may import types alone from packages, and nothing of Node/,
      /^loop\/one\.ts imports .*other\.ts: modules may not import one another in a circle/,
      /^loop\/other\.ts imports .*missing\.ts: what is imported must exist/,
      /^loop\/index\.ts imports .*one\.test\.ts: what is shipped may not import a test/,
      /^client\/index\.ts imports .*loop\/index\.ts: client\/ may take types alone from loop/,
      /^src\/page\.ts imports .*policy\/index\.ts: an app is an outside program/,
    ];
    for (const pattern of expected) expect(found).toContainEqual(expect.stringMatching(pattern));
  });

  test('allowed imports pass, and all modules are seen', async () => {
    const { problems, notes } = await checkBoundaries(fixture('boundaries/good'));
    expect(problems).toEqual([]);
    expect(notes).toEqual(['saw 8 modules of 8 source files, 10 imports']);
  });
});

describe('examples', () => {
  test('wrong types, thrown errors and wrong docstrings are found at their lines', async () => {
    const findings = await checkExamples(fixture('examples/bad'));
    expect(places(findings)).toEqual([
      'README.md:13',
      'README.md:4',
      'README.md:9',
      'examples/101.ts:1',
      'src/sums.ts:5',
    ]);
    expect(findings.problems.map(({ message }) => message).join('\n')).toContain('thrown by the example');
  });

  test('examples that work pass; those marked "check" are not run, nor those without a fence', async () => {
    const { problems, notes } = await checkExamples(fixture('examples/good'));
    expect(problems).toEqual([]);
    expect(notes).toEqual(['4 examples']);
  });
});
