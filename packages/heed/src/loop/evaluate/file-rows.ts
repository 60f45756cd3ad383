import { createReadStream } from 'node:fs';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { BadRow } from '../../evaluation/index.ts';
import { HeedError } from '../../spec/index.ts';

/** Takes a row: its fields by their names, and where it stands. */
export type TakeRow = (get: (field: string) => unknown, place: () => string) => void;

interface FileRowsOptions {
  /** Lines that are no JSON objects are handed over as rows without fields; without it the first one ends the reading. */
  readonly skipBadRows?: boolean | undefined;
  readonly onProgress?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a file row by row: of lines one megabyte is held at a time, of Parquet one group of rows. */
export function readFileRows(
  format: 'jsonl' | 'parquet',
  path: string,
  take: TakeRow,
  options: FileRowsOptions,
): Promise<void> {
  return (format === 'jsonl' ? readLines : readParquet)(path, take, options);
}

const newline = 10;
const mostLineBytes = 16 * 1_048_576;

async function readLines(
  path: string,
  takeRow: TakeRow,
  { onProgress, signal, skipBadRows }: FileRowsOptions,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = Buffer.alloc(0);
  let line = 0;

  function take(text: string): void {
    line += 1;
    if (text.trim() === '') return;
    const row = parse(text, skipBadRows !== true);
    const here = line;
    takeRow(
      (field) => row?.[field],
      () => `line ${here}`,
    );
  }

  function parse(text: string, strict: boolean): Record<string, unknown> | undefined {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // Told below, as what is no object is.
    }
    if (strict) throw new BadRow(`line ${line}`, 'it must be a JSON object: it is not');
    return undefined;
  }

  function decode(bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new HeedError('invalid-input', `cannot read line ${line + 1}, as it must be UTF-8: it is not`, { cause });
    }
  }

  for await (const bytes of createReadStream(path, { highWaterMark: 1_048_576, signal }) as AsyncIterable<Buffer>) {
    const end = bytes.lastIndexOf(newline);
    if (end < 0) {
      rest = Buffer.concat([rest, bytes]);
      if (rest.length > mostLineBytes)
        throw new HeedError(
          'invalid-input',
          `cannot read line ${line + 1}, as it must have at most ${mostLineBytes} bytes: it has more`,
        );
      continue;
    }
    const whole = rest.length === 0 ? bytes.subarray(0, end) : Buffer.concat([rest, bytes.subarray(0, end)]);
    for (const text of decode(whole).split('\n')) take(text);
    rest = Buffer.from(bytes.subarray(end + 1));
    onProgress?.();
  }
  if (rest.length > 0) take(decode(rest));
}

async function readParquet(path: string, takeRow: TakeRow, { onProgress, signal }: FileRowsOptions): Promise<void> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw new HeedError('invalid-input', `cannot read ${path}, as it must be a Parquet file: it is not`, { cause });
  });
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    signal?.throwIfAborted();
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = new Map<string, ArrayLike<unknown>[]>();
    const starts = new Map<string, number[]>();
    await parquetRead({
      file,
      metadata,
      rowStart,
      rowEnd,
      onChunk({ columnName, columnData, rowStart: from }) {
        columns.set(columnName, [...(columns.get(columnName) ?? []), columnData]);
        starts.set(columnName, [...(starts.get(columnName) ?? []), from]);
      },
    });
    let row = rowStart;
    const cursors = new Map([...columns].map(([name, parts]) => [name, cursorOver(parts, starts.get(name) ?? [])]));
    const get = (field: string): unknown => plain(cursors.get(field)?.(row));
    const place = (): string => `row ${row + 1}`;
    for (; row < rowEnd; row += 1) takeRow(get, place);
    rowStart = rowEnd;
    onProgress?.();
  }
}

/** Reads a column that came in parts, by rows that only go up. */
function cursorOver(parts: readonly ArrayLike<unknown>[], starts: readonly number[]): (row: number) => unknown {
  let at = 0;
  return (row) => {
    while (at + 1 < parts.length && row >= (starts[at + 1] ?? Infinity)) at += 1;
    return parts[at]?.[row - (starts[at] ?? 0)];
  };
}

/** Whole numbers of 64 bits come as BigInt. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
