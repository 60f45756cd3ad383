import { arrayNamed } from '../math/index.ts';
import type { NamedArrays } from '../math/index.ts';
import { memoryFrom, memoryToArrays } from './memory.ts';
import type { Remembered } from './memory.ts';

/** One decision as it is remembered: the item judged, and the others beside it where they matter. */
export interface Judged {
  /** Each with the label and weight of the decision, which are those of the item judged. */
  readonly rows: readonly Remembered[];
  /** Which of the rows was judged. */
  readonly taken: number;
  /** 1 / probability of the item judged, cut; 1 where it does not matter. */
  readonly importance: number;
}

/** Remembered decisions as arrays. */
export function judgedToArrays(memory: readonly Judged[], items: readonly string[]): NamedArrays {
  const starts = new Uint32Array(memory.length + 1);
  memory.forEach(({ rows }, index) => {
    starts[index + 1] = (starts[index] ?? 0) + rows.length;
  });
  const flat = memory.flatMap(({ rows }) => rows);
  return new Map<string, Float64Array | Float32Array | Uint32Array>([
    ...memoryToArrays(flat, items),
    ['decisions', starts],
    ['taken', Uint32Array.from(memory, ({ taken }) => taken)],
    ['importances', Float64Array.from(memory, ({ importance }) => importance)],
  ]);
}

/** Reads back what `judgedToArrays` made. */
export function judgedFrom(arrays: NamedArrays, items: readonly string[]): Judged[] {
  const flat = memoryFrom(arrays, items);
  const starts = arrayNamed(arrays, 'decisions', 'uint32');
  const importances = arrayNamed(arrays, 'importances', 'float64');
  return Array.from(arrayNamed(arrays, 'taken', 'uint32'), (taken, index) => ({
    rows: flat.slice(starts[index], starts[index + 1]),
    taken,
    importance: importances[index] ?? 1,
  }));
}
