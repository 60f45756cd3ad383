import type { MoveProgress, TableSum } from '../store/index.ts';
import { counted } from './output.ts';
import type { Result } from './output.ts';
import type { Progress } from './progress.ts';

/** Shows how far a copy of the whole store has come. */
export function copyProgress(progress: Progress): {
  readonly onProgress: (moved: MoveProgress) => void;
  readonly stop: () => void;
} {
  return {
    onProgress: ({ table, done, of, rows }) =>
      progress.update(`${done} of ${of} tables (${table}: ${counted(rows, 'row')})`),
    stop: () => progress.stop(),
  };
}

/** What was copied, table by table. */
export function copyReport(tables: readonly TableSum[], say: (rows: string) => string): Result {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return { json: { rows, tables }, text: say(`${counted(rows, 'row')} of ${counted(tables.length, 'table')}`) };
}
