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
    ...answerOf({ estimates, diagnostics }),
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

/** Whether what was evaluated is better than what was done, by the estimate that the report leads with. */
function answerOf({ estimates, diagnostics }: Pick<EvaluationReport, 'estimates' | 'diagnostics'>): string[] {
  const { leading } = diagnostics;
  if (typeof leading !== 'string') return [];
  const gain = estimates.find(({ name, interval }) => name === `${leading} − logged` && interval !== null);
  if (gain === undefined || gain.interval === null) return [];
  const { lower, upper } = gain.interval;
  const answer = lower > 0 ? 'better than' : upper < 0 ? 'worse than' : 'not shown to be other than';
  return [
    `${answer} what was done: by ${short(gain.value)} (${short(lower)} … ${short(upper)}) a decision, as ${leading} estimates it`,
  ];
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
