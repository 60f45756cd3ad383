import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultCompileOptions, passes, type PassName } from './compile.ts';

interface Measured {
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly reasons: Readonly<Record<string, string>>;
}

const file = join(import.meta.dirname, '../../../../benchmarks/compute/fusions.json');
const { ratios, reasons } = JSON.parse(readFileSync(file, 'utf8')) as Measured;
const best = (name: string): number => Math.max(0, ...Object.values(ratios[name] ?? {}).map((ratio) => ratio ?? 0));

test('every pass has been measured', () => {
  expect(Object.keys(ratios)).toEqual(expect.arrayContaining(Object.keys(passes)));
});

test.each(Object.keys(passes) as PassName[])(
  '%s is on if it gains three per cent somewhere or there is a reason',
  (name) => {
    const isWorthIt = best(name) >= 1.03 || reasons[name] !== undefined;
    expect(defaultCompileOptions.passes[name]).toBe(isWorthIt);
  },
);
