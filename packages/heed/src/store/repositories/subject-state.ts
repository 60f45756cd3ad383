import { and, desc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { SubjectState } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { subjectStates } from '../schema.ts';
import type { SubjectKeys } from '../subjects/keys.ts';
import { openStatistics, sealStatistics } from '../subjects/statistics.ts';
import type { Executor } from '../transaction.ts';
import type { BlobContent, BlobRepository } from './blob.ts';

export interface SubjectStateFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly subject?: string | undefined;
  readonly key?: string | undefined;
}

export interface SubjectStateRepository {
  /** Stores a subject's state with the content of its statistics, and tells the servers when it commits. */
  readonly insert: (state: SubjectState, statistics: readonly BlobContent[], executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<SubjectState | null>;
  /** The bytes that a state names by hash; `null` where they are gone. */
  readonly statistics: (state: SubjectState, executor?: Executor) => Promise<Uint8Array | null>;
  /** The newest state of a subject under a key. */
  readonly latest: (loop: string, subject: string, key: string, executor?: Executor) => Promise<SubjectState | null>;
  /** The newest states of several subjects, by subject. */
  readonly latestMany: (
    loop: string,
    subjects: readonly string[],
    key: string,
    executor?: Executor,
  ) => Promise<Map<string, SubjectState>>;
  readonly list: (filter?: SubjectStateFilter, executor?: Executor) => Promise<Page<SubjectState>>;
}

const { sealed: _sealed, ...columns } = getTableColumns(subjectStates);

function decode(row: Omit<typeof subjectStates.$inferSelect, 'sealed'>): SubjectState {
  return row as SubjectState;
}

/** What artifacts keep about subjects: append-only, the newest counts. */
export function createSubjectStateRepository(
  database: Executor,
  blobs: BlobRepository,
  keys: SubjectKeys,
): SubjectStateRepository {
  return {
    insert: (state, statistics, executor = database) =>
      executor.transaction(async (transaction) => {
        const { id, loop, subject, key } = state;
        const own = statistics.find(({ hash }) => hash === state.statistics);
        await blobs.put(
          statistics.filter((blob) => blob !== own),
          transaction,
        );
        const sealed =
          own === undefined ? null : sealStatistics(await keys.hold(transaction, subject), id, own.content);
        await transaction.insert(subjectStates).values({ ...state, sealed });
        await transaction.execute(
          sql`select pg_notify(${channelName('subject')}, ${JSON.stringify({ loop, subject, key, id })})`,
        );
      }),
    get: async (id, executor = database) => {
      const [row] = await executor.select(columns).from(subjectStates).where(eq(subjectStates.id, id));
      return row ? decode(row) : null;
    },
    statistics: async (state, executor = database) => {
      const [row] = await executor
        .select({ id: subjectStates.id, sealed: subjectStates.sealed })
        .from(subjectStates)
        .where(eq(subjectStates.id, state.id));
      if (row === undefined) return null;
      if (row.sealed !== null) return openStatistics(executor, keys, row);
      return (await blobs.get(state.statistics, executor))?.content ?? null;
    },
    latest: async (loop, subject, key, executor = database) => {
      const [row] = await executor
        .select(columns)
        .from(subjectStates)
        .where(and(eq(subjectStates.loop, loop), eq(subjectStates.subject, subject), eq(subjectStates.key, key)))
        .orderBy(desc(subjectStates.id))
        .limit(1);
      return row ? decode(row) : null;
    },
    latestMany: async (loop, subjects, key, executor = database) => {
      if (subjects.length === 0) return new Map();
      const rows = await executor
        .selectDistinctOn([subjectStates.subject], columns)
        .from(subjectStates)
        .where(
          and(eq(subjectStates.loop, loop), inArray(subjectStates.subject, [...subjects]), eq(subjectStates.key, key)),
        )
        .orderBy(subjectStates.subject, desc(subjectStates.id));
      return new Map(rows.map((row) => [row.subject, decode(row)]));
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(subjectStates.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(subjectStates.loop, filter.loop));
      if (filter.subject !== undefined) conditions.push(eq(subjectStates.subject, filter.subject));
      if (filter.key !== undefined) conditions.push(eq(subjectStates.key, filter.key));
      const rows = await executor
        .select(columns)
        .from(subjectStates)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(rows.map(decode), limit);
    },
  };
}
