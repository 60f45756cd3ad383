import { and, desc, eq, sql } from 'drizzle-orm';
import type { Release } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { releases } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface ReleaseFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly artifact?: string | undefined;
  readonly step?: Release['step'] | undefined;
}

export interface ReleaseRepository {
  /** Stores a step, of an artifact that is stored, and tells the servers when it commits. */
  readonly insert: (release: Release, executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<Release | null>;
  /** The newest release of a loop, or the newest one of a step. */
  readonly latest: (loop: string, step?: Release['step'], executor?: Executor) => Promise<Release | null>;
  readonly list: (filter?: ReleaseFilter, executor?: Executor) => Promise<Page<Release>>;
}

/** Releases: the steps of artifacts on their way into service. */
export function createReleaseRepository(database: Executor): ReleaseRepository {
  return {
    insert: (release, executor = database) =>
      executor.transaction(async (transaction) => {
        const { id, loop, artifact, step, at } = release;
        await transaction.insert(releases).values({ id, loop, artifact, step, at, body: release });
        await transaction.execute(
          sql`select pg_notify(${channelName('release')}, ${JSON.stringify({ loop, id, artifact, step })})`,
        );
      }),
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(releases).where(eq(releases.id, id));
      return row ? row.body : null;
    },
    latest: async (loop, step, executor = database) => {
      const ofStep = step === undefined ? undefined : eq(releases.step, step);
      const [row] = await executor
        .select()
        .from(releases)
        .where(and(eq(releases.loop, loop), ofStep))
        .orderBy(desc(releases.id))
        .limit(1);
      return row ? row.body : null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(releases.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(releases.loop, filter.loop));
      if (filter.artifact !== undefined) conditions.push(eq(releases.artifact, filter.artifact));
      if (filter.step !== undefined) conditions.push(eq(releases.step, filter.step));
      const rows = await executor
        .select()
        .from(releases)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(
        rows.map((row) => row.body),
        limit,
      );
    },
  };
}
