import { PgBoss } from 'pg-boss';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Job, JsonObject } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import type { Context } from './context.ts';
import { evaluationJob, runEvaluation, toJobInput } from './evaluate/job.ts';
import type { EvaluationRequest } from './evaluate/request.ts';
import type { ServingState } from './serving-state.ts';
import { LostLease, train } from './train.ts';
import { collectWebhooks, deliverWebhook, toDead } from './webhooks.ts';
import type { DeadWebhook, WebhookMessage } from './webhooks.ts';

const queue = 'train';
const retraining = 'retrain';
/** Evaluations take long: they hold up no training. */
const evaluationQueue = 'evaluate';
const pollingSeconds = 0.5;
/** pg-boss must not give a long training to a second worker: who holds a job, we say ourselves. */
const longestSeconds = 86_400;
const webhookQueue = 'webhook';
const deadQueue = 'webhook-dead';
/** Messages that are listed at once. */
const mostDead = 1_000;
/** Attempts go on for about two days. */
const webhookRetries = { retryLimit: 20, retryDelay: 1, retryBackoff: true, retryDelayMax: 14_400 } as const;
/** Heartbeats in a lease. */
const beatsPerLease = 12;
/** A job that this many workers did not end, one after another, is given up. */
const mostWorkers = 5;

/** Queues work for whichever worker is free; the queue is pg-boss's, the record of each job is ours. */
export interface Jobs {
  /** Queues a training, unless one of that loop waits or runs already: then that one comes back. */
  enqueueTraining(loop: string): Promise<Job>;
  enqueueEvaluation(loop: string, request: EvaluationRequest): Promise<Job>;
  /** Writes down, in a transaction, that a loop is to be trained from the start; `send` then queues it. */
  draftRetraining(loop: string, transaction: Executor): Promise<Job>;
  send(job: Job): Promise<void>;
  /** Queues what webhooks are to be told of. */
  tellWebhooks(): Promise<number>;
  readonly sendWebhooks: (messages: readonly WebhookMessage[]) => Promise<void>;
  deadWebhooks(): Promise<DeadWebhook[]>;
  /** Runs queued jobs here until the signal says stop. */
  work(stop: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function createJobs(context: Context, state: ServingState): Jobs {
  const { store, clock, newId, log } = context;
  const { leaseMs } = context.training;
  /** When a job was last sent again, so that it is not sent with every look. */
  const sentAgain = new Map<string, number>();
  let started: Promise<PgBoss> | null = null;

  function boss(): Promise<PgBoss> {
    started ??= start().catch((error: unknown) => {
      started = null;
      throw error;
    });
    return started;
  }

  async function start(): Promise<PgBoss> {
    const made = new PgBoss({ connectionString: store.url, schema: 'heed_jobs', max: 2 });
    made.on('error', (error) => log(`the job queue reports: ${String(error)}`));
    try {
      await made.start();
      await made.createQueue(deadQueue);
      await made.createQueue(webhookQueue, { ...webhookRetries, deadLetter: deadQueue });
      await made.createQueue(queue, { expireInSeconds: longestSeconds });
      await made.createQueue(evaluationQueue, { expireInSeconds: longestSeconds });
    } catch (error) {
      await made.stop({ graceful: false }).catch(() => undefined);
      throw error;
    }
    return made;
  }

  async function sendWebhooks(messages: readonly WebhookMessage[]): Promise<void> {
    const made = await boss();
    for (const message of messages) await made.send(webhookQueue, message, webhookRetries);
  }

  function draft(kind: string, loop: string, input: JsonObject = {}): Job {
    return {
      schemaVersion,
      id: newId(),
      kind,
      loop,
      input,
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

  async function send({ id, kind }: Pick<Job, 'id' | 'kind'>): Promise<void> {
    await (
      await boss()
    ).send(kind === evaluationJob ? evaluationQueue : queue, { job: id }, { expireInSeconds: longestSeconds });
  }

  function isSilent({ status, heartbeatAt }: Job): boolean {
    return status === 'running' && clock() - Date.parse(heartbeatAt ?? now()) >= leaseMs;
  }

  async function run(id: string, stop: AbortSignal): Promise<void> {
    const token = await store.jobs.claim(id, now(), new Date(clock() - leaseMs).toISOString());
    // It was sent twice, and another worker has it or has done it.
    if (token === null) return;
    const job = await store.jobs.get(id);
    const loop = job === null || job.loop === null ? undefined : context.loops.get(job.loop);
    if (job === null || loop === undefined || token > mostWorkers) {
      const outcome =
        token > mostWorkers
          ? { code: 'internal', message: `cannot do this, as one of ${mostWorkers} workers must end the job: none did` }
          : { code: 'not-found', message: 'cannot do this, as the loop must be configured here: it is not' };
      await store.jobs.update(id, token, { status: 'failed', endedAt: now(), outcome });
      await store.jobs.dropCheckpoint(id);
      return;
    }
    const beat = setInterval(
      () => void store.jobs.update(id, token, { heartbeatAt: now() }).catch(() => undefined),
      leaseMs / beatsPerLease,
    );
    const tell = (unit: string) => (done: number) =>
      void store.jobs
        .update(id, token, { progress: { done, of: null, unit }, heartbeatAt: now() })
        .catch(() => undefined);
    try {
      if (job.kind === evaluationJob) {
        const onProgress = tell('decisions');
        await runEvaluation(context, state, loop, { job, fencingToken: token, signal: stop, onProgress });
        return;
      }
      const report = await train(context, loop, {
        signal: stop,
        lease: { job, fencingToken: token },
        ...(job.kind === retraining && { anew: `training:${loop.configuration.name}:${id}` }),
        onProgress: tell('signals'),
      });
      // What was published has ended its job with it.
      if (report.artifact === null)
        await store.jobs.update(id, token, { status: 'succeeded', endedAt: now(), outcome: { ...report } });
    } catch (error) {
      await settleFailure(job, token, error, stop);
    } finally {
      clearInterval(beat);
    }
  }

  async function settleFailure({ id, kind }: Job, token: number, error: unknown, stop: AbortSignal): Promise<void> {
    if (error instanceof LostLease) {
      log(`the job ${id} was given to another worker meanwhile; what this one had made is thrown away`);
    } else if (stop.aborted) {
      // Whoever is free goes on from the checkpoint.
      if (await store.jobs.update(id, token, { status: 'queued' })) await send({ id, kind });
    } else {
      await store.jobs.update(id, token, { status: 'failed', endedAt: now(), outcome: failure(error) });
      await store.jobs.dropCheckpoint(id);
    }
  }

  /** Sends what nobody works on again: its worker died, or whoever wrote it down ended before it was sent. */
  async function sendLeftovers({ queued }: { readonly queued: boolean }): Promise<void> {
    for (const kind of ['train', retraining, evaluationJob]) {
      for (const job of (await store.jobs.list({ kind, limit: 100 })).items) {
        if (!isSilent(job) && !(queued && job.status === 'queued')) continue;
        if (clock() - (sentAgain.get(job.id) ?? -Infinity) < leaseMs) continue;
        sentAgain.set(job.id, clock());
        await send(job);
      }
    }
    for (const [id, at] of sentAgain) if (clock() - at >= leaseMs) sentAgain.delete(id);
  }

  function now(): string {
    return new Date(clock()).toISOString();
  }

  return {
    async enqueueTraining(loop) {
      const { items } = await store.jobs.list({ loop, kind: 'train', limit: 20 });
      // A silent one as well: another worker takes it over.
      const live = items.find(({ status }) => status === 'queued' || status === 'running');
      if (live !== undefined) return live;
      const job = draft('train', loop);
      await store.jobs.insert(job);
      await send(job);
      return job;
    },
    async enqueueEvaluation(loop, request) {
      const job = draft(evaluationJob, loop, toJobInput(request));
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
    tellWebhooks: () => collectWebhooks(context, sendWebhooks),
    sendWebhooks,
    async deadWebhooks() {
      const dead = await (await boss()).findJobs<WebhookMessage>(deadQueue);
      return dead
        .map(({ data, createdOn }) => toDead(data, createdOn))
        .toSorted((a, b) => (a.since < b.since ? 1 : -1))
        .slice(0, mostDead);
    },
    async work(stop) {
      const running = await boss();
      await sendLeftovers({ queued: true });
      const look = setInterval(
        () =>
          void sendLeftovers({ queued: false }).catch((error: unknown) =>
            log(`cannot look for jobs: ${String(error)}`),
          ),
        Math.max(500, leaseMs / 4),
      );
      const worker = await running.work<{ job: string }>(
        queue,
        { pollingIntervalSeconds: pollingSeconds },
        async (jobs) => {
          for (const { data } of jobs) await run(data.job, stop);
        },
      );
      const evaluator = await running.work<{ job: string }>(
        evaluationQueue,
        { pollingIntervalSeconds: pollingSeconds },
        async (jobs) => {
          for (const { data } of jobs) await run(data.job, stop);
        },
      );
      const messenger = await running.work<WebhookMessage>(
        webhookQueue,
        { pollingIntervalSeconds: pollingSeconds },
        async (messages) => {
          for (const { data } of messages) await deliverWebhook(context, data);
        },
      );
      stop.addEventListener(
        'abort',
        () => {
          clearInterval(look);
          void running.offWork(queue, { id: worker }).catch(() => undefined);
          void running.offWork(evaluationQueue, { id: evaluator }).catch(() => undefined);
          void running.offWork(webhookQueue, { id: messenger }).catch(() => undefined);
        },
        { once: true },
      );
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
