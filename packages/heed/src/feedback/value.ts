import { HeedError, feedbackValueSchema, partSchema } from '../spec/index.ts';
import type { FeedbackKind, FeedbackValue, JsonValue } from '../spec/index.ts';

const spoken: ReadonlySet<FeedbackKind> = new Set(['comment', 'critique', 'correction', 'demonstration']);
const content = partSchema.array().min(1);

/**
 * Gives a value that came in as JSON its typed place.
 *
 * | JSON | value |
 * |---|---|
 * | one that is typed already | itself |
 * | left out, `null` | the category that the feedback is called |
 * | number | number; of a preference, the probability that the first target is preferred |
 * | `true`, `false` | 1, 0 |
 * | text | the words of a comment, critique, correction or demonstration; otherwise a category |
 * | object of numbers | vector |
 * | list of whole numbers from 1, of a ranking | ranks |
 * | list of parts | content |
 *
 * @throws HeedError `invalid-input` for anything else.
 */
export function toFeedbackValue(value: JsonValue | undefined, kind: FeedbackKind, name: string | null): FeedbackValue {
  if (value === undefined || value === null) return { type: 'category', category: name ?? kind };
  if (typeof value === 'boolean' || typeof value === 'number') {
    const number = Number(value);
    if (kind !== 'preference') return { type: 'number', number };
    if (number >= 0 && number <= 1) return { type: 'probability', probability: number };
    throw refused(kind, 'a preference must be a probability from 0 to 1', value);
  }
  if (typeof value === 'string')
    return spoken.has(kind) ? { type: 'text', text: value } : { type: 'category', category: value };
  const typed = feedbackValueSchema.safeParse(value);
  if (typed.success) return typed.data;
  if (Array.isArray(value)) {
    if (kind === 'ranking' && isRanks(value)) return { type: 'ranking', ranks: value };
    const parts = content.safeParse(value);
    if (parts.success) return { type: 'content', parts: parts.data };
    throw refused(kind, 'a list must hold parts or, for a ranking, one rank from 1 per target', value);
  }
  if (isNumbers(value)) return { type: 'vector', numbers: value };
  throw refused(kind, 'an object must hold numbers, or be a typed value', value);
}

function isNumbers(value: { readonly [key: string]: JsonValue }): value is { [key: string]: number } {
  const numbers = Object.values(value);
  return numbers.length > 0 && numbers.every((each) => typeof each === 'number');
}

function isRanks(value: readonly JsonValue[]): value is number[] {
  return value.length > 0 && value.every((each) => Number.isInteger(each) && Number(each) > 0);
}

function refused(kind: FeedbackKind, must: string, value: JsonValue): HeedError {
  const text = JSON.stringify(value);
  return new HeedError(
    'invalid-input',
    `cannot take this ${kind}, as its value must fit (${must}): it is ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`,
  );
}
