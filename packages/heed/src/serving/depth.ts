const quote = 0x22;
const backslash = 0x5c;

/**
 * Whether the arrays and objects of a JSON text are nested at most this deep. It reads bytes and makes nothing, so that a hostile
 * text is refused before anything is made of it; whether it is JSON at all is left to the parser.
 */
export function isShallow(json: Uint8Array, mostLevels: number): boolean {
  let depth = 0;
  let place = 0;
  const { length } = json;
  while (place < length) {
    const byte = json[place] ?? 0;
    place += 1;
    if (byte === quote) {
      for (; place < length; place += 1) {
        const inner = json[place];
        if (inner === quote) break;
        if (inner === backslash) place += 1;
      }
      place += 1;
      continue;
    }
    // "[" and "{" differ in one bit, as do "]" and "}".
    const bracket = byte & 0xdf;
    if (bracket === 0x5b) {
      depth += 1;
      if (depth > mostLevels) return false;
    } else if (bracket === 0x5d) depth -= 1;
  }
  return true;
}
