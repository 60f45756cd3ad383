import fc from 'fast-check';

export type Schema = { readonly [keyword: string]: unknown };
export type Schemas = { readonly [name: string]: Schema };

/** Values that a schema cannot tell, by the name of the field that takes them or of the component that they fit; `/folder`: of a row's id in a path. */
export type Known = { readonly [field: string]: fc.Arbitrary<unknown> };

const oftenBlank = [
  '',
  ' ',
  '\u0000',
  '\uFEFF',
  '\u202Eabc',
  'e\u0301',
  '𝒳',
  '\uD800',
  '\uDFFF',
  'İ',
  '\n\r',
  '\u2028',
];
const poisonous = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'then'];
const injected = [
  "'; drop table heed.decision; --",
  '${7*7}',
  '../../etc/passwd',
  '%00',
  '{{x}}',
  '\\',
  '"',
  '<script>',
];

/** Text that programs stumble over. */
export const oddText = fc.oneof(
  fc.constantFrom(...oftenBlank, ...poisonous, ...injected),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(255, 256, 257, 512, 513, 2_001, 100_000).map((length) => 'x'.repeat(length)),
);

const oddNumber = fc.oneof(
  fc.constantFrom(-0, -1, 0.1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63, 1e21, 1e308, -1e308, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any JSON at all. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: oddText },
  { weight: 3, arbitrary: oddNumber },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], { '': '' }) },
  { weight: 1, arbitrary: fc.nat(40).map(nested) },
  { weight: 1, arbitrary: fc.constantFrom(...poisonous).map((name) => ownField(name, { polluted: true })) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Values that fit a schema of the document; one that nests itself is followed `most` levels deep. */
export function fromSchema(schema: Schema, schemas: Schemas, known: Known, most = 5): fc.Arbitrary<unknown> {
  const deeper = (inner: unknown): fc.Arbitrary<unknown> => fromSchema(inner as Schema, schemas, known, most - 1);
  if (typeof schema['$ref'] === 'string') {
    const name = schema['$ref'].split('/').at(-1) ?? '';
    const fits = fromSchema(schemas[name] ?? {}, schemas, known, most);
    return known[name] === undefined
      ? fits
      : fc.oneof({ weight: 3, arbitrary: known[name] }, { weight: 1, arbitrary: fits });
  }
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choices !== undefined) {
    const flat = choices.filter(({ type }) => type !== 'array' && type !== 'object');
    return fc.oneof(...(most > 0 || flat.length === 0 ? choices : flat).map(deeper));
  }
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if (Array.isArray(schema['type'])) return fc.oneof(...schema['type'].map((type) => deeper({ ...schema, type })));
  switch (schema['type']) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      if (Array.isArray(schema['prefixItems'])) return fc.tuple(...schema['prefixItems'].map(deeper));
      const minLength = Number(schema['minItems'] ?? 0);
      return fc.array(deeper(schema['items'] ?? {}), { minLength, maxLength: minLength + 2 });
    }
    case 'object':
      return objectOf(schema, (name, inner) => known[name] ?? deeper(inner));
    default:
      return fc.jsonValue({ maxDepth: Math.max(0, Math.min(2, most)) });
  }
}

function textOf({ format, pattern, minLength = 0, maxLength = 12 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString());
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  return fc.string({
    minLength: Number(minLength),
    maxLength: Math.max(Number(minLength), Math.min(12, Number(maxLength))),
  });
}

function numberOf({ type, minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<number> {
  const max = Math.min(Number(maximum ?? 1e9), 1e15);
  if (type === 'integer') {
    const min =
      exclusiveMinimum === undefined ? Math.max(Number(minimum ?? -1e9), -1e15) : Number(exclusiveMinimum) + 1;
    return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
  }
  const min = Number(minimum ?? exclusiveMinimum ?? -1e9);
  return fc.double({ min, max, minExcluded: exclusiveMinimum !== undefined, noNaN: true });
}

/** An object with all that it needs: half of the time alone, else with each of what it may have one time in five. */
function objectOf(
  schema: Schema,
  fieldOf: (name: string, inner: unknown) => fc.Arbitrary<unknown>,
): fc.Arbitrary<{ [field: string]: unknown }> {
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const fields = Object.entries((schema['properties'] ?? {}) as Schemas).map(([name, inner]) =>
    fc
      .tuple(fc.nat(4), fieldOf(name, inner))
      .map(([dice, value]) => ({ name, value, needed: required.has(name), drawn: dice === 0 })),
  );
  return fc.tuple(fc.boolean(), ...fields).map(([bare, ...entries]) => {
    const kept = entries.filter(({ needed, drawn }) => needed || (drawn && !bare));
    return Object.fromEntries(kept.map(({ name, value }) => [name, value]));
  });
}

/** One change to a value, somewhere within it: a field goes, comes, or holds something else. */
export function oddlyChanged(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.constantFrom('replace', 'remove', 'add', 'wrap', 'double');
  return fc.tuple(value, fc.nat(), change, oddText, oddValue).map(([whole, place, how, name, odd]) => {
    const copy: { whole: unknown } = { whole: structuredClone(whole) };
    const places = placesOf(copy);
    const { holder, field } = places[place % places.length] ?? { holder: copy, field: 'whole' };
    const held = (holder as { [field: string]: unknown })[field];
    const put = (next: unknown): void =>
      void Object.defineProperty(holder, field, { value: next, enumerable: true, configurable: true, writable: true });
    if (how === 'replace') put(odd);
    else if (how === 'remove') delete (holder as { [field: string]: unknown })[field];
    else if (how === 'wrap') put([held]);
    else if (how === 'double') put(Array.isArray(held) ? [...(held as unknown[]), ...(held as unknown[])] : { held });
    else
      put(
        typeof held === 'object' && held !== null && !Array.isArray(held) ? { ...held, ...ownField(name, odd) } : odd,
      );
    return copy.whole;
  });
}

function placesOf(holder: { [field: string]: unknown }): { holder: object; field: string }[] {
  return Object.entries(holder).flatMap(([field, inner]) => [
    { holder, field },
    ...(typeof inner === 'object' && inner !== null ? placesOf(inner as { [field: string]: unknown }) : []),
  ]);
}

/** An object with a field of its own, even where it is called `__proto__`. */
function ownField(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true });
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { in: value };
  return value;
}
