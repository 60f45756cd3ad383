import { episode, episodePage } from '../replies.ts';
import { episodeEndSchema, episodeStartSchema, idParams, listQuery } from '../requests.ts';
import { keyOf } from '../headers.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['episodes'];

/** Tasks of several decisions. */
export function episodeRoutes(server: Server): void {
  server.post(
    '/v1/episodes',
    {
      schema: {
        operationId: 'startEpisode',
        tags,
        summary: 'Start an episode',
        description: 'Opens a task that one or more agents take from start to end; its decisions name it.',
        body: episodeStartSchema,
        response: replies(201, episode),
      },
    },
    async ({ body, headers, heed }, reply) =>
      reply.code(201).send(await heed.episodes.start({ ...body, idempotencyKey: keyOf(body, headers) })),
  );

  server.post(
    '/v1/episodes/:id/end',
    {
      schema: {
        operationId: 'endEpisode',
        tags,
        summary: 'End an episode',
        description: 'Says how an open episode ended and what was seen last.',
        params: idParams,
        body: episodeEndSchema,
        response: replies(200, episode),
      },
    },
    async ({ params, body, heed }) => heed.episodes.end(params.id, body),
  );

  server.get(
    '/v1/episodes/:id',
    {
      schema: {
        operationId: 'getEpisode',
        tags,
        summary: 'Show an episode',
        description: 'One episode as it stands.',
        params: idParams,
        response: replies(200, episode),
      },
    },
    async ({ params, heed }) => heed.episodes.get(params.id),
  );

  server.get(
    '/v1/episodes',
    {
      schema: {
        operationId: 'listEpisodes',
        tags,
        summary: 'List episodes',
        description: 'Newest first, of one loop where asked for.',
        querystring: listQuery,
        response: replies(200, episodePage),
      },
    },
    async ({ query, heed }) => heed.episodes.list(query),
  );
}
