import { FileFormatError } from '../files/format-error.ts';
import { wireTypes } from './wire-writer.ts';

const longestVarintBytes = 10;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How much a file may ask for: messages, texts and numbers together, and messages inside messages. */
export interface WireBudget {
  parts: number;
  readonly maxParts: number;
  readonly maxDepth: number;
}

function fail(reason: string): never {
  throw new FileFormatError(`cannot read protocol buffer, as ${reason}`);
}

/** Reads one message of a protocol buffer field by field; what it hands out never reaches beyond its own bytes. */
export class WireReader {
  #position: number;
  #wireType = 0;
  #low = 0;
  #high = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  readonly #budget: WireBudget;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start: number, end: number, budget: WireBudget, depth = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
    this.#budget = budget;
    this.#depth = depth;
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#position === this.#end) return 0;
    this.#varint();
    const field = this.#low >>> 3;
    if (this.#high !== 0 || field === 0)
      fail(`a field must have a number from 1 to 2^29 - 1 at byte ${this.#position}`);
    this.#wireType = this.#low & 7;
    return field;
  }

  skip(): void {
    if (this.#wireType === wireTypes.varint) this.#varint();
    else if (this.#wireType === wireTypes.fixed64) this.#advance(8);
    else if (this.#wireType === wireTypes.bytes) this.#advance(this.#lengthPrefix());
    else if (this.#wireType === wireTypes.fixed32) this.#advance(4);
    else fail(`a wire type must be 0, 1, 2 or 5 at byte ${this.#position}: it is ${this.#wireType}`);
  }

  /** A signed 64-bit integer, as a `bigint` only where a number would not hold it exactly. */
  integer(): number | bigint {
    this.#expect(wireTypes.varint);
    this.#count();
    this.#varint();
    return this.#signed();
  }

  /** Adds one integer, or a packed run of them. */
  integers(into: (number | bigint)[]): void {
    if (this.#wireType === wireTypes.varint) {
      into.push(this.integer());
      return;
    }
    const end = this.#openRun();
    while (this.#position < end) {
      this.#count();
      this.#varint();
      into.push(this.#signed());
    }
    if (this.#position !== end) fail(`a packed run must end at byte ${end}: it ends at ${this.#position}`);
  }

  float(): number {
    this.#expect(wireTypes.fixed32);
    this.#count();
    return this.#view.getFloat32(this.#advance(4), true);
  }

  /** Adds one float, or a packed run of them. */
  floats(into: number[]): void {
    if (this.#wireType === wireTypes.fixed32) {
      into.push(this.float());
      return;
    }
    const end = this.#openRun();
    if ((end - this.#position) % 4 !== 0)
      fail(`a run of floats must be a multiple of 4 bytes at byte ${this.#position}`);
    while (this.#position < end) {
      this.#count();
      into.push(this.#view.getFloat32(this.#advance(4), true));
    }
  }

  /** The bytes of the file themselves, not a copy. */
  bytes(): Uint8Array {
    this.#expect(wireTypes.bytes);
    this.#count();
    const count = this.#lengthPrefix();
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new FileFormatError(`cannot read protocol buffer, as a text must be UTF-8 at byte ${this.#position}`, {
        cause,
      });
    }
  }

  message<Result>(read: (reader: WireReader) => Result): Result {
    this.#expect(wireTypes.bytes);
    this.#count();
    const { maxDepth } = this.#budget;
    if (this.#depth >= maxDepth) fail(`messages may lie at most ${maxDepth} deep at byte ${this.#position}`);
    const count = this.#lengthPrefix();
    const start = this.#advance(count);
    return read(new WireReader(this.#bytes, start, start + count, this.#budget, this.#depth + 1));
  }

  #count(): void {
    this.#budget.parts += 1;
    if (this.#budget.parts > this.#budget.maxParts)
      fail(`a file may have at most ${this.#budget.maxParts} parts: it has more`);
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType)
      fail(`the wire type must be ${wireType} at byte ${this.#position}: it is ${this.#wireType}`);
  }

  #openRun(): number {
    this.#expect(wireTypes.bytes);
    const count = this.#lengthPrefix();
    if (count > this.#end - this.#position) this.#advance(count);
    return this.#position + count;
  }

  #lengthPrefix(): number {
    this.#varint();
    if (this.#high !== 0) fail(`a length must lie within the file at byte ${this.#position}`);
    return this.#low;
  }

  #advance(count: number): number {
    const start = this.#position;
    if (count > this.#end - start)
      fail(`${count} bytes must follow byte ${start}: ${this.#end - start} do before the message ends`);
    this.#position += count;
    return start;
  }

  #signed(): number | bigint {
    const value = (this.#high | 0) * 4294967296 + this.#low;
    if (Number.isSafeInteger(value)) return value;
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low));
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let index = 0; index < longestVarintBytes; index += 1) {
      const byte = this.#bytes[this.#advance(1)] ?? 0;
      const bits = byte & 127;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 128) {
        if (index === longestVarintBytes - 1 && byte > 1) break;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    fail(`an integer must fit 64 bits at byte ${this.#position}`);
  }
}
