import type pg from 'pg';
import { HeedError, isHeedError } from '../spec/index.ts';
import { isConflict, isUnavailable, toStoreError } from './errors.ts';

export type Outcome<Result> = { readonly result: Result } | { readonly error: HeedError };

export interface GroupWriterOptions<Entry, Result> {
  readonly pool: pg.Pool;
  /** What is written, for error messages: "decision". */
  readonly what: string;
  /** What begins each transaction. Default: `begin`. */
  readonly begin?: string;
  /** Entries of one transaction, at most. Default: 500. */
  readonly groupSize?: number;
  /** Entries that may wait; beyond them a write is refused. Default: 20,000. */
  readonly waitingAtMost?: number;
  /** Runs before each transaction, outside it. */
  readonly prepare?: (entries: readonly Entry[]) => Promise<void>;
  /** Writes the entries in an open transaction. What it throws undoes the whole group, which is then tried in halves. */
  readonly write: (client: pg.PoolClient, entries: readonly Entry[]) => Promise<Outcome<Result>[]>;
  /** Runs after the transaction was committed. */
  readonly committed?: (entries: readonly Entry[], outcomes: readonly Outcome<Result>[], seconds: number) => void;
}

export interface GroupWriter<Entry, Result> {
  /** Resolves after the commit of the transaction that the entry was part of. */
  readonly write: (entry: Entry) => Promise<Result>;
  /** As `write`, for entries of one transaction: where one of them is refused, none is written. */
  readonly writeAll: (entries: readonly Entry[]) => Promise<Result[]>;
  /** Entries that wait for their turn. */
  readonly waiting: () => number;
  /** Returns once what was written before is settled. */
  readonly drain: () => Promise<void>;
}

const defaults = { groupSize: 500, waitingAtMost: 20_000 };
const attemptsAfterConflict = 5;

/** What is written whole or not at all. */
interface Unit<Entry, Result> {
  readonly entries: readonly Entry[];
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: HeedError) => void;
}

/**
 * Gathers concurrent writes into one transaction: a group goes off as soon as the previous one is on disk,
 * so that a synced commit is shared by all that arrived while it was under way.
 */
export function createGroupWriter<Entry, Result>(
  options: GroupWriterOptions<Entry, Result>,
): GroupWriter<Entry, Result> {
  const { groupSize, waitingAtMost } = { ...defaults, ...options };
  let units: Unit<Entry, Result>[] = [];
  let waiting = 0;
  let running: Promise<void> | null = null;

  /** The units at the front that fit into one transaction; one that is larger has it for itself. */
  const takeGroup = (): Unit<Entry, Result>[] => {
    let size = 0;
    const end = units.findIndex(({ entries }, index) => (size += entries.length) > groupSize && index > 0);
    const group = end === -1 ? units : units.slice(0, end);
    units = end === -1 ? [] : units.slice(end);
    for (const { entries } of group) waiting -= entries.length;
    return group;
  };

  const run = async () => {
    // Writes of the same turn of the event loop belong to the first group already.
    await Promise.resolve();
    while (units.length > 0) await settle(options, takeGroup());
    running = null;
  };

  const writeAll = (entries: readonly Entry[]): Promise<Result[]> =>
    new Promise((resolve, reject) => {
      if (entries.length === 0) {
        resolve([]);
        return;
      }
      if (waiting >= waitingAtMost) {
        reject(
          new HeedError(
            'overloaded',
            `cannot store the ${options.what}, as at most ${waitingAtMost} may wait for the disk: as many do`,
          ),
        );
        return;
      }
      waiting += entries.length;
      units.push({ entries, resolve, reject });
      running ??= run();
    });

  return {
    write: async (entry) => {
      const [result] = await writeAll([entry]);
      return result as Result;
    },
    writeAll,
    waiting: () => waiting,
    drain: async () => {
      await (running ?? Promise.resolve());
    },
  };
}

/** Writes a group; where it fails for what it holds, its halves, so that a bad unit fails alone. */
async function settle<Entry, Result>(
  options: GroupWriterOptions<Entry, Result>,
  group: readonly Unit<Entry, Result>[],
): Promise<void> {
  const entries = group.flatMap((unit) => unit.entries);
  let outcomes: Outcome<Result>[];
  const startedAt = performance.now();
  try {
    outcomes = await commitGroup(options, entries, group);
  } catch (error) {
    if (group.length > 1 && !isUnavailable(error) && !isOfStore(error)) {
      const half = Math.ceil(group.length / 2);
      await settle(options, group.slice(0, half));
      await settle(options, group.slice(half));
      return;
    }
    const failure = toStoreError(`store the ${options.what}`, error);
    for (const { reject } of group) reject(failure);
    return;
  }
  options.committed?.(entries, outcomes, (performance.now() - startedAt) / 1_000);
  let next = 0;
  for (const unit of group) {
    const own = outcomes.slice(next, (next += unit.entries.length));
    const refused = own.find((outcome) => 'error' in outcome);
    if (refused !== undefined) unit.reject(refused.error);
    else unit.resolve(own.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])));
  }
}

/** @throws the error of a unit of several entries of which one was refused: none of them may be kept. */
function requireWhole<Entry, Result>(
  units: readonly Unit<Entry, Result>[],
  outcomes: readonly Outcome<Result>[],
): void {
  let next = 0;
  for (const { entries } of units) {
    const own = outcomes.slice(next, (next += entries.length));
    const refused = entries.length > 1 ? own.find((outcome) => 'error' in outcome) : undefined;
    if (refused !== undefined) throw refused.error;
  }
}

/** Whether an error is the store's own, whatever is written. */
function isOfStore(error: unknown): boolean {
  return isHeedError(error, 'store-unavailable') || isHeedError(error, 'storage-full');
}

async function commitGroup<Entry, Result>(
  options: GroupWriterOptions<Entry, Result>,
  entries: readonly Entry[],
  units: readonly Unit<Entry, Result>[],
): Promise<Outcome<Result>[]> {
  for (let attempt = 1; ; attempt += 1) {
    await options.prepare?.(entries);
    const client = await options.pool.connect();
    try {
      await client.query(options.begin ?? 'begin');
      const outcomes = await options.write(client, entries);
      if (outcomes.length !== entries.length)
        throw new Error(`cannot store the ${options.what}, as each needs an outcome: one has none`);
      requireWhole(units, outcomes);
      await client.query('commit');
      client.release();
      return outcomes;
    } catch (error) {
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      );
      if (attempt === attemptsAfterConflict || !(isConflict(error) || error instanceof RetryGroup)) throw error;
    }
  }
}

/** Thrown by `write` where the group should be prepared and written anew. */
export class RetryGroup extends Error {}
