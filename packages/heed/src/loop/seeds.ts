import { randomBytes } from 'node:crypto';

const seedBytes = 8;
const seedsAtOnce = 512;

/** Makes seeds of 64 random bits, in hexadecimal. Many are drawn at once: a call for eight bytes costs as much as one for thousands. */
export function createSeeds(): () => string {
  let drawn = '';
  let at = 0;
  return () => {
    if (at === drawn.length) {
      drawn = randomBytes(seedBytes * seedsAtOnce).toString('hex');
      at = 0;
    }
    at += 2 * seedBytes;
    return drawn.slice(at - 2 * seedBytes, at);
  };
}
