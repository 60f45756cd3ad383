import { RowFault } from '../../evaluation/index.ts';
import { isHeedError, normaliseCandidates } from '../../spec/index.ts';
import type { Candidate, JsonObject } from '../../spec/index.ts';
import { normaliseContext } from '../candidate-sets.ts';
import type { CaseLog, Logged, LoggedCase } from './cases.ts';
import { readFileRows } from './file-rows.ts';
import type { EvaluateOptions } from './request.ts';

/**
 * A file as a log of decisions that an artifact can be asked about: a row a decision, with `context` and `candidates` (as JSON, or
 * as its text in Parquet), `action` (the item taken, or the items of a slate), `probability` and `reward` (or `rewards`).
 */
export function createFileLog(
  { format, path }: NonNullable<EvaluateOptions['file']>,
  { onProgress, signal, skipBadRows }: EvaluateOptions,
): CaseLog {
  let rows = 0;
  let all = 0;
  return {
    async read(take) {
      rows = 0;
      await readFileRows(
        format,
        path,
        (get, place) => {
          rows += 1;
          all += 1;
          take(toLogged(get, place()));
        },
        { skipBadRows, signal, onProgress: () => onProgress?.(all) },
      );
    },
    facts: () => ({ computedFrom: { source: 'file', file: path, rows }, leftOut: {}, unanswered: 0 }),
    leastProbability: () => null,
  };
}

type Get = (field: string) => unknown;

function toLogged(get: Get, place: string): Logged {
  try {
    return toCase(get, place);
  } catch (error) {
    if (error instanceof RowFault) return { place, fault: error };
    throw error;
  }
}

function toCase(get: Get, place: string): LoggedCase {
  const context = contextAt(get);
  const candidates = candidatesAt(get);
  const action = actionAt(get);
  const subject = textAt(get, 'subject');
  const id = textAt(get, 'id');
  const probabilityError = get('probabilityError');
  const prefixes = get('prefixProbabilities');
  return {
    id,
    unit: subject ?? id ?? place,
    subject,
    place,
    request: {
      subject,
      context: normalised('context', () => normaliseContext(context)),
      candidates,
      excluded: new Set(excludedAt(get)),
      size: action.type === 'slate' ? action.items.length : 1,
      subjectState: null,
    },
    action,
    rewards: action.type === 'slate' ? listAt(get, 'rewards') : [get('reward')],
    probability: get('probability'),
    probabilityError: typeof probabilityError === 'number' ? probabilityError : null,
    acted:
      Array.isArray(prefixes) && action.type === 'slate'
        ? { policy: null, prefix: (places) => Number((prefixes as readonly unknown[])[places - 1]) }
        : null,
    context,
  };
}

function contextAt(get: Get): JsonObject {
  const context = parsed(get, 'context');
  if (context === undefined || context === null) return {};
  if (typeof context === 'object' && !Array.isArray(context)) return context as JsonObject;
  throw new RowFault('context must be an object', context);
}

function candidatesAt(get: Get): readonly Candidate[] {
  const given = listAt(get, 'candidates');
  const candidates = given.map((each): Candidate => {
    if (typeof each === 'string' && each !== '') return { item: each, features: {} };
    const { item, features = {} } = (typeof each === 'object' && each !== null ? each : {}) as {
      readonly item?: unknown;
      readonly features?: unknown;
    };
    if (typeof item !== 'string' || item === '' || typeof features !== 'object' || features === null)
      throw new RowFault('candidates must be items, or have an item and its features', each);
    return { item, features: features as Candidate['features'] };
  });
  if (candidates.length === 0) throw new RowFault('candidates must be one or more', 0);
  const items = new Set(candidates.map(({ item }) => item));
  if (items.size < candidates.length) throw new RowFault('candidates must be different items', given);
  return normalised('candidates', () => normaliseCandidates(candidates));
}

function actionAt(get: Get): LoggedCase['action'] {
  const action = get('action');
  if (typeof action === 'string' && action !== '') return { type: 'choice', item: action };
  if (Array.isArray(action) && action.length > 0 && action.every((item) => typeof item === 'string' && item !== ''))
    return { type: 'slate', items: action as string[] };
  throw new RowFault('action must be the item taken, or a list of those of a slate', action);
}

function excludedAt(get: Get): readonly string[] {
  const excluded = get('excluded');
  if (excluded === undefined || excluded === null) return [];
  return listAt(get, 'excluded').map(String);
}

function textAt(get: Get, field: string): string | null {
  const value = get(field);
  if (value === undefined || value === null) return null;
  if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  throw new RowFault(`${field} must be text or a number`, value);
}

function listAt(get: Get, field: string): readonly unknown[] {
  const value = parsed(get, field);
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new RowFault(`${field} must be a list`, value);
}

/** A column of a Parquet file may hold JSON as text. */
function parsed(get: Get, field: string): unknown {
  const value = get(field);
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new RowFault(`${field} must be JSON`, value);
  }
}

/** A value that no policy takes, as a number that is not finite, is told by the field that it is in. */
function normalised<T>(field: string, normalise: () => T): T {
  try {
    return normalise();
  } catch (error) {
    if (isHeedError(error, 'invalid-input'))
      throw new RowFault(`${field} must be features that a policy takes`, error.message);
    throw error;
  }
}
