import { closeSync, openSync, readSync } from 'node:fs';
import { murmur3, murmur3Block, murmur3End } from '../../packages/heed/src/math/index.ts';
import type { FeatureRows } from '../../packages/heed/src/math/index.ts';

/** One example of a text file: its rows (good until the next one) and its label. */
export interface TextExample {
  readonly rows: FeatureRows & { readonly starts: number[]; sharedEnd: number };
  /** Action that was logged; −1 for none. */
  action: number;
  cost: number;
}

const chunkBytes = 1 << 20;
const [newline, space, bar, colon, minus, dot] = [10, 32, 124, 58, 45, 46];
const tenths = Float64Array.from({ length: 20 }, (_, digits) => 10 ** digits);

/**
 * Reads examples of Vowpal Wabbit's text form (`shared |s …`, `[action:cost:probability] |a name[:value] …`, an empty
 * line after each) and calls back for each one. A feature's hash is MurmurHash3 of its name, seeded by that of its namespace.
 */
export function readTextExamples(path: string, take: (example: TextExample) => void): void {
  const file = openSync(path, 'r');
  const hashes = new Uint32Array(1 << 16);
  const values = new Float32Array(1 << 16);
  const example: TextExample = { rows: { hashes, values, starts: [], sharedEnd: 0 }, action: -1, cost: 0 };
  let count = 0;
  let bytes = new Uint8Array(2 * chunkBytes);
  let view = new DataView(bytes.buffer);
  let kept = 0;
  begin();
  for (;;) {
    if (kept + chunkBytes > bytes.length) {
      const larger = new Uint8Array(2 * bytes.length);
      larger.set(bytes);
      bytes = larger;
      view = new DataView(bytes.buffer);
    }
    const read = readSync(file, bytes, kept, chunkBytes, null);
    if (read === 0) break;
    const end = kept + read;
    let from = 0;
    for (
      let lineEnd = bytes.indexOf(newline, kept);
      lineEnd >= 0 && lineEnd < end;
      lineEnd = bytes.indexOf(newline, from)
    ) {
      if (lineEnd > from) readLine(from, lineEnd);
      else finish();
      from = lineEnd + 1;
    }
    bytes.copyWithin(0, from, end);
    kept = end - from;
  }
  closeSync(file);
  finish();

  function begin(): void {
    count = 0;
    example.rows.starts.length = 0;
    example.rows.sharedEnd = 0;
    example.action = -1;
  }

  function finish(): void {
    if (example.rows.starts.length > 1) take(example);
    begin();
  }

  function readLine(from: number, to: number): void {
    let at = from;
    // Lines start with "shared", with a label (digits), or with a namespace.
    const isShared = bytes[at] === 115;
    while (at < to && bytes[at] !== bar) at += 1;
    const { starts } = example.rows;
    if (!isShared && starts.length === 0) {
      example.rows.sharedEnd = count;
      starts.push(count);
    }
    if (!isShared && at > from) readLabel(from, at, starts.length - 1);
    while (at < to) at = readNamespace(at + 1, to);
    if (!isShared) starts.push(count);
  }

  function readLabel(from: number, to: number, action: number): void {
    const [, cost] = new TextDecoder().decode(bytes.subarray(from, to)).split(':');
    example.action = action;
    example.cost = Number(cost);
  }

  function readNamespace(from: number, to: number): number {
    const data = bytes;
    const words = view;
    let at = from;
    while (at < to && (data[at] ?? space) > space) at += 1;
    const seed = murmur3(data, 0, from, at);
    while (at < to) {
      const start = at + 1;
      at = start;
      let hash = seed | 0;
      let tail = 0;
      // Four bytes at a time: where none of them ends the name, they are a block of its hash.
      for (;;) {
        const word = at + 4 <= to ? words.getInt32(at, true) : lastWord(data, at, to);
        const ends = endsIn(word);
        if (ends === 0) {
          hash = murmur3Block(hash, word);
          at += 4;
          continue;
        }
        const length = (31 - Math.clz32(ends & -ends)) >> 3;
        tail = word & ((1 << (length << 3)) - 1);
        at += length;
        break;
      }
      const byte = at < to ? (data[at] ?? space) : space;
      if (byte === bar) return at;
      if (at === start) continue;
      hashes[count] = murmur3End(hash, tail, at - start);
      if (byte === colon) at = readValue(at + 1, to);
      else values[count] = 1;
      count += 1;
    }
    return to;
  }

  /** Reads a decimal number without an exponent into the values; returns where it ends. */
  function readValue(from: number, to: number): number {
    const data = bytes;
    let at = from;
    const negative = data[at] === minus;
    if (negative) at += 1;
    let digits = 0;
    let digit = 0;
    while (at < to && (digit = (data[at] ?? 0) - 48) >= 0 && digit < 10) {
      digits = digits * 10 + digit;
      at += 1;
    }
    let value = digits;
    if (at < to && data[at] === dot) {
      const point = ++at;
      while (at < to && (digit = (data[at] ?? 0) - 48) >= 0 && digit < 10) {
        digits = digits * 10 + digit;
        at += 1;
      }
      value = digits / (tenths[at - point] ?? 1);
    }
    values[count] = negative ? -value : value;
    return at;
  }
}

/** The bytes that are left of a line, with spaces after them, as one word. */
function lastWord(data: Uint8Array, from: number, to: number): number {
  let word = 0x20202020;
  for (let at = to - 1; at >= from; at -= 1) word = (word << 8) | (data[at] ?? 0);
  return word;
}

/** Bit 7 of the first byte that is a space, a colon or a bar is set, and no bit below it. */
function endsIn(word: number): number {
  const spaces = word ^ 0x20202020;
  const colons = word ^ 0x3a3a3a3a;
  const bars = word ^ 0x7c7c7c7c;
  return (
    (((spaces - 0x01010101) & ~spaces) | ((colons - 0x01010101) & ~colons) | ((bars - 0x01010101) & ~bars)) & 0x80808080
  );
}
