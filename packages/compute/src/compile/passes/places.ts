import { gather } from '../../graph/build/indexing.ts';
import { pad, reshape } from '../../graph/build/shaping.ts';
import { constant } from '../../graph/build/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';

export const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);

/** Tables of places, so that equal ones are the same object and what is unfolded by them is found equal. */
export type Tables = Map<string, Tensor>;

const flatten = (at: readonly number[], lengths: readonly number[]): number =>
  at.reduce((flat, index, axis) => flat * (lengths[axis] ?? 1) + index, 0);

/**
 * Which place each tap of each window reads, along several axes: row-major over taps, then windows.
 *
 * @param placeOf of an axis, a tap and a window.
 */
function tableOf(
  tables: Tables,
  { taps, windows, places }: Record<'taps' | 'windows' | 'places', readonly number[]>,
  placeOf: (axis: number, tap: number, window: number) => number,
): Tensor {
  let rows: { tap: number[]; window: number[]; place: number }[] = [{ tap: [], window: [], place: 0 }];
  for (const [axis, length] of places.entries()) {
    rows = rows.flatMap(({ tap, window, place }) =>
      Array.from({ length: (taps[axis] ?? 1) * (windows[axis] ?? 1) }, (_, flat) => {
        const [t, w] = [Math.floor(flat / (windows[axis] ?? 1)), flat % (windows[axis] ?? 1)];
        return { tap: [...tap, t], window: [...window, w], place: place * length + placeOf(axis, t, w) };
      }),
    );
  }
  const count = product(windows);
  const values = Array.from({ length: product(taps) * count }, () => 0);
  for (const { tap, window, place } of rows) values[flatten(tap, taps) * count + flatten(window, windows)] = place;
  const key = values.join();
  const table = tables.get(key) ?? constant(values, { shape: [values.length], dtype: 'int64' });
  tables.set(key, table);
  return table;
}

/** [rows, …places, run] → [rows, taps, windows, run] with zeros around. */
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
  return gather(flat, tableOf(tables, { ...sizes, places }, placeOf), 1);
}
