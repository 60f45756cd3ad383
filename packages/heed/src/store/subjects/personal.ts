import type { JsonObject, JsonValue } from '../../spec/index.ts';

/** A row's body in two: what stays for ever, and what lies under the subject's key (`null`: nothing personal in it). */
export interface SplitBody {
  readonly body: JsonObject;
  readonly personal: JsonObject | null;
}

/** Of a decision: context, observations, and what an action says in words or tokens. */
export function splitDecision(body: JsonObject): SplitBody {
  const { context, observations, action, ...rest } = body;
  const reduced = withoutWords(action);
  const personal = present({ context, observations, action: reduced === null ? undefined : action });
  return {
    body: action === undefined ? rest : { ...rest, action: reduced ?? action },
    personal,
  };
}

/** Of feedback: words and content parts, who or what exactly it came from, and targets that carry content or name somebody. */
export function splitFeedback(body: JsonObject): SplitBody {
  const reduced = present({
    value: wordlessValue(body['value']),
    source: namelessSource(body['source']),
    targets: wordlessTargets(body['targets']),
  });
  if (reduced === null) return { body, personal: null };
  const personal = Object.fromEntries(Object.keys(reduced).map((field) => [field, body[field] as JsonValue]));
  return { body: { ...body, ...reduced }, personal };
}

/** What stands where a forgotten subject's id stood in a target. */
const nobody = 'forgotten';

function present(fields: { readonly [field: string]: JsonValue | null | undefined }): JsonObject | null {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return kept.length === 0 ? null : (Object.fromEntries(kept) as JsonObject);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An action without its words; `null` where it has none: an item, a slate and numbers stay. */
function withoutWords(action: JsonValue | undefined): JsonObject | null {
  if (!isObject(action)) return null;
  if (action['type'] === 'message') return { ...action, parts: [], raw: '' };
  if (action['type'] !== 'tokens') return null;
  const { mask: _mask, ...rest } = action;
  return { ...rest, tokens: [] };
}

function wordlessValue(value: JsonValue | undefined): JsonObject | null {
  if (!isObject(value)) return null;
  if (value['type'] === 'text') return { type: 'text', text: '' };
  return value['type'] === 'content' ? { type: 'content', parts: [] } : null;
}

function namelessSource(source: JsonValue | undefined): JsonObject | null {
  if (!isObject(source) || (source['id'] === undefined && source['evidence'] === undefined)) return null;
  const { id: _id, evidence: _evidence, ...rest } = source;
  return rest;
}

function wordlessTargets(targets: JsonValue | undefined): JsonValue | null {
  if (!Array.isArray(targets)) return null;
  const reduced = targets.map(wordlessTarget);
  return reduced.every((target) => target === null)
    ? null
    : reduced.map((target, index) => target ?? targets[index] ?? null);
}

function wordlessTarget(target: JsonValue): JsonObject | null {
  if (!isObject(target)) return null;
  if (target['type'] === 'content') return { type: 'content', parts: [] };
  if (target['type'] === 'subject') return { ...target, subject: nobody };
  const action = target['type'] === 'alternative' ? withoutWords(target['action']) : null;
  return action === null ? null : { ...target, action };
}
