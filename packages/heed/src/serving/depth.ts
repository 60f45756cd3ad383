/**
 * Whether the arrays and objects of a parsed JSON value are nested at most this deep. V8 parses any depth without recursion,
 * while what comes after (validation, hashing, writing) does recurse.
 */
export function isShallow(value: unknown, mostLevels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (mostLevels === 0) return false;
  if (Array.isArray(value)) {
    for (const inner of value as readonly unknown[])
      if (typeof inner === 'object' && !isShallow(inner, mostLevels - 1)) return false;
    return true;
  }
  for (const field in value) {
    const inner = (value as { readonly [field: string]: unknown })[field];
    if (typeof inner === 'object' && !isShallow(inner, mostLevels - 1)) return false;
  }
  return true;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * The same of a JSON text, before it is parsed: four megabytes of brackets held V8 up for a second.
 * Reading every character costs more than half of what parsing does, so that it is worth it for long texts only.
 */
export function isShallowText(json: string, mostLevels: number): boolean {
  let depth = 0;
  const { length } = json;
  for (let place = 0; place < length; place += 1) {
    const unit = json.charCodeAt(place);
    if (unit === quote) {
      for (place += 1; place < length && json.charCodeAt(place) !== quote; place += 1)
        if (json.charCodeAt(place) === backslash) place += 1;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > mostLevels) return false;
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
  return true;
}
