import type { Ablation, Check } from './paper.ts';
import type { PaperResult } from './run-paper.ts';
import { label } from './svg.ts';

/** Whether a run came out as it must: the method passes and its ablations fail; of an ablation alone, that it fails. */
export function isAsItMust(
  { passed, ablationsFail }: Pick<PaperResult, 'passed' | 'ablationsFail'>,
  ablation?: string,
): boolean {
  return (ablation !== undefined || passed) && ablationsFail;
}

/** What a run found, as a person reads it; `ablation`: it was run alone. */
export function reportOf(title: string, result: PaperResult, ablation?: string): string {
  const { paper, preset, seeds, checks, ablations, seconds } = result;
  const failing = ablations.map(({ name, failed }) =>
    failed.length === 0 ? `  ${name}: NOTHING failed` : `  ${name}: ${failed.join('; ')}`,
  );
  return [
    `${paper} ${title}: ${preset}, ${seeds.length} seeds, ${seconds.toFixed(0)} s`,
    ...checks.map(checkLine),
    ...(ablations.length === 0 ? [] : ['what failed in each ablation', ...failing]),
    verdictOf(result, ablation),
  ].join('\n');
}

function verdictOf({ passed, ablations, ablationsFail }: PaperResult, ablation?: string): string {
  if (ablation !== undefined)
    return ablationsFail ? `“${ablation}” fails, as it must` : `“${ablation}” DOES NOT FAIL, and must`;
  const verdict = passed ? 'passed' : 'FAILED';
  if (ablations.length === 0) return verdict;
  return `${verdict}; ablations ${ablationsFail ? 'fail as they must' : 'DO NOT ALL FAIL'}`;
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
