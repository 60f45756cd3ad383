import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { HeedError } from '../spec/index.ts';
import { codeOf } from './errors.ts';
import { claimKeys, idempotencyConflict } from './idempotency.ts';
import type { HotKind, Idempotency } from './idempotency.ts';
import type { StoreTelling } from './observer.ts';
import type { Partitions } from './partitions.ts';
import { whileNobodyIsForgotten } from './subjects/lock.ts';
import type { SubjectKeys } from './subjects/keys.ts';
import type { BlobContent, HotBlobs } from './repositories/blob.ts';
import { createGroupWriter, RetryGroup } from './writer.ts';
import type { GroupWriter, Outcome } from './writer.ts';

export interface HotInsertOptions {
  /** The request's key: the same key again gives the record that was stored first. */
  readonly idempotency?: Idempotency | undefined;
  /** Content that the record names by hash, stored in the same transaction. */
  readonly blobs?: readonly BlobContent[] | undefined;
}

/** A record with what its request said. */
export interface HotInsert<Row> extends HotInsertOptions {
  readonly record: Row;
}

export interface StoredRecord<Row> {
  /** The record that is stored: the given one, or the one stored earlier. */
  readonly stored: Row;
  /** Whether it was stored earlier. */
  readonly repeated: boolean;
}

export interface HotEntry<Row> extends HotInsert<Row> {
  readonly loop: string;
}

/** How one kind of hot record is written and found; its key is what is unique in its table. */
export interface HotTable<Row> {
  readonly kind: HotKind;
  readonly keyOf: (record: Row) => string;
  /** Inserts those whose key is new, and returns their keys. */
  readonly insert: (client: pg.PoolClient, entries: readonly HotEntry<Row>[]) => Promise<string[]>;
  readonly find: (client: pg.PoolClient, keys: string[]) => Promise<Map<string, Row>>;
  /** Whether its table has a partition per day. */
  readonly partitioned: boolean;
  /** Whether a second record with a key may differ from the first, which then counts. */
  readonly firstCounts: boolean;
}

export interface HotServices {
  readonly pool: pg.Pool;
  readonly hotBlobs: HotBlobs;
  readonly partitions: Partitions;
  /** Rejects where the disk has too little room for more. */
  readonly requireSpace: () => Promise<void>;
  readonly keys: SubjectKeys;
  readonly observer: StoreTelling;
  /** Tells of what was committed. */
  readonly announce: (kind: HotKind, entries: readonly HotEntry<{ id: string }>[]) => void;
}

/** The group-committed writer of a kind of hot record. */
export function createHotWriter<Row extends { id: string }>(
  services: HotServices,
  table: HotTable<Row>,
): GroupWriter<HotEntry<Row>, StoredRecord<Row>> {
  const blobsOf = (entries: readonly HotEntry<Row>[]) => entries.flatMap(({ blobs = [] }) => blobs);
  const writer = createGroupWriter<HotEntry<Row>, StoredRecord<Row>>({
    pool: services.pool,
    what: table.kind,
    begin: `begin; ${whileNobodyIsForgotten}`,
    prepare: async (entries) => {
      await services.requireSpace();
      if (table.partitioned) await services.partitions.ensure(entries.map(({ record }) => table.keyOf(record)));
    },
    write: async (client, entries) => {
      await services.hotBlobs.write(client, blobsOf(entries));
      try {
        return await writeEntries(client, table, entries);
      } catch (error) {
        // Retention dropped a day that we knew to be there.
        if (codeOf(error) === '23514' && error instanceof Error && error.message.includes('no partition')) {
          services.partitions.forget();
          throw new RetryGroup('cannot store the row, as its day must have a partition: it was dropped', {
            cause: error,
          });
        }
        throw error;
      }
    },
    committed: (entries, outcomes, seconds) => {
      if (services.observer.heard())
        services.observer.tell({
          kind: table.kind,
          size: entries.length,
          seconds,
          stored: storedByLoop(entries, outcomes),
        });
      services.hotBlobs.committed(blobsOf(entries));
      services.announce(table.kind, entries);
    },
  });
  services.observer.count(table.kind, writer.waiting);
  return writer;
}

function storedByLoop<Row>(
  entries: readonly HotEntry<Row>[],
  outcomes: readonly Outcome<StoredRecord<Row>>[],
): Map<string, number> {
  const stored = new Map<string, number>();
  entries.forEach(({ loop }, index) => {
    const outcome = outcomes[index];
    if (outcome !== undefined && 'result' in outcome && !outcome.result.repeated)
      stored.set(loop, (stored.get(loop) ?? 0) + 1);
  });
  return stored;
}

async function writeEntries<Row>(
  client: pg.PoolClient,
  table: HotTable<Row>,
  entries: readonly HotEntry<Row>[],
): Promise<Outcome<StoredRecord<Row>>[]> {
  const claims = entries.map(({ record, loop, idempotency }) =>
    idempotency ? { kind: table.kind, loop, ...idempotency, record: table.keyOf(record) } : null,
  );
  const earlier = await claimKeys(client, claims);
  const fresh = entries.filter((_, index) => !earlier.has(index));
  const inserted = new Set(fresh.length === 0 ? [] : await table.insert(client, fresh));
  const wanted = entries.flatMap(({ record }, index) => {
    const use = earlier.get(index);
    if (use) return use.samePayload ? [use.record] : [];
    return inserted.has(table.keyOf(record)) ? [] : [table.keyOf(record)];
  });
  const stored = wanted.length === 0 ? new Map<string, Row>() : await table.find(client, wanted);
  return entries.map((entry, index) => {
    const key = table.keyOf(entry.record);
    const use = earlier.get(index);
    if (use && !use.samePayload) return { error: idempotencyConflict(table.kind, entry.idempotency?.key ?? '') };
    if (use) return { result: { stored: foundOrExpired(table, stored.get(use.record), entry), repeated: true } };
    // The first of a group's entries with this key is the one that was inserted.
    if (inserted.delete(key)) {
      stored.set(key, entry.record);
      return { result: { stored: entry.record, repeated: false } };
    }
    const first = foundOrExpired(table, stored.get(key), entry);
    if (!table.firstCounts && !sameContent(first, entry.record)) {
      throw new HeedError(
        'idempotency-conflict',
        `cannot store the ${table.kind}, as its id must be new or its content the same: ${key} is stored with other content`,
      );
    }
    return { result: { stored: first, repeated: true } };
  });
}

function foundOrExpired<Row>(table: HotTable<Row>, row: Row | undefined, entry: HotEntry<Row>): Row {
  if (row !== undefined) return row;
  throw new HeedError(
    'idempotency-conflict',
    `cannot store the ${table.kind}, as the record of its key "${entry.idempotency?.key ?? ''}" must still be there: its retention is over`,
  );
}

/** As their JSON says: what is not written (an absent field, the sign of zero) does not count. */
function sameContent(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
