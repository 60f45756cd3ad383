import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Episode } from '../../spec/index.ts';
import { HeedError } from '../../spec/index.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { episodes, episodeStatuses } from '../schema.ts';
import type { EpisodeStatus } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface EpisodeFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly parent?: string | undefined;
}

export interface EpisodeRepository {
  readonly insert: (episode: Episode, executor?: Executor) => Promise<void>;
  /**
   * Appends a status; the newest counts.
   * @throws HeedError `not-found`
   */
  readonly setStatus: (id: string, status: EpisodeStatus, executor?: Executor) => Promise<Episode>;
  readonly get: (id: string, executor?: Executor) => Promise<Episode | null>;
  readonly getMany: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Episode>>;
  readonly list: (filter?: EpisodeFilter, executor?: Executor) => Promise<Page<Episode>>;
}

/** Episodes, with the newest of their statuses. */
export function createEpisodeRepository(database: Executor): EpisodeRepository {
  return {
    insert: async (episode, executor = database) => {
      const { id, loop, parent } = episode;
      await executor.insert(episodes).values({ id, loop, parent, body: episode });
    },
    setStatus: async (id, { status, finalObservation, endedAt }, executor = database) => {
      const episode = await get(id, executor);
      if (!episode)
        throw new HeedError('not-found', `cannot set the status of the episode ${id}, as it must be stored: it is not`);
      await executor
        .insert(episodeStatuses)
        .values({ episode: id, loop: episode.loop, status, body: { status, finalObservation, endedAt } });
      return { ...episode, status, finalObservation, endedAt };
    },
    get: (id, executor = database) => get(id, executor),
    getMany: async (ids, executor = database) => {
      if (ids.length === 0) return new Map();
      const rows = await executor
        .select()
        .from(episodes)
        .where(inArray(episodes.id, [...ids]));
      return new Map((await withStatus(rows, executor)).map((episode) => [episode.id, episode]));
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(episodes.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(episodes.loop, filter.loop));
      if (filter.parent !== undefined) conditions.push(eq(episodes.parent, filter.parent));
      const rows = await executor
        .select()
        .from(episodes)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(await withStatus(rows, executor), limit);
    },
  };
}

async function withStatus(rows: readonly (typeof episodes.$inferSelect)[], executor: Executor): Promise<Episode[]> {
  if (rows.length === 0) return [];
  const statuses = await executor
    .selectDistinctOn([episodeStatuses.episode])
    .from(episodeStatuses)
    .where(
      inArray(
        episodeStatuses.episode,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(episodeStatuses.episode, desc(episodeStatuses.sequence));
  const newest = new Map(statuses.map(({ episode, body }) => [episode, body]));
  return rows.map(({ id, body }) => ({ ...body, ...newest.get(id) }));
}

async function get(id: string, executor: Executor) {
  const rows = await executor.select().from(episodes).where(eq(episodes.id, id));
  return (await withStatus(rows, executor))[0] ?? null;
}
