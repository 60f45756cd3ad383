import { createDuplicateWatch } from '../diagnostics/duplicates.ts';
import { createTypeWatch } from '../diagnostics/feature-types.ts';
import { RowFault, shown, textOf } from './row-fields.ts';
import type { Get } from './row-fields.ts';

export interface RowReaderOptions {
  /** Wrong rows are left out and counted; without it the first one ends the reading. Default false. */
  readonly skipBadRows?: boolean | undefined;
  /** Rows in a chunk. Default 8,192. */
  readonly chunkRows?: number | undefined;
}

/** Rows of one kind of fault. */
export interface BadRows {
  readonly reason: string;
  readonly count: number;
  /** Where the first one stands, as `line 3`. */
  readonly first: string;
}

/** A row that cannot be used, with its place and the reason. */
export class BadRow extends Error {
  readonly place: string;
  readonly reason: string;

  constructor(place: string, reason: string) {
    super(`cannot use ${place}, as ${reason}`);
    this.name = 'BadRow';
    this.place = place;
    this.reason = reason;
  }
}

/** Turns rows into chunks. */
export interface LogReader {
  /**
   * Takes a row.
   *
   * @param get gives a field's value, `undefined` where there is none.
   * @param place as `line 3`.
   * @throws BadRow where the row is wrong, unless such rows are skipped.
   */
  push(get: Get, place: () => string): void;
  /** Hands over what has not made a whole chunk. */
  end(): void;
  readonly used: number;
  /** What was left out, most frequent first. */
  badRows(): BadRows[];
  /** Whether rows have an id by which duplicates are found. */
  readonly hasIds: boolean;
}

/** Which of the fields that rows may lack those of this log have. */
export type Has = (field: string) => boolean;

/** How rows of one shape are read. */
interface RowShape<Row> {
  readonly idField: string;
  /** Features, whose types must stay the same: an object, its text, or a list of candidates that have some. */
  readonly featureFields: readonly string[];
  /** Fields that rows may lack. What the first row has every row must have, and no others. */
  readonly optionalFields: readonly string[];
  /** Reads a row; throws a `RowFault` where it is wrong. */
  readonly read: (get: Get, has: Has) => Row;
  /** Takes the rows of a chunk, which are not used again. */
  readonly take: (rows: readonly Row[], has: Has) => void;
}

/** Reads rows, looks for duplicates and changed types among them, and leaves out or refuses the wrong ones. */
export function createRowReader<Row>(
  { idField, featureFields, optionalFields, read, take }: RowShape<Row>,
  { skipBadRows = false, chunkRows = 8_192 }: RowReaderOptions,
): LogReader {
  const fields = [...new Set([idField, ...optionalFields])];
  const bad = new Map<string, { count: number; first: string }>();
  const duplicates = createDuplicateWatch();
  const types = createTypeWatch();
  /** Of the first row that was not wrong: a wrong one does not tell what the others have. */
  let known: ReadonlySet<string> | null = null;
  let lacking: readonly string[] = [];
  let chunk: Row[] = [];
  let used = 0;

  function check(get: Get): Row {
    const own = known ?? new Set(fields.filter((field) => isThere(get(field))));
    const surplus = lacking.find((field) => isThere(get(field)));
    if (surplus !== undefined) throw new RowFault(`${surplus} must be in every row, or in none`, get(surplus));
    const row = read(get, (field) => own.has(field));
    for (const field of featureFields) {
      const change = types.check(get(field), field);
      if (change !== null) throw new RowFault(`${change.feature} must ${change.rule}`, change.is);
    }
    if (own.has(idField) && duplicates.seen(textOf(get(idField), idField)))
      throw new RowFault(`${idField} must be another one in each row`, get(idField));
    if (known === null) {
      known = own;
      lacking = fields.filter((field) => !own.has(field));
    }
    return row;
  }

  function end(): void {
    if (chunk.length > 0) take(chunk, (field) => known?.has(field) ?? false);
    chunk = [];
  }

  return {
    push(get, place) {
      let row: Row;
      try {
        row = check(get);
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        if (!skipBadRows) throw new BadRow(place(), `${error.rule}: it is ${shown(error.value)}`);
        const alike = bad.get(error.rule);
        if (alike === undefined) bad.set(error.rule, { count: 1, first: place() });
        else alike.count += 1;
        return;
      }
      chunk.push(row);
      used += 1;
      if (chunk.length === chunkRows) end();
    },
    end,
    get used() {
      return used;
    },
    get hasIds() {
      return known?.has(idField) ?? false;
    },
    badRows: () =>
      [...bad]
        .map(([reason, { count, first }]) => ({ reason, count, first }))
        .toSorted((x, y) => y.count - x.count || (x.reason < y.reason ? -1 : 1)),
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
