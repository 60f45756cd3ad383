import { isDeepStrictEqual } from 'node:util';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Episode } from '../spec/index.ts';
import { claimKey } from '../store/index.ts';
import type { Context } from './context.ts';
import { payloadHash } from './decide.ts';
import type { Heed } from './heed.ts';
import { toPage, toQuery } from './page.ts';

/** Starting, ending and reading episodes. */
export function createEpisodes({ store, clock, newId, loops }: Context): Heed['episodes'] {
  async function get(id: string): Promise<Episode> {
    const episode = await store.episodes.get(id);
    if (episode === null)
      throw new HeedError('not-found', `cannot show the episode ${id}, as it must be in the store: it is not`);
    return episode;
  }

  return {
    get,
    async start(request) {
      const { loop, task, seed, parent, participants, idempotencyKey } = request;
      if (!loops.has(loop))
        throw new HeedError(
          'not-found',
          `cannot start an episode, as loop must be one of ${[...loops.keys()].join(', ')}: it is ${loop}`,
        );
      const episode: Episode = {
        schemaVersion,
        id: newId(),
        loop,
        task,
        seed: seed ?? null,
        parent: parent ?? null,
        participants: participants ?? [],
        status: 'open',
        finalObservation: null,
        startedAt: new Date(clock()).toISOString(),
        endedAt: null,
      };
      return store.transaction(async (transaction) => {
        const earlier =
          idempotencyKey === undefined
            ? null
            : await claimKey(transaction, {
                kind: 'episode',
                loop,
                key: idempotencyKey,
                payload: payloadHash('startEpisode', request),
                record: episode.id,
              });
        if (earlier !== null) return get(earlier);
        await store.episodes.insert(episode, transaction);
        return episode;
      });
    },
    async end(id, { status, finalObservation }) {
      const episode = await get(id);
      const observed = finalObservation === undefined ? null : [...finalObservation];
      // A retry says the same again, and is told the same.
      if (episode.status === status && isDeepStrictEqual(episode.finalObservation, observed)) return episode;
      if (episode.status !== 'open')
        throw new HeedError(
          'invalid-input',
          `cannot end the episode ${id}, as it must be open: it is ${episode.status}`,
        );
      await store.episodes.setStatus(id, {
        status,
        finalObservation: observed,
        endedAt: new Date(clock()).toISOString(),
      });
      return get(id);
    },
    list: async (options) => toPage(await store.episodes.list(toQuery(options))),
  };
}
