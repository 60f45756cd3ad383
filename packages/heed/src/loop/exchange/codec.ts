import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { HeedError } from '../../spec/index.ts';
import { checkRow } from './check.ts';
import { columnsOf } from './columns.ts';
import type { Row, RowFormat, RowKind } from './rows.ts';

/** The column of a Parquet file that holds each whole row as JSON: the others are for tools to look at. */
const recordColumn = 'record';
/** An array longer than V8 can hold would end the process, not only the reading. */
const mostRowCharacters = 64 * 1_048_576;

/** Writes rows as lines of JSON, or as a Parquet file with a column per usual field and the whole row as JSON. */
export function encodeRows(format: RowFormat, rows: readonly Row[]): Uint8Array {
  if (format === 'jsonl') return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const columnData = [
    ...columnsOf(rows),
    { name: recordColumn, type: 'STRING' as const, data: rows.map((row) => JSON.stringify(row)) },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'heed' }));
}

export interface ReadRowsOptions {
  /** The kinds that may come. Default: all. */
  readonly kinds?: readonly RowKind[] | undefined;
}

/**
 * Reads what `encodeRows` wrote, or what others wrote in that form: all rows, or none.
 *
 * @throws HeedError `invalid-input` naming the first line or row that is wrong, its field, what that must be and what it is.
 */
export async function readRows(format: RowFormat, bytes: Uint8Array, { kinds }: ReadRowsOptions = {}): Promise<Row[]> {
  const texts = format === 'jsonl' ? readLines(bytes) : await readParquet(bytes);
  return texts.map(({ place, text }) => checkRow(parse(text, place), place, kinds));
}

interface Placed {
  readonly place: string;
  readonly text: string;
}

function readLines(bytes: Uint8Array): Placed[] {
  const lines = decode(bytes).split('\n');
  return lines
    .map((text, index) => ({ place: `line ${index + 1}`, text: text.trim() }))
    .filter(({ text }) => text !== '');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new HeedError('invalid-input', 'cannot read lines of JSON, as the file must be UTF-8: it is not', { cause });
  }
}

async function readParquet(bytes: Uint8Array): Promise<Placed[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file, columns: [recordColumn] }).catch((cause: unknown) => {
    throw new HeedError(
      'invalid-input',
      `cannot read the Parquet file, as it must have the column ${recordColumn}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  });
  return rows.map((row, index) => {
    const text: unknown = row[recordColumn];
    const place = `row ${index + 1}`;
    if (typeof text === 'string') return { place, text };
    throw new HeedError(
      'invalid-input',
      `cannot read ${place}, as its column ${recordColumn} must be JSON: it is a ${typeof text}`,
    );
  });
}

function parse(text: string, place: string): unknown {
  if (text.length > mostRowCharacters)
    throw new HeedError(
      'invalid-input',
      `cannot read ${place}, as it must have at most ${mostRowCharacters} characters: it has ${text.length}`,
    );
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HeedError(
      'invalid-input',
      `cannot read ${place}, as it must be JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
