const encoder = new TextEncoder();
const initialBytes = 4096;

export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Writes protocol buffers: fields in the order of the calls. */
export class WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacityBytes = initialBytes) {
    this.#bytes = new Uint8Array(Math.max(capacityBytes, initialBytes));
    this.#view = new DataView(this.#bytes.buffer);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  #unsigned(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #tag(field: number, wireType: number): void {
    this.#unsigned(field * 8 + wireType);
  }

  /** A signed 64-bit integer; a negative one takes ten bytes. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, wireTypes.varint);
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
      this.#unsigned(value);
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 128n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  float(field: number, value: number): void {
    this.#tag(field, wireTypes.fixed32);
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#unsigned(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** A message inside this one: its length is put before it once it is known. */
  message(field: number, write: (writer: WireWriter) => void): void {
    this.#tag(field, wireTypes.bytes);
    const start = this.#length;
    write(this);
    const count = this.#length - start;
    let prefixBytes = 1;
    for (let rest = count; rest >= 128; rest = Math.floor(rest / 128)) prefixBytes += 1;
    this.#reserve(prefixBytes);
    this.#bytes.copyWithin(start + prefixBytes, start, this.#length);
    this.#length = start;
    this.#unsigned(count);
    this.#length += count;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
