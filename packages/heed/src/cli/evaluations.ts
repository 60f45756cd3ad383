import type { EvaluationReport } from '../spec/index.ts';
import { counted, facts, short, table } from './output.ts';

/** A report as people read it: the verdict first, then what was left out, then the estimates. */
export function textOfEvaluation({ estimates, diagnostics, verdict }: EvaluationReport): string {
  const rows = estimates.map(({ name, value, interval }) => [
    name,
    short(value),
    interval === null ? null : `${short(interval.lower)} … ${short(interval.upper)}`,
    interval === null ? null : interval.method,
  ]);
  const bad = (diagnostics['badRows'] ?? []) as unknown as readonly { reason: string; count: number; first: string }[];
  const leftOut = Object.entries((diagnostics['leftOut'] ?? {}) as Readonly<Record<string, number>>);
  const errors = Object.values((diagnostics['monteCarloErrors'] ?? {}) as Readonly<Record<string, number>>);
  return [
    `${verdict.outcome}: ${verdict.because}`,
    ...bad.map(({ reason, count, first }) => `left out ${counted(count, 'row')}, the first at ${first}: ${reason}`),
    ...leftOut.map(([reason, count]) => `not used, ${counted(count, 'decision')}: ${reason}`),
    ...(diagnostics['duplicatesChecked'] === false ? ['rows have no id: duplicates among them cannot be found'] : []),
    ...(errors.length === 0
      ? []
      : [
          `probabilities are Monte-Carlo estimates: by their errors alone values may be off by ${short(Math.max(...errors))} (a standard error at most), which the intervals allow for`,
        ]),
    '',
    table(['estimate', 'value', 'interval', 'method'], rows, 'no estimate'),
  ].join('\n');
}

/** The same with what it is of, and what it was computed from. */
export function detailOfEvaluation(report: EvaluationReport): string {
  const { id, loop, artifact, kind, createdAt, computedFrom } = report;
  return [
    facts([
      ['evaluation', id],
      ['kind', kind],
      ['loop', loop],
      ['artifact', artifact],
      ['created at', createdAt],
      ...Object.entries(computedFrom).map(
        ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
      ),
    ]),
    textOfEvaluation(report),
  ].join('\n\n');
}
