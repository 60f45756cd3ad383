import { isHeedError } from '../spec/index.ts';
import { UsageError } from './exit.ts';

/** What a command found, for machines and for people. `code` where it is not success. */
export interface Result {
  readonly json: unknown;
  readonly text: string;
  readonly code?: 1 | undefined;
}

/** Columns wide enough for their cells, headed by their names; `nothing` where there are no rows. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
  nothing: string,
): string {
  if (rows.length === 0) return nothing;
  const cells = [columns, ...rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))))];
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => (row[index] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One fact a line, values aligned. */
export function facts(pairs: readonly (readonly [name: string, value: string | number | null])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${name.padEnd(width)}  ${value === null ? '–' : String(value)}`.trimEnd())
    .join('\n');
}

/** A page of a list, with how to ask for the next one. */
export function pageText(
  text: string,
  { rows, next }: { readonly rows: readonly unknown[]; readonly next: string | null },
) {
  return next === null ? text : `${text}\n(${counted(rows.length, 'row')}; more with --after ${next})`;
}

/** `1 signal`, `2 signals`. */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
}

/** A number in four significant digits, as a probability or a score is read. */
export function short(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)));
}

/** The stable code of what went wrong: a `HeedError`'s own, `usage`, or `internal`. */
export function codeOf(error: unknown): string {
  if (isHeedError(error)) return error.code;
  return error instanceof UsageError ? 'usage' : 'internal';
}

/** What went wrong in one line. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(sentenceOf).join('; ');
  return (error instanceof Error ? error.message : String(error)).trim();
}
