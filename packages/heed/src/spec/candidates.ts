import { HeedError } from './errors.ts';
import type { Candidate } from './loop.ts';
import { readNumberTable, rememberOrder, toFinite, viewNumberTable } from './number-table.ts';

/** Media type of a packed candidate set. */
export const candidatesMediaType = 'application/x-heed-candidates';

const formatVersion = 1;
const headBytes = 5;
const encoder = new TextEncoder();

/** A field that every candidate has as a number (`width` 0) or as a list of `width` numbers. */
type Column = readonly [field: string, width: number];

type Fields = { readonly [field: string]: unknown };

interface Header {
  readonly items: readonly string[];
  /** Fields that hold a number for every candidate; their columns come first. */
  readonly numbers: readonly string[];
  /** Fields that hold a list of as many numbers for every candidate; left out where there are none. */
  readonly lists?: readonly Column[];
  /** Per candidate, the fields that are in no column; left out where there are none. */
  readonly rest?: readonly Fields[];
}

/**
 * Puts candidates in the one form that policies see: numbers rounded to float32, −0 as 0, fields sorted by name at
 * every depth, `undefined` left out. Whatever acts on candidates must act on this form, as replay reads it back.
 *
 * @throws HeedError `invalid-input` for a number outside float32's range and for what JSON cannot say.
 */
export function normaliseCandidates(candidates: readonly Candidate[]): Candidate[] {
  const orderOf = rememberOrder();
  return candidates.map(({ item, features }) => ({
    item,
    features: normaliseFields(features, orderOf(Object.keys(features)).names, item),
  }));
}

/** As `normaliseCandidates`; those that have numbers alone, under the same names, as rows of a table. */
export function viewCandidates(candidates: readonly Candidate[]): Candidate[] {
  const table = readNumberTable(candidates);
  if (table === null) return normaliseCandidates(candidates);
  return viewNumberTable(
    candidates.map(({ item }) => item),
    table,
  );
}

/** A candidate set, packed. */
export interface PackedCandidates {
  readonly bytes: Uint8Array;
  /** The same candidates as `normaliseCandidates` gives. */
  readonly normalise: () => readonly Candidate[];
}

/**
 * Packs a candidate set into few bytes, the same bytes for the same set: `unpackCandidates` gives back exactly
 * `normaliseCandidates(candidates)`. The set's hash is the SHA-256 of these bytes.
 *
 * Layout: format version (1 byte), length of the header (uint32), the header as JSON, then the numeric fields as
 * float32 columns; little-endian.
 *
 * @throws HeedError `invalid-input` as `normaliseCandidates` does.
 */
export function packCandidates(candidates: readonly Candidate[]): PackedCandidates {
  const items = candidates.map(({ item }) => item);
  const table = readNumberTable(candidates);
  if (table !== null)
    return {
      bytes: packBytes(JSON.stringify({ items, numbers: table.names } satisfies Header), table.values),
      normalise: () => viewNumberTable(items, table),
    };
  const columns = findColumns(candidates);
  const lists = columns.filter(([, width]) => width > 0);
  const rest = findRest(candidates, columns);
  const header: Header = {
    items,
    numbers: columns.filter(([, width]) => width === 0).map(([field]) => field),
    ...(lists.length > 0 && { lists }),
    ...(rest !== null && { rest }),
  };
  return {
    bytes: packBytes(
      rest === null ? JSON.stringify(header) : JSON.stringify(header, shortNumber),
      readColumns(candidates, columns),
    ),
    normalise: () => normaliseCandidates(candidates),
  };
}

function packBytes(header: string, numbers: ArrayLike<number>): Uint8Array {
  const text = encoder.encode(header);
  const first = headBytes + text.length;
  const bytes = new Uint8Array(first + 4 * numbers.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, formatVersion);
  view.setUint32(1, text.length, true);
  bytes.set(text, headBytes);
  for (let index = 0; index < numbers.length; index += 1) view.setFloat32(first + 4 * index, numbers[index] ?? 0, true);
  return bytes;
}

/** The numbers of the columns, one column after the other, lists whole. */
function readColumns(candidates: readonly Candidate[], columns: readonly Column[]): number[] {
  return columns.flatMap(([field]) =>
    candidates.flatMap(({ item, features }) => {
      const value = features[field];
      return Array.isArray(value)
        ? value.map((each, index) => toFinite(each, item, `${field}.${index}`))
        : [toFinite(value, item, field)];
    }),
  );
}

/**
 * Reads a packed candidate set.
 * @throws TypeError where the bytes are no such set, or of a format version that this code does not know.
 */
export function unpackCandidates(bytes: Uint8Array): Candidate[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < headBytes || view.getUint8(0) !== formatVersion) {
    throw new TypeError(
      `cannot unpack candidates, as the format version must be ${formatVersion}: it is ${bytes[0] ?? 'missing'}`,
    );
  }
  const headerEnd = headBytes + view.getUint32(1, true);
  const {
    items,
    numbers,
    lists = [],
    rest,
  } = JSON.parse(new TextDecoder().decode(bytes.subarray(headBytes, headerEnd))) as Header;
  const perItem = lists.reduce((sum, [, width]) => sum + width, numbers.length);
  const length = headerEnd + 4 * perItem * items.length;
  if (length !== bytes.byteLength)
    throw new TypeError(`cannot unpack candidates, as the set must be ${length} bytes long: it is ${bytes.byteLength}`);
  let at = headerEnd;
  const columns = new Map<string, unknown[]>();
  for (const field of numbers) columns.set(field, items.map(next));
  for (const [field, width] of lists)
    columns.set(
      field,
      items.map(() => Array.from({ length: width }, next)),
    );

  const inColumns = [...columns.keys()].toSorted();
  return items.map((item, row) => {
    const more = rest?.[row] ?? {};
    const names = Object.keys(more);
    const features: { [field: string]: unknown } = {};
    for (const field of names.length === 0 ? inColumns : [...inColumns, ...names].toSorted()) {
      const column = columns.get(field);
      setField(features, field, column === undefined ? toFloat32(more[field]) : column[row]);
    }
    return { item, features };
  });

  function next(): number {
    const number = view.getFloat32(at, true);
    at += 4;
    return number;
  }
}

/** The columns of a set, by name, single numbers before lists. */
function findColumns(candidates: readonly Candidate[]): Column[] {
  const [first, ...others] = candidates;
  if (first === undefined) return [];
  const columns: Column[] = [];
  for (const field of Object.keys(first.features).toSorted()) {
    const width = widthOf(first.features[field]);
    if (
      width !== null &&
      others.every(({ features }) => Object.hasOwn(features, field) && widthOf(features[field]) === width)
    )
      columns.push([field, width]);
  }
  return columns.toSorted(([, a], [, b]) => Number(a > 0) - Number(b > 0));
}

/** Per candidate, the fields that are in no column; `null` where all fields of all candidates are. */
function findRest(candidates: readonly Candidate[], columns: readonly Column[]): readonly Fields[] | null {
  const inColumn = new Set(columns.map(([field]) => field));
  const rest = candidates.map(({ item, features }) => {
    const all = Object.keys(features);
    // Every column is a field of every candidate: as many fields as columns leave none over.
    const names =
      all.length === columns.length ? [] : all.filter((field) => !inColumn.has(field) && features[field] !== undefined);
    return normaliseFields(features, names.toSorted(), item);
  });
  return rest.some((fields) => Object.keys(fields).length > 0) ? rest : null;
}

/** 0 for a number, the length of a list of numbers, `null` for anything else. */
function widthOf(value: unknown): number | null {
  if (typeof value === 'number') return 0;
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number')
    ? value.length
    : null;
}

function normaliseFields(fields: Fields, names: readonly string[], item: string, path = ''): Fields {
  const made: { [field: string]: unknown } = {};
  for (const field of names) {
    const value = fields[field];
    if (value !== undefined) setField(made, field, normalise(value, item, path, field));
  }
  return made;
}

function normalise(value: unknown, item: string, path: string, field: string | number): unknown {
  if (typeof value === 'number') return toFinite(value, item, field, path);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((each, index) => normalise(each, item, `${path}${field}.`, index));
  if (typeof value === 'object')
    return normaliseFields(value as Fields, Object.keys(value).toSorted(), item, `${path}${field}.`);
  throw new HeedError(
    'invalid-input',
    `cannot take the candidate ${item}, as its feature ${path}${field} must be JSON: it is a ${typeof value}`,
  );
}

/** The shortest decimal that float32 reads as the same number: half the digits of the double. */
function shortNumber(_field: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

function toFloat32(value: unknown): unknown {
  if (typeof value === 'number') return Math.fround(value);
  if (Array.isArray(value)) return value.map(toFloat32);
  if (value === null || typeof value !== 'object') return value;
  const made: { [field: string]: unknown } = {};
  for (const [field, inner] of Object.entries(value)) setField(made, field, toFloat32(inner));
  return made;
}

/** Assigns, also to a field called `__proto__`. */
function setField(fields: { [field: string]: unknown }, field: string, value: unknown): void {
  if (field === '__proto__')
    Object.defineProperty(fields, field, { value, writable: true, enumerable: true, configurable: true });
  else fields[field] = value;
}
