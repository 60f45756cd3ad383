import { expect, test } from 'vitest';
import { runHere } from './testing.ts';

test('papers are listed and shown; one that is not there is a fault of the command line', async () => {
  const { out: list } = await runHere(['papers', 'list']);
  expect(list).toMatch(/^10 {2}Contextual Bandits in Payment Processing/m);
  const { out: shown } = await runHere(['papers', 'show', '10']);
  expect(shown).toMatch(/^ {2}free constant: no penalty on the constants of the oracle$/m);
  const { code, err } = await runHere(['papers', 'show', '99']);
  expect([code, err]).toEqual([2, expect.stringContaining('it is 99')]);
});

test('a run that is interrupted says that it can go on', async () => {
  const { code, out, err } = await runHere(['papers', 'run', '10'], { interrupted: AbortSignal.abort() });
  expect([code, out]).toEqual([130, '']);
  expect(err).toBe('seeds that have ended are kept: the same command goes on from there\ninterrupted\n');
});
