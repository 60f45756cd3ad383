import { createHash } from 'node:crypto';
import { HeedError } from '../spec/index.ts';
import type { JsonObject, JsonValue } from '../spec/index.ts';
import { flatFeatures } from './flat-features.ts';
import type { RecordRequest } from './heed.ts';
import { refuse, vowpalFeatures, vowpalReader } from './import-vowpal-wabbit.ts';
import type { VowpalExample } from './import-vowpal-wabbit.ts';

/** A decision of somebody else's log, with its reward. */
export interface LoggedDecision {
  readonly request: RecordRequest;
  readonly reward: number;
}

/** What a line of a log gave: a decision, or why there is none to learn from. */
export type Logged = { readonly line: number } & (LoggedDecision | { readonly skipped: string });

/** Takes a log line by line; `null` where no decision ends with the line. */
type LogReader = (line: string) => Logged | null;

/** How the logs of Vowpal Wabbit are written. */
export const vowpalFormats = ['vw', 'dsjson'] as const;
export type VowpalFormat = (typeof vowpalFormats)[number];

/** Reads a log; `source` names it, so that the same decision in another log is another one. */
export function logReader(format: VowpalFormat, source: string): LogReader {
  return format === 'vw' ? textReader(source) : dsjsonReader();
}

/** Decisions have no names in the text: each is known by its lines, and by how often they were there before. */
function textReader(source: string): LogReader {
  const read = vowpalReader();
  const seen = new Map<string, number>();
  return (line) => {
    const example = read(line);
    if (example === null) return null;
    const hash = createHash('sha256').update(example.text).digest('hex').slice(0, 32);
    const times = seen.get(hash) ?? 0;
    seen.set(hash, times + 1);
    return fromExample(example, `vw/${source}/${hash}/${times}`);
  };
}

function fromExample({ line, shared, actions }: VowpalExample, idempotencyKey: string): Logged {
  const taken = actions.findIndex(({ label }) => label !== null);
  const label = actions[taken]?.label ?? null;
  if (label === null) return { line, skipped: 'without a label' };
  if (!isProbability(label.probability)) return { line, skipped: 'with a probability outside (0, 1]' };
  const candidates = actions.map(({ tag, namespaces }, place) => ({
    item: tag ?? `action ${place + 1}`,
    features: vowpalFeatures(namespaces),
  }));
  const action = { type: 'choice', item: candidates[taken]?.item ?? '' } as const;
  const { probability, cost } = label;
  const request = { context: vowpalFeatures(shared), candidates, action, probability, idempotencyKey };
  return { line, request, reward: -cost };
}

function dsjsonReader(): LogReader {
  let line = 0;
  return (text) => {
    line += 1;
    return text.trim() === '' ? null : { line, ...readDsjson(line, text) };
  };
}

/**
 * A line of the JSON that Personalizer and the reinforcement learning library log for Vowpal Wabbit (`--dsjson`).
 * The reward is minus `_label_cost`; an event that was never activated (`_skipLearn`) is one that was not shown.
 *
 * @throws HeedError `invalid-input` with the line.
 */
function readDsjson(line: number, text: string): LoggedDecision | { readonly skipped: string } {
  const logged = parse(line, text);
  const { c, EventId, Timestamp, _label_cost: cost, _label_probability: probability } = logged;
  if (!isObject(c)) return { skipped: 'without a context c (dangling rewards and the like)' };
  const { _multi: actions, _slots: slots, ...shared } = c;
  if (slots !== undefined || '_outcomes' in logged) return { skipped: 'with slots' };
  if (!Array.isArray(actions) || actions.length === 0) return { skipped: 'without actions' };
  if (typeof cost !== 'number') return { skipped: 'without a label' };
  if (typeof probability !== 'number' || !isProbability(probability))
    return { skipped: 'with a probability outside (0, 1]' };
  if (typeof EventId !== 'string' || EventId === '') throw refuse(line, 'EventId must be a text', 'it is not');
  const candidates = actions.map((each, place) => toCandidate(line, each, place));
  const taken = candidates[indexOf(logged)];
  if (taken === undefined) throw refuse(line, '_labelIndex must name one of _multi', `there are ${actions.length}`);
  return {
    request: {
      context: flatFeatures([withoutSpecial(shared)]),
      candidates,
      action: { type: 'choice', item: taken.item },
      probability,
      decidedAt: toTime(line, Timestamp),
      activation: logged['_skipLearn'] === true ? 'deferred' : 'immediate',
      idempotencyKey: `dsjson/${createHash('sha256').update(EventId).digest('hex')}`,
    },
    reward: cost === 0 ? 0 : -cost,
  };
}

function parse(line: number, text: string): JsonObject {
  try {
    const value = JSON.parse(text) as unknown;
    if (isObject(value)) return value;
  } catch (cause) {
    throw new HeedError('invalid-input', `cannot read line ${line}, as it must be JSON: it is not`, { cause });
  }
  throw refuse(line, 'it must be an object', 'it is another value');
}

/** The place of the taken action in `_multi`, from 0. */
function indexOf({ _labelIndex: index, _label_Action: action }: JsonObject): number {
  if (typeof index === 'number') return index;
  return typeof action === 'number' ? action - 1 : -1;
}

/** Personalizer puts an action's id into `i` and its features into `j`, the library what it likes. */
function toCandidate(line: number, value: JsonValue, place: number): { item: string; features: JsonObject } {
  if (!isObject(value)) throw refuse(line, 'each of _multi must be an object', `that at ${place} is not`);
  const { _tag: tag, i: head, j: features, ...rest } = value;
  const id = isObject(head) ? head['id'] : undefined;
  const item = [tag, id].find((name) => typeof name === 'string' && name !== '');
  const own = Array.isArray(features) && id !== undefined ? features.filter(isObject) : null;
  const kept = own ?? [
    { ...(head === undefined ? {} : { i: head }), ...(features === undefined ? {} : { j: features }) },
  ];
  return {
    item: typeof item === 'string' ? item : `action ${place + 1}`,
    features: flatFeatures([...kept, withoutSpecial(rest)]),
  };
}

/** Fields that begin with `_` say something to Vowpal Wabbit; `FromUrl` holds the context features of Personalizer. */
function withoutSpecial({ FromUrl: given, ...rest }: JsonObject): JsonObject {
  const own = Array.isArray(given)
    ? flatFeatures(given.filter(isObject))
    : given === undefined
      ? {}
      : { FromUrl: given };
  return { ...Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('_'))), ...own };
}

function toTime(line: number, written: unknown): string | undefined {
  if (written === undefined || written === null) return undefined;
  const time = typeof written === 'string' ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(time))
    throw refuse(line, 'Timestamp must be a time in ISO 8601', `it is ${JSON.stringify(written)}`);
  return new Date(time).toISOString();
}

function isProbability(value: number): boolean {
  return value > 0 && value <= 1;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
