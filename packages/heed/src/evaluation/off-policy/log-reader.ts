import { hashName } from '../../math/index.ts';
import { createDuplicateWatch } from '../diagnostics/duplicates.ts';
import { createTypeWatch } from '../diagnostics/feature-types.ts';
import type { LoggedRounds } from './rounds.ts';

/** Where a log's rows keep what evaluation needs, by the names of their fields. */
export interface LogFields {
  readonly reward: string;
  /** Probability of the action under the policy that took it. */
  readonly probability: string;
  /** Probability of the action under the policy that is evaluated … */
  readonly target: string;
  /** … or of all actions, a list, with `action` an index into it. */
  readonly targets: string;
  readonly subject: string;
  readonly action: string;
  /** No two rows have the same. */
  readonly id: string;
  /** The reward model's prediction for the action taken, and its expectation under the policy that is evaluated … */
  readonly prediction: string;
  readonly expectation: string;
  /** … or its predictions for all actions, a list. */
  readonly predictions: string;
  readonly balancedWeight: string;
  /** Features, whose types must stay the same. */
  readonly context: string;
}

export const logFieldDefaults: LogFields = {
  reward: 'reward',
  probability: 'probability',
  target: 'target',
  targets: 'targets',
  subject: 'subject',
  action: 'action',
  id: 'id',
  prediction: 'prediction',
  expectation: 'expectation',
  predictions: 'predictions',
  balancedWeight: 'balancedWeight',
  context: 'context',
};

export interface LogReaderOptions {
  readonly fields?: Partial<LogFields> | undefined;
  /** Rewards outside it are wrong. Default `null`: any number will do. */
  readonly rewardRange?: readonly [number, number] | null | undefined;
  /** Wrong rows are left out and counted; without it the first one ends the reading. Default false. */
  readonly skipBadRows?: boolean | undefined;
  /** Rows in a chunk. Default 8,192. */
  readonly chunkRows?: number | undefined;
}

/** Rows of one kind of fault. */
export interface BadRows {
  readonly reason: string;
  readonly count: number;
  /** Where the first one stands, as `line 3`. */
  readonly first: string;
}

/** A row that cannot be used, with its place and the reason. */
export class BadRow extends Error {
  readonly place: string;
  readonly reason: string;

  constructor(place: string, reason: string) {
    super(`cannot use ${place}, as ${reason}`);
    this.name = 'BadRow';
    this.place = place;
    this.reason = reason;
  }
}

/** Turns rows into chunks. */
export interface LogReader {
  /**
   * Takes a row.
   *
   * @param get gives a field's value, `undefined` where there is none.
   * @param place as `line 3`.
   * @throws BadRow where the row is wrong, unless such rows are skipped.
   */
  push(get: (field: string) => unknown, place: () => string): void;
  /** Hands over what has not made a whole chunk. */
  end(): void;
  readonly used: number;
  /** What was left out, most frequent first. */
  badRows(): BadRows[];
  /** Whether rows have an id by which duplicates are found. */
  readonly hasIds: boolean;
}

const rounding = 1e-6;

/**
 * Reads rows of any source into chunks for `createEvaluation`. What the first row has, every row must have.
 *
 * @param take is given each chunk, whose arrays are not used again.
 */
export function createLogReader(take: (rounds: LoggedRounds) => void, options: LogReaderOptions = {}): LogReader {
  const { rewardRange = null, skipBadRows = false, chunkRows = 8_192 } = options;
  const fields = { ...logFieldDefaults, ...options.fields };
  const bad = new Map<string, { count: number; first: string }>();
  const duplicates = createDuplicateWatch();
  const types = createTypeWatch();
  let has: Has | null = null;
  let chunk: Chunk | null = null;
  let filled = 0;
  let used = 0;

  function read(get: (field: string) => unknown): Row {
    has ??= lookAt(get, fields);
    const reward = numberAt(get, fields.reward, rewardRange?.[0] ?? -Infinity, rewardRange?.[1] ?? Infinity);
    const probability = numberAt(get, fields.probability, 0, 1);
    if (probability === 0) throw new Fault(`${fields.probability} must be above 0`, probability);
    const own = has.lists ? fromLists(get, fields, has) : plain(get, fields, has);
    const balanced = has.balanced ? numberAt(get, fields.balancedWeight, 0, Infinity) : 0;
    const subject = has.subject ? hashOf(get(fields.subject), fields.subject) : 0;
    const change = has.context ? types.check(get(fields.context), fields.context) : null;
    if (change !== null) throw new Fault(`${change.feature} must stay a ${change.was}`, change.is);
    if (has.id && duplicates.seen(textOf(get(fields.id), fields.id)))
      throw new Fault(`${fields.id} must be another one in each row`, get(fields.id));
    return { reward, probability, ...own, balanced, subject };
  }

  return {
    push(get, place) {
      let row: Row;
      try {
        row = read(get);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (!skipBadRows) throw new BadRow(place(), `${error.rule}: it is ${shown(error.value)}`);
        const known = bad.get(error.rule);
        if (known === undefined) bad.set(error.rule, { count: 1, first: place() });
        else known.count += 1;
        return;
      }
      chunk ??= createChunk(chunkRows, has ?? lookAt(get, fields));
      fill(chunk, filled, row);
      filled += 1;
      used += 1;
      if (filled === chunkRows) flush();
    },
    end: flush,
    get used() {
      return used;
    },
    get hasIds() {
      return has?.id ?? false;
    },
    badRows: () =>
      [...bad]
        .map(([reason, { count, first }]) => ({ reason, count, first }))
        .toSorted((x, y) => y.count - x.count || (x.reason < y.reason ? -1 : 1)),
  };

  function flush(): void {
    if (chunk !== null && filled > 0) take({ ...chunk, count: filled });
    chunk = null;
    filled = 0;
  }
}

/** What rows of this log have. */
interface Has {
  readonly lists: boolean;
  readonly model: boolean;
  readonly subject: boolean;
  readonly action: boolean;
  readonly id: boolean;
  readonly balanced: boolean;
  readonly context: boolean;
}

interface Row {
  readonly reward: number;
  readonly probability: number;
  readonly target: number;
  readonly prediction: number;
  readonly expectation: number;
  readonly action: number;
  readonly balanced: number;
  readonly subject: number;
}

type Chunk = { -readonly [Key in keyof Omit<LoggedRounds, 'count'>]: LoggedRounds[Key] };

/** What a field must be, and what it is. */
class Fault extends Error {
  readonly rule: string;
  readonly value: unknown;

  constructor(rule: string, value: unknown) {
    super(rule);
    this.rule = rule;
    this.value = value;
  }
}

function lookAt(get: (field: string) => unknown, fields: LogFields): Has {
  const there = (field: keyof LogFields): boolean => get(fields[field]) !== undefined && get(fields[field]) !== null;
  const lists = there('targets');
  return {
    lists,
    model: lists ? there('predictions') : there('prediction') || there('expectation'),
    subject: there('subject'),
    action: there('action'),
    id: there('id'),
    balanced: there('balancedWeight'),
    context: there('context'),
  };
}

function plain(get: (field: string) => unknown, fields: LogFields, has: Has) {
  return {
    target: numberAt(get, fields.target, 0, 1),
    prediction: has.model ? numberAt(get, fields.prediction, -Infinity, Infinity) : 0,
    expectation: has.model ? numberAt(get, fields.expectation, -Infinity, Infinity) : 0,
    action: has.action ? hashOf(get(fields.action), fields.action) : 0,
  };
}

function fromLists(get: (field: string) => unknown, fields: LogFields, has: Has) {
  const targets = listAt(get, fields.targets, 0, 1);
  const sum = targets.reduce((total, each) => total + each, 0);
  if (Math.abs(sum - 1) > rounding) throw new Fault(`${fields.targets} must add up to 1`, sum);
  const action = numberAt(get, fields.action, 0, targets.length - 1);
  if (!Number.isInteger(action)) throw new Fault(`${fields.action} must be a place in ${fields.targets}`, action);
  const predictions = has.model ? listAt(get, fields.predictions, -Infinity, Infinity) : [];
  if (has.model && predictions.length !== targets.length)
    throw new Fault(`${fields.predictions} must be as many as ${fields.targets}`, predictions.length);
  return {
    target: targets[action] ?? NaN,
    prediction: predictions[action] ?? 0,
    expectation: predictions.reduce((total, each, index) => total + each * (targets[index] ?? 0), 0),
    action,
  };
}

function numberAt(get: (field: string) => unknown, field: string, least: number, most: number): number {
  const value = get(field);
  // JSON has no NaN: it comes as null, or as text.
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return value;
  const bounds =
    most < Infinity ? `a number from ${least} to ${most}` : least === 0 ? 'a number not below 0' : 'a finite number';
  throw new Fault(`${field} must be ${bounds}`, value);
}

function listAt(get: (field: string) => unknown, field: string, least: number, most: number): readonly number[] {
  const value = get(field);
  if (!Array.isArray(value) || value.length === 0) throw new Fault(`${field} must be a list of numbers`, value);
  for (const each of value as readonly unknown[])
    if (!(typeof each === 'number' && Number.isFinite(each) && each >= least && each <= most))
      throw new Fault(`${field} must have numbers ${least === 0 ? 'from 0 to 1' : 'that are finite'}`, each);
  return value as readonly number[];
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new Fault(`${field} must be text or a number`, value);
}

/** 32 bits of a name: subjects are told apart by them, and two that share them count as one. */
function hashOf(value: unknown, field: string): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32
    ? value
    : hashName(textOf(value, field), 0);
}

function createChunk(rows: number, has: Has): Chunk {
  const column = (there: boolean): Float64Array | null => (there ? new Float64Array(rows) : null);
  return {
    reward: new Float64Array(rows),
    loggedProbability: new Float64Array(rows),
    targetProbability: new Float64Array(rows),
    subject: has.subject ? new Uint32Array(rows) : null,
    predictedTaken: column(has.model),
    predictedTarget: column(has.model),
    balancedWeight: column(has.balanced),
    action: has.action ? new Uint32Array(rows) : null,
  };
}

function fill(chunk: Chunk, at: number, row: Row): void {
  chunk.reward[at] = row.reward;
  chunk.loggedProbability[at] = row.probability;
  chunk.targetProbability[at] = row.target;
  if (chunk.predictedTaken) chunk.predictedTaken[at] = row.prediction;
  if (chunk.predictedTarget) chunk.predictedTarget[at] = row.expectation;
  if (chunk.balancedWeight) chunk.balancedWeight[at] = row.balanced;
  if (chunk.subject) chunk.subject[at] = row.subject;
  if (chunk.action) chunk.action[at] = row.action;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
