import { RowFault, hashAt, listAt, numberAt, probabilityAt } from './row-fields.ts';
import type { Get } from './row-fields.ts';
import { createRowReader } from './row-reader.ts';
import type { Has, LogReader, RowReaderOptions } from './row-reader.ts';
import type { LoggedSlates } from './slates.ts';

/** Fields of a row that is a slate. Lists have an entry a place, best place first. */
const fields = {
  rewards: 'rewards',
  /** Of the whole slate, under the two policies. */
  probability: 'probability',
  target: 'target',
  id: 'id',
  subject: 'subject',
  context: 'context',
  candidates: 'candidates',
  /** Of a model of the rewards still to come: of the item taken, and its expectation under the policy that is evaluated. */
  predictions: 'predictions',
  expectations: 'expectations',
} as const;

/** Pairs of lists: of the policy that acted, and of the one that is evaluated. */
const pairs = {
  place: ['placeProbabilities', 'placeTargets', 1],
  prefix: ['prefixProbabilities', 'prefixTargets', 1],
  exposure: ['exposures', 'targetExposures', Infinity],
} as const;
type Pair = keyof typeof pairs;
const pairNames = ['place', 'prefix', 'exposure'] as const satisfies readonly Pair[];

export interface SlateReaderOptions extends RowReaderOptions {
  /** Of a whole slate, the sum of the rewards of its places: others are wrong. Default `null`: any will do. */
  readonly rewardRange?: readonly [number, number] | null | undefined;
}

/** Whether a row is a slate: it has a list of rewards. */
export function isSlateRow(get: Get): boolean {
  return get(fields.rewards) !== undefined && get(fields.rewards) !== null;
}

/**
 * Reads slates of any source into chunks for `createEvaluation`. What the first row has every row must have, and no others.
 *
 * @param take is given each chunk; slates shorter than its longest are filled up with places of reward 0.
 */
export function createSlateReader(take: (slates: LoggedSlates) => void, options: SlateReaderOptions = {}): LogReader {
  const { rewardRange = null } = options;

  function read(get: Get, has: Has): Row {
    const rewards = listAt(get, fields.rewards, -Infinity, Infinity);
    const sum = rewards.reduce((total, each) => total + each, 0);
    if (rewardRange !== null && !(sum >= rewardRange[0] && sum <= rewardRange[1]))
      throw new RowFault(`${fields.rewards} must add up to a number from ${rewardRange[0]} to ${rewardRange[1]}`, sum);
    const list = (field: string, least: number, most: number): readonly number[] => {
      const values = listAt(get, field, least, most);
      if (values.length !== rewards.length)
        throw new RowFault(`${field} must be as many as ${fields.rewards}`, values.length);
      return values;
    };
    return {
      rewards,
      probability: probabilityAt(get, fields.probability),
      target: numberAt(get, fields.target, 0, 1),
      subject: has(fields.subject) ? hashAt(get, fields.subject) : 0,
      predictions: hasModel(has) ? list(fields.predictions, -Infinity, Infinity) : [],
      expectations: hasModel(has) ? list(fields.expectations, -Infinity, Infinity) : [],
      ...(Object.fromEntries(
        pairNames.flatMap((name) => {
          if (!hasPair(name, has)) return [];
          const [logged, target, most] = pairs[name];
          return [[name, [aboveZero(list(logged, 0, most), logged), list(target, 0, most)]]];
        }),
      ) as Partial<Record<Pair, Both>>),
    };
  }

  return createRowReader(
    {
      idField: fields.id,
      featureFields: [fields.context, fields.candidates],
      optionalFields: [
        fields.subject,
        fields.predictions,
        fields.expectations,
        ...pairNames.flatMap((name) => [pairs[name][0], pairs[name][1]]),
      ],
      read,
      take: (rows, has) => take(columnsOf(rows, has)),
    },
    options,
  );
}

type Both = readonly [logged: readonly number[], target: readonly number[]];

interface Row extends Partial<Record<Pair, Both>> {
  readonly rewards: readonly number[];
  readonly probability: number;
  readonly target: number;
  readonly subject: number;
  readonly predictions: readonly number[];
  readonly expectations: readonly number[];
}

function hasPair(name: Pair, has: Has): boolean {
  return has(pairs[name][0]) || has(pairs[name][1]);
}

function hasModel(has: Has): boolean {
  return has(fields.predictions) || has(fields.expectations);
}

function aboveZero(values: readonly number[], field: string): readonly number[] {
  const zero = values.find((value) => value === 0);
  if (zero !== undefined) throw new RowFault(`${field} must be above 0`, zero);
  return values;
}

function columnsOf(rows: readonly Row[], has: Has): LoggedSlates {
  const size = Math.max(...rows.map(({ rewards }) => rewards.length));
  const places = (list: (row: Row) => readonly number[], missing: number): Float64Array =>
    Float64Array.from(rows.flatMap((row) => Array.from({ length: size }, (_, place) => list(row)[place] ?? missing)));
  const pair = (name: Pair, which: 0 | 1): Float64Array | null =>
    hasPair(name, has) ? places((row) => row[name]?.[which] ?? [], 1) : null;
  return {
    count: rows.length,
    size,
    subject: has(fields.subject) ? Uint32Array.from(rows, ({ subject }) => subject) : null,
    reward: places(({ rewards }) => rewards, 0),
    loggedJoint: Float64Array.from(rows, ({ probability }) => probability),
    targetJoint: Float64Array.from(rows, ({ target }) => target),
    loggedPlace: pair('place', 0),
    targetPlace: pair('place', 1),
    loggedPrefix: pair('prefix', 0),
    targetPrefix: pair('prefix', 1),
    loggedExposure: pair('exposure', 0),
    targetExposure: pair('exposure', 1),
    predictedTaken: hasModel(has) ? places(({ predictions }) => predictions, 0) : null,
    predictedTarget: hasModel(has) ? places(({ expectations }) => expectations, 0) : null,
  };
}
