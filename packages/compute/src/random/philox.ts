/** Two words of 32 bits that choose a stream. */
export type KeyWords = readonly [number, number];
export type Block = readonly [number, number, number, number];

const low = (value: number, by: number): number => Math.imul(value, by) >>> 0;

/** The upper 32 bits of the product of two 32-bit words. */
function high(a: number, b: number): number {
  const aLow = a & 0xff_ff;
  const aHigh = a >>> 16;
  const bLow = b & 0xff_ff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xff_ff);
  return (aHigh * bHigh + Math.floor(middle / 65_536) + Math.floor(other / 65_536)) >>> 0;
}

/**
 * Philox 4×32 with 10 rounds: four random words from a key and a counter.
 *
 * @source Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), section 3.3.
 */
export function philoxBlock(key: KeyWords, counter: Block): Block {
  let [a, b, c, d] = counter;
  let [k, l] = key;
  for (let round = 0; round < 10; round += 1) {
    const next: Block = [
      (high(c, 0xcd_9e_8d_57) ^ b ^ k) >>> 0,
      low(c, 0xcd_9e_8d_57),
      (high(a, 0xd2_51_1f_53) ^ d ^ l) >>> 0,
      low(a, 0xd2_51_1f_53),
    ];
    [a, b, c, d] = next;
    k = (k + 0x9e_37_79_b9) >>> 0;
    l = (l + 0xbb_67_ae_85) >>> 0;
  }
  return [a, b, c, d];
}
