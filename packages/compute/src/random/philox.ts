/** Two words of 32 bits that choose a stream. */
export type KeyWords = readonly [number, number];
export type Block = readonly [number, number, number, number];

/** The upper 32 bits of the product of two words of 32 bits; each sum below is less than 2³². */
function high(a: number, b: number): number {
  const aLow = a & 0xff_ff;
  const aHigh = a >>> 16;
  const bLow = b & 0xff_ff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xff_ff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

/**
 * Philox 4×32 with 10 rounds: four random words from a key and a counter.
 *
 * @source Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), section 3.3.
 */
export function philoxBlock(key: KeyWords, counter: Block): Block {
  const block = new Uint32Array(4);
  philoxInto(block, 0, key, counter);
  const [a = 0, b = 0, c = 0, d = 0] = block;
  return [a, b, c, d];
}

/** `philoxBlock` without an array of its own: the four words go to these places of `out`, as far as it has them. */
export function philoxInto(out: Uint32Array, start: number, [first, second]: KeyWords, counter: Block): void {
  let [a, b, c, d] = counter;
  let [k, l] = [first | 0, second | 0];
  for (let round = 0; round < 10; round += 1) {
    const [wasA, wasC] = [a, c];
    a = high(wasC, 0xcd_9e_8d_57) ^ b ^ k;
    b = Math.imul(wasC, 0xcd_9e_8d_57);
    c = high(wasA, 0xd2_51_1f_53) ^ d ^ l;
    d = Math.imul(wasA, 0xd2_51_1f_53);
    k = (k + 0x9e_37_79_b9) | 0;
    l = (l + 0xbb_67_ae_85) | 0;
  }
  out[start] = a;
  out[start + 1] = b;
  out[start + 2] = c;
  out[start + 3] = d;
}
