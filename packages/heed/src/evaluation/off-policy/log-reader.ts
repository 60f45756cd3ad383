import { RowFault, hashAt, listAt, numberAt, probabilityAt } from './row-fields.ts';
import type { Get } from './row-fields.ts';
import { createRowReader } from './row-reader.ts';
import type { Has, LogReader, RowReaderOptions } from './row-reader.ts';
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
  /** Features, whose types must stay the same; candidates are a list of those that have them. */
  readonly context: string;
  readonly candidates: string;
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
  candidates: 'candidates',
};

/** What rows may lack. */
const optionalFields = [
  'targets',
  'subject',
  'action',
  'prediction',
  'expectation',
  'predictions',
  'balancedWeight',
  'targetError',
  'probabilityError',
  'expectationError',
] as const satisfies readonly (keyof LogFields)[];

export interface LogReaderOptions extends RowReaderOptions {
  readonly fields?: Partial<LogFields> | undefined;
  /** Rewards outside it are wrong. Default `null`: any number will do. */
  readonly rewardRange?: readonly [number, number] | null | undefined;
}

const rounding = 1e-6;

/**
 * Reads rows of any source into chunks for `createEvaluation`. What the first row has every row must have, and no others.
 *
 * @param take is given each chunk, whose arrays are not used again.
 */
export function createLogReader(take: (rounds: LoggedRounds) => void, options: LogReaderOptions = {}): LogReader {
  const { rewardRange = null } = options;
  const fields = { ...logFieldDefaults, ...options.fields };

  function read(get: Get, has: Has): Row {
    const optional = (field: string, most = Infinity): number => (has(field) ? numberAt(get, field, 0, most) : 0);
    return {
      reward: numberAt(get, fields.reward, rewardRange?.[0] ?? -Infinity, rewardRange?.[1] ?? Infinity),
      probability: probabilityAt(get, fields.probability),
      ...(has(fields.targets) ? fromLists(get, fields, has) : plain(get, fields, has)),
      balanced: optional(fields.balancedWeight),
      targetError: optional(fields.targetError, 1),
      loggedError: optional(fields.probabilityError, 1),
      expectationError: optional(fields.expectationError),
      subject: has(fields.subject) ? hashAt(get, fields.subject) : 0,
    };
  }

  return createRowReader(
    {
      idField: fields.id,
      featureFields: [fields.context, fields.candidates],
      optionalFields: optionalFields.map((field) => fields[field]),
      read,
      take: (rows, has) => take(columnsOf(rows, fields, has)),
    },
    options,
  );
}

/** Whether rows have what a reward model makes of them. */
function hasModel(fields: LogFields, has: Has): boolean {
  return has(fields.targets) ? has(fields.predictions) : has(fields.prediction) || has(fields.expectation);
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

function plain(get: Get, fields: LogFields, has: Has) {
  const model = hasModel(fields, has);
  return {
    target: numberAt(get, fields.target, 0, 1),
    prediction: model ? numberAt(get, fields.prediction, -Infinity, Infinity) : 0,
    expectation: model ? numberAt(get, fields.expectation, -Infinity, Infinity) : 0,
    action: has(fields.action) ? hashAt(get, fields.action) : 0,
  };
}

function fromLists(get: Get, fields: LogFields, has: Has) {
  const targets = listAt(get, fields.targets, 0, 1);
  const sum = targets.reduce((total, each) => total + each, 0);
  if (Math.abs(sum - 1) > rounding) throw new RowFault(`${fields.targets} must add up to 1`, sum);
  const action = numberAt(get, fields.action, 0, targets.length - 1);
  if (!Number.isInteger(action)) throw new RowFault(`${fields.action} must be a place in ${fields.targets}`, action);
  const model = has(fields.predictions);
  const predictions = model ? listAt(get, fields.predictions, -Infinity, Infinity) : [];
  if (model && predictions.length !== targets.length)
    throw new RowFault(`${fields.predictions} must be as many as ${fields.targets}`, predictions.length);
  return {
    target: targets[action] ?? NaN,
    prediction: predictions[action] ?? 0,
    expectation: predictions.reduce((total, each, index) => total + each * (targets[index] ?? 0), 0),
    action,
  };
}

function columnsOf(rows: readonly Row[], fields: LogFields, has: Has): LoggedRounds {
  const model = hasModel(fields, has);
  const column = (name: keyof Row, there: boolean): Float64Array | null =>
    there ? Float64Array.from(rows, (row) => row[name]) : null;
  const always = (name: keyof Row): Float64Array => Float64Array.from(rows, (row) => row[name]);
  const names = (name: 'subject' | 'action'): Uint32Array | null =>
    has(fields[name]) ? Uint32Array.from(rows, (row) => row[name]) : null;
  return {
    count: rows.length,
    reward: always('reward'),
    loggedProbability: always('probability'),
    targetProbability: always('target'),
    subject: names('subject'),
    predictedTaken: column('prediction', model),
    predictedTarget: column('expectation', model),
    balancedWeight: column('balanced', has(fields.balancedWeight)),
    action: names('action'),
    targetError: column('targetError', has(fields.targetError)),
    loggedError: column('loggedError', has(fields.probabilityError)),
    expectationError: column('expectationError', has(fields.expectationError)),
  };
}
