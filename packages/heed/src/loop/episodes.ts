import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Episode } from '../spec/index.ts';
import type { Context } from './context.ts';
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
    async start({ loop, task, seed, parent, participants }) {
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
      await store.episodes.insert(episode);
      return episode;
    },
    async end(id, { status, finalObservation }) {
      const episode = await get(id);
      if (episode.status !== 'open')
        throw new HeedError(
          'invalid-input',
          `cannot end the episode ${id}, as it must be open: it is ${episode.status}`,
        );
      await store.episodes.setStatus(id, {
        status,
        finalObservation: finalObservation === undefined ? null : [...finalObservation],
        endedAt: new Date(clock()).toISOString(),
      });
      return get(id);
    },
    list: async (options) => toPage(await store.episodes.list(toQuery(options))),
  };
}
