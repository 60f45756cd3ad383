/**
 * JSON with keys sorted at every depth, so that equal values have equal texts.
 *
 * @example
 * canonicalJson({ b: 1, a: [{ d: 2, c: 3 }] }); // '{"a":[{"c":3,"d":2}],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return write(value, [], 0) ?? 'null';
}

/** Names as they were given last, in their order, and each as it stands in the text: objects of one depth have most often the same ones. */
interface Order {
  readonly given: readonly string[];
  readonly names: readonly string[];
  readonly heads: readonly string[];
  /** Takes the values of an object that holds none: JSON then writes it in one go, and numbers far faster than they are joined. */
  readonly flat: Record<string, unknown>;
}

/** The text of a value; `undefined` for what JSON leaves out. */
function write(value: unknown, orders: Order[], depth: number): string | undefined {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(''), orders, depth);
  if (Array.isArray(value)) {
    if (!value.some(isObject)) return JSON.stringify(value);
    return `[${value.map((inner) => write(inner, orders, depth + 1) ?? 'null').join(',')}]`;
  }
  const fields = value as { readonly [field: string]: unknown };
  const given = Object.keys(fields);
  const last = orders[depth];
  const order = last !== undefined && isSame(given, last.given) ? last : (orders[depth] = orderOf(given));
  return writeFlat(fields, order) ?? writeEach(fields, order, orders, depth);
}

/** The text of an object that holds no other; else `null`. */
function writeFlat(fields: { readonly [field: string]: unknown }, { names, flat }: Order): string | null {
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    const inner = fields[name];
    if (isObject(inner)) return null;
    flat[name] = inner;
  }
  return JSON.stringify(flat);
}

function writeEach(
  fields: { readonly [field: string]: unknown },
  { names, heads }: Order,
  orders: Order[],
  depth: number,
): string {
  let text = '';
  for (let index = 0; index < names.length; index += 1) {
    const inner = write(fields[names[index] ?? ''], orders, depth + 1);
    if (inner !== undefined) text += `${text === '' ? '{' : ','}${heads[index]}${inner}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** Sorted as text, but for names that are whole numbers, which an object has first. */
function orderOf(given: readonly string[]): Order {
  const flat: Record<string, unknown> = Object.fromEntries(given.toSorted().map((name) => [name, null]));
  const names = Object.keys(flat);
  return { given, names, heads: names.map((name) => `${JSON.stringify(name)}:`), flat };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
