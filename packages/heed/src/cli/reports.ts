import type { EvaluationReport } from '../spec/index.ts';
import { short, table } from './output.ts';

/** A report's estimates with their intervals. */
export function estimatesText({ estimates }: Pick<EvaluationReport, 'estimates'>): string {
  const rows = estimates.map(({ name, value, interval, count }) => [
    name,
    short(value),
    interval === null ? null : `${short(interval.lower)} … ${short(interval.upper)}`,
    count,
  ]);
  return table(['estimate', 'value', 'interval', 'of'], rows, 'no estimate');
}
