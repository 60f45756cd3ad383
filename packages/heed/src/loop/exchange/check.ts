import { HeedError } from '../../spec/index.ts';
import { rowKinds, rowSchemas } from './rows.ts';
import type { Row, RowKind } from './rows.ts';

/**
 * Checks one row against the records' schemas.
 *
 * @param place where it stands, as `line 3`.
 * @param kinds the kinds that may come.
 * @throws HeedError `invalid-input` naming the place, the field, what it must be, and what it is: also for a field
 *   that no record has, as leaving it out in silence would lose what its writer meant.
 */
export function checkRow(value: unknown, place: string, kinds: readonly RowKind[] = rowKinds): Row {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const known = kinds.find((each) => each === kind);
  if (known === undefined) throw refused(place, `kind must be ${kinds.join(' or ')}`, kind);
  const parsed = rowSchemas[known].safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    throw refused(
      place,
      `${path.join('.')} must fit the record (${issue?.message ?? 'it does not'})`,
      valueAt(value, path),
    );
  }
  const unknown = unknownField(value, parsed.data, []);
  if (unknown !== null)
    throw refused(
      place,
      `${unknown.slice(0, -1).join('.') || 'the row'} must have no other fields than its record has`,
      unknown.at(-1),
    );
  return parsed.data;
}

/** The path of the first field that the schema did not know and so left out. */
function unknownField(given: unknown, kept: unknown, path: readonly string[]): readonly string[] | null {
  if (typeof given !== 'object' || given === null || typeof kept !== 'object' || kept === null) return null;
  for (const [field, value] of Object.entries(given)) {
    const here = [...path, field];
    if (!Object.hasOwn(kept, field)) return here;
    const inner = unknownField(value, (kept as { readonly [field: string]: unknown })[field], here);
    if (inner !== null) return inner;
  }
  return null;
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as { readonly [key: PropertyKey]: unknown })[key]
        : undefined,
    value,
  );
}

function refused(place: string, must: string, is: unknown): HeedError {
  const text = is === undefined ? 'missing' : JSON.stringify(is);
  return new HeedError(
    'invalid-input',
    `cannot read ${place}, as ${must}: it is ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`,
  );
}
