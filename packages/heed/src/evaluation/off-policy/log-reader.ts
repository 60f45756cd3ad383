import { RowFault, hashAt, listAt, numberAt, probabilityAt } from './row-fields.ts';
import type { Get } from './row-fields.ts';
import { createRowReader } from './row-reader.ts';
import type { LogReader, RowReaderOptions } from './row-reader.ts';
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
  /** Standard errors, where the two policies' probabilities, or the expectation, are Monte-Carlo estimates. */
  readonly targetError: string;
  readonly probabilityError: string;
  readonly expectationError: string;
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
  targetError: 'targetError',
  probabilityError: 'probabilityError',
  expectationError: 'expectationError',
  context: 'context',
};

export interface LogReaderOptions extends RowReaderOptions {
  readonly fields?: Partial<LogFields> | undefined;
  /** Rewards outside it are wrong. Default `null`: any number will do. */
  readonly rewardRange?: readonly [number, number] | null | undefined;
}

const rounding = 1e-6;

/**
 * Reads rows of any source into chunks for `createEvaluation`. What the first row has, every row must have.
 *
 * @param take is given each chunk, whose arrays are not used again.
 */
export function createLogReader(take: (rounds: LoggedRounds) => void, options: LogReaderOptions = {}): LogReader {
  const { rewardRange = null } = options;
  const fields = { ...logFieldDefaults, ...options.fields };
  let first: Has | null = null;

  function read(get: Get): Row {
    // A wrong row does not tell what the others have.
    const has = first ?? lookAt(get, fields);
    const optional = (there: boolean, field: string, most = Infinity): number =>
      there ? numberAt(get, field, 0, most) : 0;
    const row = {
      reward: numberAt(get, fields.reward, rewardRange?.[0] ?? -Infinity, rewardRange?.[1] ?? Infinity),
      probability: probabilityAt(get, fields.probability),
      ...(has.lists ? fromLists(get, fields, has) : plain(get, fields, has)),
      balanced: optional(has.balanced, fields.balancedWeight),
      targetError: optional(has.targetError, fields.targetError, 1),
      loggedError: optional(has.loggedError, fields.probabilityError, 1),
      expectationError: optional(has.expectationError, fields.expectationError),
      subject: has.subject ? hashAt(get, fields.subject) : 0,
    };
    first = has;
    return row;
  }

  return createRowReader(
    {
      idField: fields.id,
      contextField: fields.context,
      read,
      take: (rows) => {
        if (first !== null) take(columnsOf(rows, first));
      },
    },
    options,
  );
}

/** What rows of this log have. */
interface Has {
  readonly lists: boolean;
  readonly model: boolean;
  readonly subject: boolean;
  readonly action: boolean;
  readonly balanced: boolean;
  readonly targetError: boolean;
  readonly loggedError: boolean;
  readonly expectationError: boolean;
}

interface Row {
  readonly reward: number;
  readonly probability: number;
  readonly target: number;
  readonly prediction: number;
  readonly expectation: number;
  readonly action: number;
  readonly balanced: number;
  readonly targetError: number;
  readonly loggedError: number;
  readonly expectationError: number;
  readonly subject: number;
}

function lookAt(get: Get, fields: LogFields): Has {
  const there = (field: keyof LogFields): boolean => get(fields[field]) !== undefined && get(fields[field]) !== null;
  const lists = there('targets');
  return {
    lists,
    model: lists ? there('predictions') : there('prediction') || there('expectation'),
    subject: there('subject'),
    action: there('action'),
    balanced: there('balancedWeight'),
    targetError: there('targetError'),
    loggedError: there('probabilityError'),
    expectationError: there('expectationError'),
  };
}

function plain(get: Get, fields: LogFields, has: Has) {
  return {
    target: numberAt(get, fields.target, 0, 1),
    prediction: has.model ? numberAt(get, fields.prediction, -Infinity, Infinity) : 0,
    expectation: has.model ? numberAt(get, fields.expectation, -Infinity, Infinity) : 0,
    action: has.action ? hashAt(get, fields.action) : 0,
  };
}

function fromLists(get: Get, fields: LogFields, has: Has) {
  const targets = listAt(get, fields.targets, 0, 1);
  const sum = targets.reduce((total, each) => total + each, 0);
  if (Math.abs(sum - 1) > rounding) throw new RowFault(`${fields.targets} must add up to 1`, sum);
  const action = numberAt(get, fields.action, 0, targets.length - 1);
  if (!Number.isInteger(action)) throw new RowFault(`${fields.action} must be a place in ${fields.targets}`, action);
  const predictions = has.model ? listAt(get, fields.predictions, -Infinity, Infinity) : [];
  if (has.model && predictions.length !== targets.length)
    throw new RowFault(`${fields.predictions} must be as many as ${fields.targets}`, predictions.length);
  return {
    target: targets[action] ?? NaN,
    prediction: predictions[action] ?? 0,
    expectation: predictions.reduce((total, each, index) => total + each * (targets[index] ?? 0), 0),
    action,
  };
}

function columnsOf(rows: readonly Row[], has: Has): LoggedRounds {
  const column = (name: keyof Row): Float64Array => Float64Array.from(rows, (row) => row[name]);
  const names = (name: 'subject' | 'action'): Uint32Array => Uint32Array.from(rows, (row) => row[name]);
  return {
    count: rows.length,
    reward: column('reward'),
    loggedProbability: column('probability'),
    targetProbability: column('target'),
    subject: has.subject ? names('subject') : null,
    predictedTaken: has.model ? column('prediction') : null,
    predictedTarget: has.model ? column('expectation') : null,
    balancedWeight: has.balanced ? column('balanced') : null,
    action: has.action ? names('action') : null,
    targetError: has.targetError ? column('targetError') : null,
    loggedError: has.loggedError ? column('loggedError') : null,
    expectationError: has.expectationError ? column('expectationError') : null,
  };
}
