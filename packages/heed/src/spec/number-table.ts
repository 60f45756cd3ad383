import { HeedError } from './errors.ts';
import type { Candidate, NumberTable } from './loop.ts';

/** Names as they were given, sorted, and the column of each. */
interface Order {
  readonly given: readonly string[];
  readonly names: readonly string[];
  readonly columns: readonly number[];
}

/** Sorts names; candidates have most often the same ones, which are then sorted once and stay the same array. */
export function rememberOrder(): (given: readonly string[]) => Order {
  let last: Order = { given: [], names: [], columns: [] };
  return (given) => {
    if (isSame(given, last.given)) return last;
    const names = given.toSorted();
    const places = new Map(names.map((name, column) => [name, column]));
    last = { given, names, columns: given.map((name) => places.get(name) ?? 0) };
    return last;
  };
}

const orderOf = rememberOrder();

/**
 * Reads candidates into a table: numbers rounded to float32, −0 as 0.
 *
 * @returns `null` where a candidate has other fields than the first, in another order, or one that is no number.
 * @throws HeedError `invalid-input` for a number outside float32's range.
 */
export function readNumberTable(candidates: readonly Candidate[]): NumberTable | null {
  const { given, names, columns } = orderOf(Object.keys(candidates[0]?.features ?? {}));
  const rows = candidates.length;
  const values = new Float32Array(names.length * rows);
  for (let row = 0; row < rows; row += 1) {
    const { item = '', features = {} } = candidates[row] ?? {};
    if (!isSame(Object.keys(features), given)) return null;
    // All values at once: looking each up by its name costs ten times as much.
    const numbers = Object.values(features);
    for (let index = 0; index < numbers.length; index += 1) {
      const value = numbers[index];
      if (typeof value !== 'number') return null;
      values[(columns[index] ?? 0) * rows + row] = toFinite(value, item, given[index] ?? '');
    }
  }
  return { names, values, rows };
}

/** The candidates of a table: their features are made where somebody looks at them. */
export function viewNumberTable(items: readonly string[], table: NumberTable): Candidate[] {
  return items.map((item, row) => {
    let made: { readonly [field: string]: unknown } | null = null;
    return {
      item,
      numbers: { table, row },
      get features() {
        made ??= Object.fromEntries(table.names.map((name, column) => [name, table.values[column * table.rows + row]]));
        return made;
      },
    };
  });
}

/**
 * A number of a candidate as policies see it: rounded to float32, −0 as 0.
 * @throws HeedError `invalid-input` outside float32's range.
 */
export function toFinite(value: unknown, item: string, field: string | number, path = ''): number {
  const rounded = Math.fround(value as number);
  // −0 + 0 is 0.
  if (Number.isFinite(rounded)) return rounded + 0;
  throw new HeedError(
    'invalid-input',
    `cannot take the candidate ${item}, as its feature ${path}${field} must be a number of float32: it is ${String(value)}`,
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
