/** A row for each sequence: 1 where it has an element, 0 where it is padded. Shape [sequences, size], row-major. */
export function lengthMask(lengths: readonly number[], size: number): Uint8Array {
  const mask = new Uint8Array(lengths.length * size);
  for (const [row, length] of lengths.entries()) {
    if (!Number.isSafeInteger(length) || length < 0 || length > size)
      throw new RangeError(`cannot pad, as a length must be a whole number from 0 to ${size}: it is ${length}`);
    mask.fill(1, row * size, row * size + length);
  }
  return mask;
}

export interface PackedRows {
  /** Number of each position's sequence within its row, from 1; 0 where nothing lies. Shape [rows, size]. */
  readonly segments: Int32Array;
  /** Place of each position within its sequence. Shape [rows, size]. */
  readonly positions: Int32Array;
  /** Where each sequence lies, in the order given. */
  readonly places: readonly { readonly row: number; readonly start: number }[];
  readonly rows: number;
}

/**
 * Packs sequences into rows, each into the first row that has room: less padding than a row each.
 *
 * @param lengths of the sequences, each from 1 to `size`.
 * @throws {RangeError} Where a length is outside of that.
 */
export function packSequences(lengths: readonly number[], size: number): PackedRows {
  const filled: { length: number; segments: number }[] = [];
  const placed = lengths.map((length) => {
    if (!Number.isSafeInteger(length) || length < 1 || length > size)
      throw new RangeError(`cannot pack, as a length must be a whole number from 1 to ${size}: it is ${length}`);
    let row = filled.findIndex((each) => each.length + length <= size);
    if (row === -1) row = filled.push({ length: 0, segments: 0 }) - 1;
    const target = filled[row] ?? { length: 0, segments: 0 };
    const start = target.length;
    target.length += length;
    target.segments += 1;
    return { row, start, length, segment: target.segments };
  });
  const segments = new Int32Array(filled.length * size);
  const positions = new Int32Array(filled.length * size);
  for (const { row, start, length, segment } of placed) {
    const first = row * size + start;
    segments.fill(segment, first, first + length);
    for (let index = 0; index < length; index += 1) positions[first + index] = index;
  }
  return { segments, positions, places: placed.map(({ row, start }) => ({ row, start })), rows: filled.length };
}
