import { expect, test } from 'vitest';
import { isAsItMust, reportOf } from './report.ts';
import type { PaperResult } from './run-paper.ts';

const check = { name: '1. value', value: 0.5, interval: null, bar: '≥ 1', passed: false } as const;
const result: PaperResult = {
  paper: '10',
  preset: 'quick',
  seeds: [1, 2],
  passed: false,
  checks: [check, { ...check, name: '2. drops', value: null, passed: 'full only' }],
  ablations: [{ name: 'free constant', failed: ['1. value'] }],
  ablationsFail: true,
  seconds: 12.4,
};
const lastLine = (text: string): string => text.split('\n').at(-1) ?? '';

test('a run is as it must be where the method passes and its ablations fail', () => {
  expect(isAsItMust(result)).toBe(false);
  expect(isAsItMust({ ...result, passed: true })).toBe(true);
  expect(isAsItMust({ ...result, passed: true, ablationsFail: false })).toBe(false);
  expect(reportOf('Payments', result).split('\n')).toEqual([
    '10 Payments: quick, 2 seeds, 12 s',
    '  FAILED    1. value: 0.5 (≥ 1)',
    '  full only 2. drops: – (≥ 1)',
    'what failed in each ablation',
    '  free constant: 1. value',
    'FAILED; ablations fail as they must',
  ]);
});

test('an ablation that is run alone has to fail', () => {
  expect(isAsItMust(result, 'free constant')).toBe(true);
  expect(isAsItMust({ ...result, passed: true, ablationsFail: false }, 'free constant')).toBe(false);
  expect(lastLine(reportOf('Payments', result, 'free constant'))).toBe('“free constant” fails, as it must');
  const whole = { ...result, ablations: [{ name: 'free constant', failed: [] }], ablationsFail: false };
  expect(lastLine(reportOf('Payments', whole, 'free constant'))).toBe('“free constant” DOES NOT FAIL, and must');
});
