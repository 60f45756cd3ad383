import { createClient } from '../client/index.ts';
import type { Client } from '../client/index.ts';
import type { AuditedAction, Heed, ReleaseRequest } from '../loop/index.ts';
import { operator as person } from './records.ts';

/** What an operator sees and does, on the store itself or through a server. */
export type Operator = Pick<Client, 'loops' | 'decisions' | 'feedbacks' | 'artifacts' | 'jobs' | 'keys' | 'audit'>;

/** Through a server: it writes down who asks. */
export function remoteOperator(url: string, key: string | undefined): Operator & Pick<Client, 'close'> {
  return createClient({ url, key });
}

type Audited = Omit<AuditedAction, 'action' | 'who'>;

/** Does something on the store itself, and writes down that it was done, or why it was not. */
export async function audited<T>(
  { audit }: Pick<Heed, 'audit'>,
  action: string,
  about: Audited,
  work: () => Promise<T>,
  learned: (result: T) => Audited = () => ({}),
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await audit.write({ who: who(), action, ...about }, error);
    throw error;
  }
  await audit.write({ who: who(), action, ...about, ...learned(result) });
  return result;
}

function who(): string {
  return `command line (${person()})`;
}

/** On the store itself. */
export function localOperator(heed: Heed): Operator {
  const { artifacts, jobs, keys } = heed;
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
    jobs: { ...jobs, train: (loop) => audited(heed, 'train', { loop }, () => jobs.train(loop)) },
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
  };
}

function reasonOf({ by, why }: ReleaseRequest): { by: string; why: string } {
  return { by, why };
}
