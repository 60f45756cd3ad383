/** A table with one row per used slot: a 32-bit key each, columns of float64, and a few numbers of the whole. */
export interface SparseTable {
  readonly numbers: readonly number[];
  readonly keys: Uint32Array;
  readonly columns: readonly Float64Array[];
}

const formatVersion = 1;
const headBytes = 12;

/**
 * Writes a table: format version, count of numbers, count of columns (1 byte each, then one of padding), count of
 * rows (uint32), 4 bytes of zeros, the numbers (float64), the columns (float64) and the keys (uint32), little-endian.
 *
 * @throws RangeError where the columns differ in length from the keys.
 */
export function packTable({ numbers, keys, columns }: SparseTable): Uint8Array {
  for (const column of columns) {
    if (column.length !== keys.length)
      throw new RangeError(
        `cannot pack the table, as each column must have ${keys.length} rows: one has ${column.length}`,
      );
  }
  const bytes = new Uint8Array(headBytes + 8 * (numbers.length + columns.length * keys.length) + 4 * keys.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, formatVersion);
  view.setUint8(1, numbers.length);
  view.setUint8(2, columns.length);
  view.setUint32(4, keys.length, true);
  let at = headBytes;
  for (const list of [numbers, ...columns]) {
    for (const number of list) {
      view.setFloat64(at, number, true);
      at += 8;
    }
  }
  for (const key of keys) {
    view.setUint32(at, key, true);
    at += 4;
  }
  return bytes;
}

/**
 * Reads what `packTable` wrote.
 * @throws TypeError for bytes that are no such table, or of another format version.
 */
export function unpackTable(bytes: Uint8Array): SparseTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headBytes || view.getUint8(0) !== formatVersion) {
    throw new TypeError(
      `cannot read the table, as its format version must be ${formatVersion}: it is ${bytes[0] ?? 'missing'}`,
    );
  }
  const rows = view.getUint32(4, true);
  const lists = [view.getUint8(1), ...Array.from({ length: view.getUint8(2) }, () => rows)];
  const expected = headBytes + 8 * lists.reduce((sum, length) => sum + length, 0) + 4 * rows;
  if (bytes.length !== expected)
    throw new TypeError(`cannot read the table, as it must be ${expected} bytes long: it is ${bytes.length}`);
  let at = headBytes;
  const [numbers = new Float64Array(), ...columns] = lists.map((length) => {
    const list = new Float64Array(length);
    for (let index = 0; index < length; index += 1, at += 8) list[index] = view.getFloat64(at, true);
    return list;
  });
  const keys = new Uint32Array(rows);
  for (let index = 0; index < rows; index += 1, at += 4) keys[index] = view.getUint32(at, true);
  return { numbers: [...numbers], keys, columns };
}
