import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type pg from 'pg';
import { blobs, subjectStates } from '../schema.ts';
import type { SubjectKeys } from '../subjects/keys.ts';
import { openStatistics } from '../subjects/statistics.ts';
import { dayOf } from '../identity.ts';
import type { Executor } from '../transaction.ts';

/** Content with its SHA-256. */
export interface BlobContent {
  readonly hash: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

export interface BlobRepository {
  /** Stores what is not there yet, for ever. */
  readonly put: (contents: readonly BlobContent[], executor?: Executor) => Promise<void>;
  readonly get: (hash: string, executor?: Executor) => Promise<BlobContent | null>;
  /** Of many at once those that are there; what is kept about subjects is not among them. All are held in memory. */
  readonly getMany: (hashes: readonly string[], executor?: Executor) => Promise<Map<string, BlobContent>>;
  /** Which of these are stored: rows that name them are about to be, so that they count as used today. */
  readonly has: (hashes: readonly string[], executor?: Executor) => Promise<Set<string>>;
}

const databaseDay = sql`(extract(epoch from now()) / 86400)::integer`;

/** Content by its SHA-256: each stored once. */
export function createBlobRepository(database: Executor, keys: SubjectKeys): BlobRepository {
  return {
    put: async (contents, executor = database) => {
      // One statement each: a model's file and a candidate set are far apart in size.
      for (const { hash, mediaType, content } of inOrder(contents)) {
        await executor
          .insert(blobs)
          .values({ hash, mediaType, content: Buffer.from(content) })
          .onConflictDoUpdate({
            target: blobs.hash,
            set: { lastUsedDay: null },
            setWhere: isNotNull(blobs.lastUsedDay),
          });
      }
    },
    get: async (hash, executor = database) => {
      const [row] = await executor.select().from(blobs).where(eq(blobs.hash, hash));
      if (row) return { hash: row.hash, mediaType: row.mediaType, content: new Uint8Array(row.content) };
      // What is kept about a subject lies under its key, in the row that names it.
      const [state] = await executor
        .select({ id: subjectStates.id, sealed: subjectStates.sealed })
        .from(subjectStates)
        .where(and(eq(subjectStates.statistics, hash), isNotNull(subjectStates.sealed)))
        .limit(1);
      const content = state === undefined ? null : await openStatistics(executor, keys, state);
      return content === null ? null : { hash, mediaType: 'application/octet-stream', content };
    },
    getMany: async (hashes, executor = database) => {
      if (hashes.length === 0) return new Map();
      const rows = await executor
        .select({ hash: blobs.hash, mediaType: blobs.mediaType, content: blobs.content })
        .from(blobs)
        .where(inArray(blobs.hash, [...hashes]));
      return new Map(rows.map((row) => [row.hash, { ...row, content: new Uint8Array(row.content) }]));
    },
    has: async (hashes, executor = database) => {
      if (hashes.length === 0) return new Set();
      await executor
        .update(blobs)
        .set({ lastUsedDay: databaseDay })
        .where(and(inArray(blobs.hash, [...hashes]), lt(blobs.lastUsedDay, databaseDay)));
      const rows = await executor
        .select({ hash: blobs.hash })
        .from(blobs)
        .where(inArray(blobs.hash, [...hashes]));
      return new Set(rows.map((row) => row.hash));
    },
  };
}

const knownAtMost = 20_000;

export interface HotBlobs {
  /** Stores, within a group's transaction, the blobs that are not known to be stored, and that they are in use. */
  readonly write: (client: pg.ClientBase, contents: readonly BlobContent[]) => Promise<void>;
  /** To be called once that transaction is committed: they need not be sent again that day. */
  readonly committed: (contents: readonly BlobContent[]) => void;
}

/** The blobs that hot rows name: those seen today are known to be stored, and are not sent again. */
export function createHotBlobs(clock: () => number): HotBlobs {
  // A Map keeps the order of insertion: its first key is the one used longest ago.
  const known = new Map<string, true>();
  let knownOn = dayOf(clock());
  const touch = (hash: string) => {
    known.delete(hash);
    known.set(hash, true);
  };
  return {
    write: async (client, contents) => {
      const today = dayOf(clock());
      if (today !== knownOn) known.clear();
      knownOn = today;
      const unknown = inOrder(contents.filter(({ hash }) => !known.has(hash)));
      if (unknown.length === 0) return;
      await client.query({
        name: 'heed-blobs',
        // The contents come as one value, which travels as it is: in an array they would travel as text.
        text: `insert into heed.blob as old (hash, media_type, content, last_used_day)
               select decode(hash, 'hex'), media_type, substr($5::bytea, first, length), $6::integer
               from unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) as new (hash, media_type, first, length)
               on conflict (hash) do update set last_used_day = excluded.last_used_day
                 where old.last_used_day < excluded.last_used_day`,
        values: [
          unknown.map(({ hash }) => hash),
          unknown.map(({ mediaType }) => mediaType),
          firstBytes(unknown),
          unknown.map(({ content }) => content.byteLength),
          Buffer.concat(unknown.map(({ content }) => content)),
          today,
        ],
      });
    },
    committed: (contents) => {
      for (const { hash } of contents) touch(hash);
      for (const hash of known.keys()) {
        if (known.size <= knownAtMost) break;
        known.delete(hash);
      }
    },
  };
}

/** Where each content begins in all of them together; the first byte is 1. */
function firstBytes(contents: readonly BlobContent[]): number[] {
  let next = 1;
  return contents.map(({ content }) => {
    const first = next;
    next += content.byteLength;
    return first;
  });
}

/** Each hash once, in one order for all processes, so that two transactions with the same blobs never deadlock. */
function inOrder(contents: readonly BlobContent[]): BlobContent[] {
  const unique = new Map(contents.map((blob) => [blob.hash, blob]));
  return [...unique.values()].toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
}
