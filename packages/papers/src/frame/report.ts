import type { Ablation, Check } from './paper.ts';
import type { PaperResult } from './run-paper.ts';
import { label } from './svg.ts';

/** What a run found, as a person reads it. */
export function reportOf(
  title: string,
  { paper, preset, seeds, checks, ablations, ablationsFail, passed, seconds }: PaperResult,
): string {
  const failing = ablations.map(({ name, failed }) =>
    failed.length === 0 ? `  ${name}: NOTHING failed` : `  ${name}: ${failed.join('; ')}`,
  );
  return [
    `${paper} ${title}: ${preset}, ${seeds.length} seeds, ${seconds.toFixed(0)} s`,
    ...checks.map(checkLine),
    ...(ablations.length === 0 ? [] : ['what failed in each ablation', ...failing]),
    `${passed ? 'passed' : 'FAILED'}${ablations.length === 0 ? '' : `; ablations ${ablationsFail ? 'fail as they must' : 'DO NOT ALL FAIL'}`}`,
  ].join('\n');
}

/** One check in one line. */
function checkLine(check: Check): string {
  const verdict = check.passed === 'full only' ? 'full only' : check.passed ? 'passed' : 'FAILED';
  return `  ${verdict.padEnd(9)} ${check.name}: ${measured(check)} (${check.bar})`;
}

/** Value and interval of a check. */
export function measured({ value, interval }: Check): string {
  if (value === null) return '–';
  return interval === null ? label(value) : `${label(value)} [${label(interval[0])}, ${label(interval[1])}]`;
}

/** An ablation in one line. */
export function ablationLine({ name, what }: Ablation): string {
  return `  ${name}: ${what}`;
}
