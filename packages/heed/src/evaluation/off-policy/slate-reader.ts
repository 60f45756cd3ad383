import { RowFault, hashAt, listAt, numberAt, probabilityAt } from './row-fields.ts';
import type { Get } from './row-fields.ts';
import { createRowReader } from './row-reader.ts';
import type { LogReader, RowReaderOptions } from './row-reader.ts';
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
 * Reads slates of any source into chunks for `createEvaluation`. What the first row has, every row must have.
 *
 * @param take is given each chunk; slates shorter than its longest are filled up with places of reward 0.
 */
export function createSlateReader(take: (slates: LoggedSlates) => void, options: SlateReaderOptions = {}): LogReader {
  const { rewardRange = null } = options;
  let first: Has | null = null;

  function read(get: Get): Row {
    // A wrong row does not tell what the others have.
    const has = first ?? lookAt(get);
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
    const row: Row = {
      rewards,
      probability: probabilityAt(get, fields.probability),
      target: numberAt(get, fields.target, 0, 1),
      subject: has.subject ? hashAt(get, fields.subject) : 0,
      predictions: has.model ? list('predictions', -Infinity, Infinity) : [],
      expectations: has.model ? list('expectations', -Infinity, Infinity) : [],
      ...(Object.fromEntries(
        pairNames.flatMap((name) => {
          if (!has[name]) return [];
          const [logged, target, most] = pairs[name];
          return [[name, [aboveZero(list(logged, 0, most), logged), list(target, 0, most)]]];
        }),
      ) as Partial<Record<Pair, Both>>),
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

type Both = readonly [logged: readonly number[], target: readonly number[]];
type Has = Readonly<Record<Pair | 'subject' | 'model', boolean>>;

interface Row extends Partial<Record<Pair, Both>> {
  readonly rewards: readonly number[];
  readonly probability: number;
  readonly target: number;
  readonly subject: number;
  readonly predictions: readonly number[];
  readonly expectations: readonly number[];
}

function lookAt(get: Get): Has {
  const there = (field: string): boolean => get(field) !== undefined && get(field) !== null;
  const [place, prefix, exposure] = pairNames.map((name) => there(pairs[name][0]) || there(pairs[name][1])) as [
    boolean,
    boolean,
    boolean,
  ];
  return {
    subject: there(fields.subject),
    model: there('predictions') || there('expectations'),
    place,
    prefix,
    exposure,
  };
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
    has[name] ? places((row) => row[name]?.[which] ?? [], 1) : null;
  return {
    count: rows.length,
    size,
    subject: has.subject ? Uint32Array.from(rows, ({ subject }) => subject) : null,
    reward: places(({ rewards }) => rewards, 0),
    loggedJoint: Float64Array.from(rows, ({ probability }) => probability),
    targetJoint: Float64Array.from(rows, ({ target }) => target),
    loggedPlace: pair('place', 0),
    targetPlace: pair('place', 1),
    loggedPrefix: pair('prefix', 0),
    targetPrefix: pair('prefix', 1),
    loggedExposure: pair('exposure', 0),
    targetExposure: pair('exposure', 1),
    predictedTaken: has.model ? places(({ predictions }) => predictions, 0) : null,
    predictedTarget: has.model ? places(({ expectations }) => expectations, 0) : null,
  };
}
