import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Job } from '../../spec/index.ts';
import { HeedError } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { blobs, jobs, jobStatuses } from '../schema.ts';
import type { JobStatus } from '../schema.ts';
import type { Executor } from '../transaction.ts';
import type { BlobContent } from './blob.ts';

export interface JobFilter extends PageOptions {
  readonly kind?: string | undefined;
  readonly loop?: string | undefined;
}

export interface JobRepository {
  readonly insert: (job: Job, executor?: Executor) => Promise<void>;
  /**
   * Makes the caller the job's only worker: the token is larger than every earlier one, whose holders can no longer write.
   * @throws HeedError `not-found`
   */
  readonly take: (id: string, now: string, executor?: Executor) => Promise<number>;
  /** As `take`, where the job waits, or runs but was last heard of before `silentSince`; else `null`. */
  readonly claim: (id: string, now: string, silentSince: string, executor?: Executor) => Promise<number | null>;
  /** Keeps a checkpoint in place of the job's earlier one; `false`, and nothing is written, where a newer token was given out. */
  readonly saveCheckpoint: (id: string, fencingToken: number, blob: BlobContent) => Promise<boolean>;
  /** Deletes the job's checkpoint. */
  readonly dropCheckpoint: (id: string, executor?: Executor) => Promise<void>;
  /** Appends what changed; `false`, and nothing is written, where a newer token was given out. */
  readonly update: (
    id: string,
    fencingToken: number,
    changes: Partial<Omit<JobStatus, 'fencingToken'>>,
    executor?: Executor,
  ) => Promise<boolean>;
  readonly get: (id: string, executor?: Executor) => Promise<Job | null>;
  readonly list: (filter?: JobFilter, executor?: Executor) => Promise<Page<Job>>;
}

/** Jobs, with the newest of their statuses. */
export function createJobRepository(database: Executor): JobRepository {
  return {
    insert: async (job, executor = database) => {
      const { id, kind, loop } = job;
      await executor.insert(jobs).values({ id, kind, loop, body: job });
      await executor.execute(
        sql`select pg_notify(${channelName('job')}, ${JSON.stringify({ id, kind, status: job.status })})`,
      );
    },
    take: (id, now, executor = database) =>
      executor.transaction(async (transaction) => {
        const job = await locked(id, transaction);
        const fencingToken = job.fencingToken + 1;
        await append(
          job,
          { status: 'running', fencingToken, startedAt: job.startedAt ?? now, heartbeatAt: now },
          transaction,
        );
        return fencingToken;
      }),
    claim: (id, now, silentSince, executor = database) =>
      executor.transaction(async (transaction) => {
        const job = await locked(id, transaction);
        const silent = job.status === 'running' && Date.parse(job.heartbeatAt ?? now) < Date.parse(silentSince);
        if (job.status !== 'queued' && !silent) return null;
        const fencingToken = job.fencingToken + 1;
        const begun = { startedAt: job.startedAt ?? now, heartbeatAt: now };
        await append(job, { status: 'running', fencingToken, ...begun }, transaction);
        return fencingToken;
      }),
    saveCheckpoint: (id, fencingToken, { hash, mediaType, content }) =>
      database.transaction(async (transaction) => {
        const job = await locked(id, transaction);
        if (job.fencingToken !== fencingToken) return false;
        await transaction
          .insert(blobs)
          .values({ hash, mediaType, content: Buffer.from(content) })
          .onConflictDoNothing();
        await append(job, { checkpoint: hash }, transaction);
        if (job.checkpoint !== null && job.checkpoint !== hash)
          await transaction.delete(blobs).where(eq(blobs.hash, job.checkpoint));
        return true;
      }),
    dropCheckpoint: (id, executor = database) =>
      executor.transaction(async (transaction) => {
        const job = await locked(id, transaction);
        if (job.checkpoint === null) return;
        await append(job, { checkpoint: null }, transaction);
        await transaction.delete(blobs).where(eq(blobs.hash, job.checkpoint));
      }),
    update: (id, fencingToken, changes, executor = database) =>
      executor.transaction(async (transaction) => {
        const job = await locked(id, transaction);
        if (job.fencingToken !== fencingToken) return false;
        await append(job, changes, transaction);
        return true;
      }),
    get: async (id, executor = database) => {
      const rows = await executor.select().from(jobs).where(eq(jobs.id, id));
      return (await withStatus(rows, executor))[0] ?? null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(jobs.id, filter);
      if (filter.kind !== undefined) conditions.push(eq(jobs.kind, filter.kind));
      if (filter.loop !== undefined) conditions.push(eq(jobs.loop, filter.loop));
      const rows = await executor
        .select()
        .from(jobs)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(await withStatus(rows, executor), limit);
    },
  };
}

async function withStatus(rows: readonly (typeof jobs.$inferSelect)[], executor: Executor): Promise<Job[]> {
  if (rows.length === 0) return [];
  const statuses = await executor
    .selectDistinctOn([jobStatuses.job])
    .from(jobStatuses)
    .where(
      inArray(
        jobStatuses.job,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(jobStatuses.job, desc(jobStatuses.sequence));
  const newest = new Map(statuses.map(({ job, body }) => [job, body]));
  return rows.map(({ id, body }) => ({ ...body, ...newest.get(id) }));
}

async function append(job: Job, changes: Partial<JobStatus>, executor: Executor) {
  const { status, progress, checkpoint, outcome, fencingToken, startedAt, heartbeatAt, endedAt } = {
    ...job,
    ...changes,
  };
  const body = { status, progress, checkpoint, outcome, fencingToken, startedAt, heartbeatAt, endedAt };
  await executor.insert(jobStatuses).values({ job: job.id, status, fencingToken, body });
  await executor.execute(
    sql`select pg_notify(${channelName('job')}, ${JSON.stringify({ id: job.id, kind: job.kind, status })})`,
  );
}

/** Locks the job's row: its statuses are appended one after another. */
async function locked(id: string, executor: Executor) {
  const rows = await executor.select().from(jobs).where(eq(jobs.id, id)).for('update');
  const [job] = await withStatus(rows, executor);
  if (!job) throw new HeedError('not-found', `cannot work on the job ${id}, as it must be stored: it is not`);
  return job;
}
