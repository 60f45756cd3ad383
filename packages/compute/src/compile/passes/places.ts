import { gather } from '../../graph/build/indexing.ts';
import { pad, reshape } from '../../graph/build/shaping.ts';
import { constant } from '../../graph/build/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';

export const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);

/** Tables of places, so that equal ones are the same object and what is unfolded by them is found equal. */
export type Tables = Map<string, Tensor>;

/** All places of a shape, in row-major order. */
function placesOf(lengths: readonly number[]): number[][] {
  let places: number[][] = [[]];
  for (const length of lengths)
    places = places.flatMap((place) => Array.from({ length }, (_, index) => [...place, index]));
  return places;
}

/** A list of flat places, row-major over two sets of places. */
export function tableOf(
  tables: Tables,
  { outer, inner }: { readonly outer: readonly number[]; readonly inner: readonly number[] },
  flatOf: (outer: readonly number[], inner: readonly number[]) => number,
): Tensor {
  const innerPlaces = placesOf(inner);
  const values = placesOf(outer).flatMap((place) => innerPlaces.map((other) => flatOf(place, other)));
  const key = values.join();
  const table = tables.get(key) ?? constant(values, { shape: [values.length], dtype: 'int64' });
  tables.set(key, table);
  return table;
}

/**
 * [rows, …places, run] → [rows, taps, windows, run] with zeros around.
 *
 * @param placeOf which place a tap of a window reads along an axis, the zeros before being counted.
 */
export function unfold(
  tables: Tables,
  x: Tensor,
  pads: readonly (readonly [number, number])[],
  sizes: { readonly taps: readonly number[]; readonly windows: readonly number[] },
  placeOf: (axis: number, tap: number, window: number) => number,
): Tensor {
  const padded = pad(x, [[0, 0], ...pads, [0, 0]]);
  const places = padded.shape.slice(1, -1).map(Number);
  const rows = Number(x.shape[0]);
  const run = Number(x.shape.at(-1));
  const flat = reshape(padded, [rows, product(places), run]);
  const isWhole = product(sizes.taps) * product(sizes.windows) === product(places);
  const isInOrder = product(sizes.taps) === 1 || product(sizes.windows) === 1;
  if (isWhole && isInOrder && places.every((_, axis) => placeOf(axis, 0, 0) === 0)) return flat;
  const table = tableOf(tables, { outer: sizes.taps, inner: sizes.windows }, (tap, window) =>
    places.reduce((place, length, axis) => place * length + placeOf(axis, tap[axis] ?? 0, window[axis] ?? 0), 0),
  );
  return gather(flat, table, 1);
}
