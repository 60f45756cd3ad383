import type { JsonObject, JsonValue } from '../spec/index.ts';

/**
 * The fields of a record that have no column of their own, without those that hold their usual value:
 * most of a decision's fields are `null` or empty, and hot rows are small.
 */
export function packBody(
  record: { readonly [field: string]: unknown },
  columns: ReadonlySet<string>,
  usual: JsonObject,
): JsonObject {
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(record)) {
    if (columns.has(field) || value === undefined || isUsual(value, usual[field])) continue;
    body[field] = pack(value) as JsonValue;
  }
  return body;
}

/** The inverse of `packBody`: the usual values, then what the row holds. */
export function unpackBody(body: JsonObject, usual: JsonObject): JsonObject {
  const record: JsonObject = { ...usual };
  for (const [field, value] of Object.entries(body)) record[field] = unpack(value);
  return record;
}

function isUsual(value: unknown, usual: JsonValue | undefined): boolean {
  if (Array.isArray(usual)) return usual.length === 0 && Array.isArray(value) && value.length === 0;
  return usual !== undefined && value === usual;
}

/** Vector parts become base64 of float32 where that loses nothing: a third of the size of their digits. */
function pack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value !== 'object' || value === null || !('type' in value)) return value;
  if (value.type === 'vector' && 'values' in value && isFloat32(value.values)) {
    const { values, ...rest } = value as { values: number[] };
    return { ...rest, float32: Buffer.from(Float32Array.from(values).buffer).toString('base64') };
  }
  if (value.type === 'message' && 'parts' in value) return { ...value, parts: pack(value.parts) };
  if (value.type === 'content' && 'parts' in value) return { ...value, parts: pack(value.parts) };
  return value;
}

function unpack(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(unpack);
  if (typeof value !== 'object' || value === null) return value;
  if (value['type'] === 'vector' && typeof value['float32'] === 'string') {
    const { float32: _packed, ...rest } = value;
    const raw = Uint8Array.from(Buffer.from(value['float32'], 'base64'));
    return { ...rest, values: [...new Float32Array(raw.buffer)] };
  }
  if ((value['type'] === 'message' || value['type'] === 'content') && value['parts'] !== undefined)
    return { ...value, parts: unpack(value['parts']) };
  return value;
}

function isFloat32(values: unknown): values is number[] {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => typeof value === 'number' && Object.is(Math.fround(value), value) && !Object.is(value, -0))
  );
}
