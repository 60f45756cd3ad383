import { pushFeature } from './feature-list.ts';
import type { FeatureList } from './feature-list.ts';
import { hashName } from './hash.ts';
import { euclideanNorm } from './log-domain.ts';

export type Fields = { readonly [field: string]: unknown };

/** Numbers under names, one column after the other: that of a row in column `column` is at `column · rows + row`. */
export interface NumberRow {
  readonly table: { readonly names: readonly string[]; readonly values: Float32Array; readonly rows: number };
  readonly row: number;
}

/** Turns fields into features; those that are a row of numbers, quicker. */
export interface FieldsReader {
  readonly fields: (fields: Fields, list: FeatureList) => void;
  readonly numbers: (row: NumberRow, list: FeatureList) => void;
}

/** Hashes kept per field before its cache starts anew: bounds memory where a field has endlessly many values. */
const keptHashes = 50_000;

/** How one field becomes features. */
interface FieldReader {
  readonly name: string;
  /** Hash of the name, for a value that is a number. */
  readonly hash: number;
  /** Adds the features of a value that is not a number. */
  read(value: unknown, list: FeatureList): void;
}

/**
 * Makes the reader of one namespace's fields. Each value becomes features by its type:
 *
 * | value | features |
 * |---|---|
 * | number | `namespace.field`, the number |
 * | string, boolean | `namespace.field=value`, 1 |
 * | list of strings | `namespace.field=value`, 1 each |
 * | list of numbers | `namespace.field[index]`, the number each |
 * | record of numbers | `namespace.field=key`, the number each |
 *
 * Fields and keys are read in the order of their names, whatever order they come in.
 */
export function createFieldsReader(namespace: string, only: readonly string[] | undefined, seed: number): FieldsReader {
  const readers = new Map<string, FieldReader>();
  const wanted = only === undefined ? null : new Set(only);
  let shape: readonly string[] = [];
  let plan: { readonly at: number; readonly reader: FieldReader }[] = [];

  // Candidates of one loop have most often the same fields: their plan is made once.
  function planFor(names: readonly string[]): void {
    if (names === shape) return;
    const known = isSame(names, shape);
    shape = names;
    if (known) return;
    plan = names
      .filter((name) => wanted === null || wanted.has(name))
      .toSorted(byCodeUnit)
      .map((field) => {
        const reader = readers.get(field) ?? createFieldReader(`${namespace}.${field}`, seed);
        readers.set(field, reader);
        return { at: names.indexOf(field), reader };
      });
  }

  function push(value: number, reader: FieldReader, list: FeatureList): void {
    if (list.names === null) pushFeature(list, reader.hash, value);
    else pushNamed(list, reader.hash, value, reader.name);
  }

  return {
    fields(fields, list) {
      planFor(Object.keys(fields));
      // All values at once: looking each up by its name costs ten times as much.
      const values = Object.values(fields);
      for (const { at, reader } of plan) {
        const value = values[at];
        if (typeof value === 'number') push(value, reader, list);
        else reader.read(value, list);
      }
    },
    numbers({ table: { names, values, rows }, row }, list) {
      planFor(names);
      for (const { at, reader } of plan) push(values[at * rows + row] ?? 0, reader, list);
    },
  };
}

/** Makes the reader of a namespace that is one category: an item, a subject. */
export function createCategoryReader(namespace: string, seed: number): (value: string, list: FeatureList) => void {
  return rememberHashes((value) => `${namespace}=${value}`, seed);
}

/** Divides the values of `list[from …)` by their Euclidean norm. */
export function normaliseFeatures(list: FeatureList, from: number): void {
  const norm = euclideanNorm(list.values, from, list.length);
  if (norm === 0) return;
  for (let index = from; index < list.length; index += 1) list.values[index] = (list.values[index] ?? 0) / norm;
}

function createFieldReader(name: string, seed: number): FieldReader {
  const category = rememberHashes((value) => `${name}=${value}`, seed);
  const element = rememberHashes((index) => `${name}[${index}]`, seed);
  return {
    name,
    hash: hashName(name, seed),
    read(value, list) {
      if (typeof value === 'string' || typeof value === 'boolean') {
        category(String(value), list);
      } else if (Array.isArray(value)) {
        for (let index = 0; index < value.length; index += 1) {
          const each: unknown = value[index];
          if (typeof each === 'number') element(String(index), list, each);
          else if (typeof each === 'string') category(each, list);
        }
      } else if (typeof value === 'object' && value !== null) {
        const record = value as Fields;
        for (const key of sortedKeys(record)) {
          const each = record[key];
          if (typeof each === 'number') category(key, list, each);
        }
      }
    },
  };
}

function rememberHashes(
  nameOf: (value: string) => string,
  seed: number,
): (value: string, list: FeatureList, number?: number) => void {
  const known = new Map<string, number>();
  return (value, list, number = 1) => {
    let hash = known.get(value);
    if (hash === undefined) {
      hash = hashName(nameOf(value), seed);
      if (known.size >= keptHashes) known.clear();
      known.set(value, hash);
    }
    if (list.names === null) pushFeature(list, hash, number);
    else pushNamed(list, hash, number, nameOf(value));
  };
}

function pushNamed(list: FeatureList, hash: number, value: number, name: string): void {
  const before = list.length;
  pushFeature(list, hash, value);
  if (list.length > before) list.names?.push(name);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

function sortedKeys(record: Fields): string[] {
  const keys = Object.keys(record);
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] ?? '') > (keys[index] ?? '')) return keys.toSorted(byCodeUnit);
  }
  return keys;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
