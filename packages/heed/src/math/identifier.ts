/** Words of chance drawn at once: a call for one of them costs as much as a call for a thousand. */
const wordsAtOnce = 1_024;
/** The counter goes over 42 bits and begins below half of that: a moment has room for 2^41 ids. */
const lowBits = 2 ** 30;

/**
 * Makes UUIDv7 ids that grow from one to the next: 48 bits of milliseconds, 42 of a counter that begins anywhere, 32 of
 * chance. A clock that goes back does not take them back.
 *
 * @param clock epoch milliseconds.
 * @param fill fills words with chance, as `crypto.getRandomValues` does.
 * @source RFC 9562, sections 5.7 and 6.2 (fixed-length dedicated counter).
 * @example
 * const newId = createIds(Date.now, (words) => crypto.getRandomValues(words));
 */
export function createIds(clock: () => number, fill: (words: Uint32Array<ArrayBuffer>) => void): () => string {
  const words = new Uint32Array(wordsAtOnce);
  let drawn = wordsAtOnce;
  let moment = -Infinity;
  let time = '';
  let counter = 0;

  function word(): number {
    if (drawn === wordsAtOnce) {
      fill(words);
      drawn = 0;
    }
    drawn += 1;
    return words[drawn - 1] ?? 0;
  }

  return () => {
    const now = Math.floor(clock());
    if (now > moment) {
      moment = now;
      time = hexadecimal(now, 12);
      counter = (word() % 2 ** 11) * lowBits + (word() % lowBits);
    } else counter += 1;
    const high = hexadecimal(Math.floor(counter / lowBits), 3);
    const low = (0x8000_0000 + (counter % lowBits)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${low.slice(0, 4)}-${low.slice(4)}${hexadecimal(word(), 8)}`;
  };
}

/**
 * `fresh`, or where that would lie before `earlier`, the id a millisecond after `earlier`: for rows whose order counts, made
 * by processes whose clocks differ.
 */
export function idAfter(earlier: string | null, fresh: string): string {
  if (earlier === null || fresh > earlier) return fresh;
  const time = hexadecimal(Number.parseInt(earlier.slice(0, 8) + earlier.slice(9, 13), 16) + 1, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}${fresh.slice(13)}`;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
