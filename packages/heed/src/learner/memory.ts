import { arrayNamed } from '../math/index.ts';
import type { NamedArrays, SparseRows } from '../math/index.ts';

/** One example as it is remembered. */
export interface Remembered {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  /** From 0, the lower end of the reward range, to 1. */
  readonly label: number;
  readonly weight: number;
  readonly item: string;
}

/** The items of a memory, in the order of their names. */
export function itemsOf(memory: readonly Remembered[]): string[] {
  return [...new Set(memory.map(({ item }) => item))].toSorted();
}

/** A memory as arrays. */
export function memoryToArrays(memory: readonly Remembered[], items: readonly string[]): NamedArrays {
  const place = new Map(items.map((item, index) => [item, index]));
  const starts = new Uint32Array(memory.length + 1);
  memory.forEach(({ hashes }, row) => {
    starts[row + 1] = (starts[row] ?? 0) + hashes.length;
  });
  const length = starts.at(-1) ?? 0;
  const [hashes, values] = [new Uint32Array(length), new Float32Array(length)];
  memory.forEach((each, row) => {
    hashes.set(each.hashes, starts[row]);
    values.set(each.values, starts[row]);
  });
  return new Map<string, Float64Array | Float32Array | Uint32Array>([
    ['starts', starts],
    ['hashes', hashes],
    ['values', values],
    ['labels', Float64Array.from(memory, ({ label }) => label)],
    ['weights', Float64Array.from(memory, ({ weight }) => weight)],
    ['items', Uint32Array.from(memory, ({ item }) => place.get(item) ?? 0)],
  ]);
}

/** Reads back what `memoryToArrays` made. */
export function memoryFrom(arrays: NamedArrays, items: readonly string[]): Remembered[] {
  const starts = arrayNamed(arrays, 'starts', 'uint32');
  const hashes = arrayNamed(arrays, 'hashes', 'uint32');
  const values = arrayNamed(arrays, 'values', 'float32');
  const [labels, weights] = [arrayNamed(arrays, 'labels', 'float64'), arrayNamed(arrays, 'weights', 'float64')];
  const places = arrayNamed(arrays, 'items', 'uint32');
  return Array.from(labels, (label, row) => ({
    hashes: hashes.slice(starts[row], starts[row + 1]),
    values: values.slice(starts[row], starts[row + 1]),
    label,
    weight: weights[row] ?? 0,
    item: items[places[row] ?? 0] ?? '',
  }));
}

/** A memory as sparse rows, with the hash of each column's feature in the order in which they are met; others than the first `most` are left out. */
export function memoryToRows(
  memory: readonly Remembered[],
  most: number,
): { readonly rows: SparseRows; readonly keys: Uint32Array } {
  const places = new Map<number, number>();
  const [columns, values]: [number[], number[]] = [[], []];
  const starts = [0];
  for (const each of memory) {
    const own = new Map<number, number>();
    each.hashes.forEach((hash, at) => {
      if (!places.has(hash) && places.size < most) places.set(hash, places.size);
      const column = places.get(hash);
      if (column !== undefined) own.set(column, (own.get(column) ?? 0) + (each.values[at] ?? 0));
    });
    columns.push(...own.keys());
    values.push(...own.values());
    starts.push(columns.length);
  }
  const rows = {
    starts: Uint32Array.from(starts),
    columns: Uint32Array.from(columns),
    values: Float64Array.from(values),
    width: places.size,
  };
  return { rows, keys: Uint32Array.from(places.keys()) };
}
