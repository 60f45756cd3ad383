import { PgBoss } from 'pg-boss';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Job, JsonObject } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import type { Context } from './context.ts';
import { train } from './train.ts';

const queue = 'train';
const retraining = 'retrain';
const pollingSeconds = 0.5;
const heartbeatMs = 5_000;
/** A running job that has been silent for this long is taken for dead. */
const silentMs = 60_000;

/** Queues work for whichever worker is free; the queue is pg-boss's, the record of each job is ours. */
export interface Jobs {
  /** Queues a training, unless one of that loop waits or runs already: then that one comes back. */
  enqueueTraining(loop: string): Promise<Job>;
  /** Writes down, in a transaction, that a loop is to be trained from the start; `send` then queues it. */
  draftRetraining(loop: string, transaction: Executor): Promise<Job>;
  send(job: Job): Promise<void>;
  /** Runs queued jobs here until the signal says stop. */
  work(stop: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createJobs(context: Context): Jobs {
  const { store, clock, newId, log } = context;
  let started: Promise<PgBoss> | null = null;

  function boss(): Promise<PgBoss> {
    started ??= start();
    return started;
  }

  async function start(): Promise<PgBoss> {
    const made = new PgBoss({ connectionString: store.url, schema: 'heed_jobs', max: 2 });
    made.on('error', (error) => log(`the job queue reports: ${String(error)}`));
    await made.start();
    await made.createQueue(queue);
    return made;
  }

  function draft(kind: string, loop: string): Job {
    return {
      schemaVersion,
      id: newId(),
      kind,
      loop,
      input: {},
      status: 'queued',
      progress: null,
      checkpoint: null,
      outcome: null,
      fencingToken: 0,
      createdAt: now(),
      startedAt: null,
      heartbeatAt: null,
      endedAt: null,
    };
  }

  async function send({ id }: Job): Promise<void> {
    await (await boss()).send(queue, { job: id });
  }

  async function runTraining(id: string, stop: AbortSignal): Promise<void> {
    const before = await store.jobs.get(id);
    // A retraining may have been sent twice.
    if (before?.kind === retraining && before.status === 'succeeded') return;
    const token = await store.jobs.take(id, now());
    const job = await store.jobs.get(id);
    const loop = job?.loop === null || job === null ? undefined : context.loops.get(job.loop);
    if (loop === undefined) {
      await store.jobs.update(id, token, {
        status: 'failed',
        endedAt: now(),
        outcome: { code: 'not-found', message: 'cannot train, as the loop must be configured here: it is not' },
      });
      return;
    }
    const beat = setInterval(
      () => void store.jobs.update(id, token, { heartbeatAt: now() }).catch(() => undefined),
      heartbeatMs,
    );
    try {
      const report = await train(context, loop, {
        signal: stop,
        ...(job?.kind === retraining && { anew: `training:${loop.configuration.name}:${id}` }),
        onProgress: (done) =>
          void store.jobs
            .update(id, token, { progress: { done, of: null, unit: 'signals' }, heartbeatAt: now() })
            .catch(() => undefined),
      });
      await store.jobs.update(id, token, { status: 'succeeded', endedAt: now(), outcome: { ...report } });
    } catch (error) {
      await store.jobs.update(id, token, {
        status: stop.aborted ? 'cancelled' : 'failed',
        endedAt: now(),
        outcome: failure(error),
      });
    } finally {
      clearInterval(beat);
    }
  }

  function now(): string {
    return new Date(clock()).toISOString();
  }

  return {
    async enqueueTraining(loop) {
      const { items } = await store.jobs.list({ loop, kind: 'train', limit: 20 });
      const live = items.find(
        ({ status, heartbeatAt }) =>
          status === 'queued' || (status === 'running' && clock() - Date.parse(heartbeatAt ?? now()) < silentMs),
      );
      if (live !== undefined) return live;
      const job = draft('train', loop);
      await store.jobs.insert(job);
      await send(job);
      return job;
    },
    async draftRetraining(loop, transaction) {
      const { items } = await store.jobs.list({ loop, kind: retraining, limit: 20 }, transaction);
      const waiting = items.find(({ status }) => status === 'queued');
      if (waiting !== undefined) return waiting;
      const job = draft(retraining, loop);
      await store.jobs.insert(job, transaction);
      return job;
    },
    send,
    async work(stop) {
      const running = await boss();
      // Whoever wrote a retraining down may have ended before it was sent.
      for (const job of (await store.jobs.list({ kind: retraining, limit: 100 })).items)
        if (job.status === 'queued') await send(job);
      const worker = await running.work<{ job: string }>(
        queue,
        { pollingIntervalSeconds: pollingSeconds },
        async (jobs) => {
          for (const { data } of jobs) await runTraining(data.job, stop);
        },
      );
      stop.addEventListener('abort', () => void running.offWork(queue, { id: worker }).catch(() => undefined), {
        once: true,
      });
    },
    async close() {
      if (started !== null) await (await started).stop({ graceful: true, timeout: 5_000 });
    },
  };
}

function failure(error: unknown): JsonObject {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof HeedError ? error.code : 'internal', message };
}
