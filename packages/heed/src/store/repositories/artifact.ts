import { and, eq, sql } from 'drizzle-orm';
import type { Artifact } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { artifacts } from '../schema.ts';
import type { Executor } from '../transaction.ts';
import type { BlobContent, BlobRepository } from './blob.ts';

export interface ArtifactFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly role?: Artifact['role'] | undefined;
}

export interface ArtifactRepository {
  /** Stores an artifact and the content of its files, together, and tells of it when it commits. */
  readonly insert: (artifact: Artifact, files: readonly BlobContent[], executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<Artifact | null>;
  readonly list: (filter?: ArtifactFilter, executor?: Executor) => Promise<Page<Artifact>>;
}

/** The record of a row. */
export function decodeArtifact(row: typeof artifacts.$inferSelect): Artifact {
  return row.body;
}

/** Artifacts: immutable, their files by hash. */
export function createArtifactRepository(database: Executor, blobs: BlobRepository): ArtifactRepository {
  return {
    insert: (artifact, files, executor = database) =>
      executor.transaction(async (transaction) => {
        await blobs.put(files, transaction);
        const { id, loop, role, createdAt } = artifact;
        await transaction.insert(artifacts).values({ id, loop, role, createdAt, body: artifact });
        await transaction.execute(sql`select pg_notify(${channelName('artifact')}, ${JSON.stringify({ loop, id })})`);
      }),
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(artifacts).where(eq(artifacts.id, id));
      return row ? decodeArtifact(row) : null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(artifacts.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(artifacts.loop, filter.loop));
      if (filter.role !== undefined) conditions.push(eq(artifacts.role, filter.role));
      const rows = await executor
        .select()
        .from(artifacts)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(rows.map(decodeArtifact), limit);
    },
  };
}
