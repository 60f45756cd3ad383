const encoder = new TextEncoder();
let scratch = new Uint8Array(1_024);

/**
 * MurmurHash3 (x86, 32 bits) of `bytes[from … to)`.
 *
 * @returns an unsigned 32-bit integer.
 * @source Austin Appleby, MurmurHash3, public domain.
 */
export function murmur3(bytes: Uint8Array, seed: number, from = 0, to = bytes.length): number {
  let hash = seed | 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const block =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = murmur3Block(hash, block);
  }
  let tail = 0;
  for (let last = to - 1; last >= at; last -= 1) tail = (tail << 8) | (bytes[last] ?? 0);
  return murmur3End(hash, tail, to - from);
}

/** Mixes four bytes, the first one lowest, into a hash that is under way; begin with the seed. */
export function murmur3Block(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** Ends a hash: with the last 0–3 bytes, the first one lowest, and the length of the whole in bytes. */
export function murmur3End(hash: number, tail: number, length: number): number {
  let ended = hash ^ scramble(tail) ^ length;
  ended = Math.imul(ended ^ (ended >>> 16), 0x85ebca6b);
  ended = Math.imul(ended ^ (ended >>> 13), 0xc2b2ae35);
  return (ended ^ (ended >>> 16)) >>> 0;
}

/** MurmurHash3 of a text's UTF-8 bytes, an unsigned 32-bit integer. */
export function hashName(name: string, seed: number): number {
  if (name.length * 3 > scratch.length) scratch = new Uint8Array(name.length * 6);
  const { written } = encoder.encodeInto(name, scratch);
  return murmur3(scratch, seed, 0, written);
}

/** Hash of a pair from the hashes of its members, in order: `(first · 16777619) xor second`, modulo 2³². */
export function combineHashes(first: number, second: number): number {
  return (Math.imul(first, 16_777_619) ^ second) >>> 0;
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
