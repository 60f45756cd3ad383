import { hashName } from '../../math/index.ts';

/** Tells whether an id came before, from 64 bits of it: 16 bytes an id at most, and one false alarm in 10¹¹ for ten million. */
export interface DuplicateWatch {
  seen(id: string): boolean;
}

const seeds = [0x51ed270b, 0x2545f491] as const;

export function createDuplicateWatch(): DuplicateWatch {
  let slots = 1_024;
  let first = new Uint32Array(slots);
  let second = new Uint32Array(slots);
  let count = 0;

  /** Puts a pair in; true where it was there. A pair of zeros stands for an empty slot. */
  function put(high: number, low: number): boolean {
    let slot = high & (slots - 1);
    while (first[slot] !== 0 || second[slot] !== 0) {
      if (first[slot] === high && second[slot] === low) return true;
      slot = (slot + 1) & (slots - 1);
    }
    first[slot] = high;
    second[slot] = low;
    return false;
  }

  function grow(): void {
    const [highs, lows] = [first, second];
    slots *= 2;
    first = new Uint32Array(slots);
    second = new Uint32Array(slots);
    for (let slot = 0; slot < highs.length; slot += 1)
      if (highs[slot] !== 0 || lows[slot] !== 0) put(highs[slot] ?? 0, lows[slot] ?? 0);
  }

  return {
    seen(id) {
      if (put(hashName(id, seeds[0]), (hashName(id, seeds[1]) | 1) >>> 0)) return true;
      count += 1;
      if (count * 2 > slots) grow();
      return false;
    },
  };
}
