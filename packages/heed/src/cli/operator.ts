import { createClient } from '../client/index.ts';
import type { Client } from '../client/index.ts';
import type { AuditedAction, Heed, Reason } from '../loop/index.ts';
import { operator as person } from './records.ts';

/** What an operator sees and does, on the store itself or through a server. */
export type Operator = Pick<
  Client,
  | 'loops'
  | 'decisions'
  | 'feedbacks'
  | 'artifacts'
  | 'releases'
  | 'experiments'
  | 'jobs'
  | 'evaluations'
  | 'generations'
  | 'keys'
  | 'audit'
  | 'webhooks'
>;

/** Through a server: it writes down who asks. */
export function remoteOperator(url: string, key: string | undefined): Operator & Pick<Client, 'close'> {
  return createClient({ url, key });
}

type Audited = Omit<AuditedAction, 'action' | 'who'>;

/** Does something on the store itself, and writes down that it is begun, and then that it was done, or why it was not. */
export async function audited<T>(
  { audit }: Pick<Heed, 'audit'>,
  action: string,
  about: Audited,
  work: () => Promise<T>,
  learned: (result: T) => Audited = () => ({}),
): Promise<T> {
  const { id: begun } = await audit.begin({ who: who(), action, ...about });
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await audit.write({ who: who(), action, ...about }, error, begun);
    throw error;
  }
  await audit.write({ who: who(), action, ...about, ...learned(result) }, undefined, begun);
  return result;
}

function who(): string {
  return `command line (${person()})`;
}

/** On the store itself. */
export function localOperator(heed: Heed): Operator {
  const { evaluations } = heed;
  const { artifacts, releases, experiments, jobs, keys } = heed;
  return {
    loops: heed.loops,
    decisions: heed.decisions,
    feedbacks: heed.feedbacks,
    artifacts: {
      ...artifacts,
      promote: (id, request) =>
        audited(
          heed,
          'promote',
          { target: id, detail: reasonOf(request) },
          () => artifacts.promote(id, request),
          ({ loop }) => ({ loop }),
        ),
      rollback: (loop, request) =>
        audited(heed, 'rollback', { loop, detail: reasonOf(request) }, () => artifacts.rollback(loop, request)),
    },
    releases: {
      ...releases,
      pass: (loop, request) =>
        audited(heed, 'advanceCandidate', { loop, detail: reasonOf(request) }, () => releases.pass(loop, request)),
      reject: (loop, request) =>
        audited(heed, 'abortCandidate', { loop, detail: reasonOf(request) }, () => releases.reject(loop, request)),
    },
    experiments: {
      ...experiments,
      start: (request) =>
        audited(
          heed,
          'startExperiment',
          { loop: request.loop, detail: { name: request.name, ...reasonOf(request) } },
          () => experiments.start(request),
          ({ id }) => ({ target: id }),
        ),
      stop: (id, request) =>
        audited(
          heed,
          'stopExperiment',
          { target: id, detail: reasonOf(request) },
          () => experiments.stop(id, request),
          ({ loop }) => ({ loop }),
        ),
      conclude: (id, request) =>
        audited(
          heed,
          'concludeExperiment',
          { target: id, detail: { winner: request.winner, ...reasonOf(request) } },
          () => experiments.conclude(id, request),
          ({ loop }) => ({ loop }),
        ),
    },
    jobs: { ...jobs, train: (loop) => audited(heed, 'train', { loop }, () => jobs.train(loop)) },
    evaluations: {
      ...evaluations,
      queue: (loop, request) =>
        audited(
          heed,
          'evaluate',
          { loop },
          () => evaluations.queue(loop, request),
          ({ id }) => ({ target: id }),
        ),
    },
    generations: (loop, options) => heed.generations(loop, options),
    keys: {
      list: () => keys.list(),
      get: (id) => keys.get(id),
      create: ({ name, scopes, loops }) =>
        audited(
          heed,
          'createKey',
          { detail: { name, scopes: [...scopes], ...(loops === undefined ? {} : { loops: [...loops] }) } },
          () => keys.create({ name, scopes, loops, by: who() }),
          ({ key }) => ({ target: key.id }),
        ),
      rotate: (id, { graceMs } = {}) =>
        audited(heed, 'rotateKey', { target: id }, () => keys.rotate(id, { by: who(), graceMs })),
      revoke: (id) => audited(heed, 'revokeKey', { target: id }, () => keys.revoke(id)),
    },
    audit: { list: (options) => heed.audit.list(options) },
    webhooks: heed.webhooks,
  };
}

function reasonOf({ by, why }: Reason): { by: string; why: string } {
  return { by, why };
}
