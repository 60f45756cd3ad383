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
  /** Entries that wait for their turn. */
  readonly waiting: () => number;
  /** Returns once what was written before is settled. */
  readonly drain: () => Promise<void>;
}

const defaults = { groupSize: 500, waitingAtMost: 20_000 };
const attemptsAfterConflict = 5;

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  readonly resolve: (result: Result) => void;
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
  let waiting: Waiting<Entry, Result>[] = [];
  let running: Promise<void> | null = null;

  const run = async () => {
    // Writes of the same turn of the event loop belong to the first group already.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.slice(0, groupSize);
      waiting = waiting.slice(groupSize);
      await settle(options, group);
    }
    running = null;
  };

  return {
    write: (entry) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingAtMost) {
          reject(
            new HeedError(
              'overloaded',
              `cannot store the ${options.what}, as at most ${waitingAtMost} may wait for the disk: as many do`,
            ),
          );
          return;
        }
        waiting.push({ entry, resolve, reject });
        running ??= run();
      }),
    waiting: () => waiting.length,
    drain: async () => {
      await (running ?? Promise.resolve());
    },
  };
}

/** Writes a group; where it fails for what it holds, its halves, so that a bad entry fails alone. */
async function settle<Entry, Result>(
  options: GroupWriterOptions<Entry, Result>,
  group: readonly Waiting<Entry, Result>[],
): Promise<void> {
  const entries = group.map(({ entry }) => entry);
  let outcomes: Outcome<Result>[];
  const startedAt = performance.now();
  try {
    outcomes = await commitGroup(options, entries);
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
  group.forEach(({ resolve, reject }, index) => {
    const outcome = outcomes[index];
    if (!outcome)
      reject(new HeedError('internal', `cannot store the ${options.what}, as each needs an outcome: it has none`));
    else if ('error' in outcome) reject(outcome.error);
    else resolve(outcome.result);
  });
}

/** Whether an error is the store's own, whatever is written. */
function isOfStore(error: unknown): boolean {
  return isHeedError(error, 'store-unavailable') || isHeedError(error, 'storage-full');
}

async function commitGroup<Entry, Result>(
  options: GroupWriterOptions<Entry, Result>,
  entries: readonly Entry[],
): Promise<Outcome<Result>[]> {
  for (let attempt = 1; ; attempt += 1) {
    await options.prepare?.(entries);
    const client = await options.pool.connect();
    try {
      await client.query(options.begin ?? 'begin');
      const outcomes = await options.write(client, entries);
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
