import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { SubjectState } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { subjectStates } from '../schema.ts';
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

function decode(row: typeof subjectStates.$inferSelect): SubjectState {
  return row as SubjectState;
}

/** What artifacts keep about subjects: append-only, the newest counts. */
export function createSubjectStateRepository(database: Executor, blobs: BlobRepository): SubjectStateRepository {
  return {
    insert: (state, statistics, executor = database) =>
      executor.transaction(async (transaction) => {
        await blobs.put(statistics, transaction);
        await transaction.insert(subjectStates).values(state);
        const { id, loop, subject, key } = state;
        await transaction.execute(
          sql`select pg_notify(${channelName('subject')}, ${JSON.stringify({ loop, subject, key, id })})`,
        );
      }),
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(subjectStates).where(eq(subjectStates.id, id));
      return row ? decode(row) : null;
    },
    latest: async (loop, subject, key, executor = database) => {
      const [row] = await executor
        .select()
        .from(subjectStates)
        .where(and(eq(subjectStates.loop, loop), eq(subjectStates.subject, subject), eq(subjectStates.key, key)))
        .orderBy(desc(subjectStates.id))
        .limit(1);
      return row ? decode(row) : null;
    },
    latestMany: async (loop, subjects, key, executor = database) => {
      if (subjects.length === 0) return new Map();
      const rows = await executor
        .selectDistinctOn([subjectStates.subject])
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
        .select()
        .from(subjectStates)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(rows.map(decode), limit);
    },
  };
}
