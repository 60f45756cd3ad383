import type { JsonObject, JsonValue } from '../spec/index.ts';

/**
 * Dictionaries of dictionaries as one level of features: `{ user: { plan: 'free' } }` becomes `{ 'user.plan': 'free' }`.
 * A list of numbers or of texts is one feature; what is in a list of dictionaries lies where the list does. A name that
 * comes twice keeps both: numbers are added, as a linear model adds them, and texts become a list; else the last one counts.
 *
 * @example
 * flatFeatures([{ user: { plan: 'free' } }, { hour: 9 }]); // { 'user.plan': 'free', hour: 9 }
 */
export function flatFeatures(dictionaries: readonly JsonObject[]): JsonObject {
  const made = new Map<string, JsonValue>();
  for (const dictionary of dictionaries) for (const [name, value] of Object.entries(dictionary)) put(made, name, value);
  return Object.fromEntries(made);
}

function put(into: Map<string, JsonValue>, name: string, value: JsonValue): void {
  if (Array.isArray(value)) {
    const dictionaries = value.filter((inner) => typeof inner === 'object' && inner !== null);
    if (dictionaries.length === 0 && value.length > 0) join(into, name, value);
    else for (const inner of value) put(into, name, inner);
  } else if (typeof value === 'object' && value !== null) {
    for (const [field, inner] of Object.entries(value)) put(into, `${name}.${field}`, inner);
  } else join(into, name, value);
}

function join(into: Map<string, JsonValue>, name: string, value: JsonValue): void {
  const before = into.get(name);
  if (typeof before === 'number' && typeof value === 'number') into.set(name, before + value);
  else if (before !== undefined && areTexts(before) && areTexts(value)) into.set(name, [before, value].flat());
  else into.set(name, value);
}

function areTexts(value: JsonValue): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((inner) => typeof inner === 'string'));
}
