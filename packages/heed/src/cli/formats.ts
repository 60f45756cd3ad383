import { UsageError } from './exit.ts';

export const formats = ['jsonl', 'parquet'] as const;
export type FileFormat = (typeof formats)[number];

/** A file's format by the end of its name. */
export function formatOf(file: string): FileFormat {
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  if (/\.parquet$/i.test(file)) return 'parquet';
  throw new UsageError(
    `cannot tell the format of ${file}, as its name must end in .jsonl or .parquet: it does not (--format names it)`,
  );
}
