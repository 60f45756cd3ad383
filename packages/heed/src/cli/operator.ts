import { createClient } from '../client/index.ts';
import type { Client } from '../client/index.ts';
import type { Heed } from '../loop/index.ts';
import { operator as person } from './records.ts';

/** What an operator sees and does, on the store itself or through a server. */
export type Operator = Pick<Client, 'loops' | 'decisions' | 'feedbacks' | 'artifacts' | 'jobs' | 'keys' | 'audit'>;

/** Through a server: it writes down who asks. */
export function remoteOperator(url: string, key: string | undefined): Operator & Pick<Client, 'close'> {
  return createClient({ url, key });
}

/** On the store itself: what is done is written down here. */
export function localOperator(heed: Heed): Operator {
  const who = `command line (${person()})`;
  const audited = async <T>(
    action: Parameters<typeof heed.audit.write>[0]['action'],
    more: Omit<Parameters<typeof heed.audit.write>[0], 'action' | 'who'>,
    work: () => Promise<T>,
    after: (result: T) => typeof more = () => ({}),
  ): Promise<T> => {
    let result: T;
    try {
      result = await work();
    } catch (error) {
      await heed.audit.write({ who, action, ...more }, error);
      throw error;
    }
    await heed.audit.write({ who, action, ...more, ...after(result) });
    return result;
  };

  return {
    loops: heed.loops,
    decisions: heed.decisions,
    feedbacks: heed.feedbacks,
    artifacts: {
      ...heed.artifacts,
      promote: (id, { by, why, ...request }) =>
        audited(
          'promote',
          { target: id, detail: { by, why } },
          () => heed.artifacts.promote(id, { by, why, ...request }),
          ({ loop }) => ({ loop }),
        ),
      rollback: (loop, { by, why, ...request }) =>
        audited('rollback', { loop, detail: { by, why } }, () =>
          heed.artifacts.rollback(loop, { by, why, ...request }),
        ),
    },
    jobs: { ...heed.jobs, train: (loop) => audited('train', { loop }, () => heed.jobs.train(loop)) },
    keys: {
      list: () => heed.keys.list(),
      get: (id) => heed.keys.get(id),
      create: ({ name, scopes, loops }) =>
        audited(
          'createKey',
          { detail: { name, scopes: [...scopes], ...(loops === undefined ? {} : { loops: [...loops] }) } },
          () => heed.keys.create({ name, scopes, loops, by: who }),
          ({ key }) => ({ target: key.id }),
        ),
      rotate: (id, { graceMs } = {}) =>
        audited('rotateKey', { target: id }, () => heed.keys.rotate(id, { by: who, graceMs })),
      revoke: (id) => audited('revokeKey', { target: id }, () => heed.keys.revoke(id)),
    },
    audit: { list: (options) => heed.audit.list(options) },
  };
}
