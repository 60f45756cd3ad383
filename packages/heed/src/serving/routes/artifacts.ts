import { artifact, artifactPage, release } from '../replies.ts';
import { idParams, listQuery, reasonSchema } from '../requests.ts';
import { keyOf } from '../headers.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['artifacts'];

/** What was learned. */
export function artifactRoutes(server: Server): void {
  server.get(
    '/v1/artifacts',
    {
      schema: {
        operationId: 'listArtifacts',
        tags,
        summary: 'List artifacts',
        description: 'Newest first, of one loop where asked for.',
        querystring: listQuery,
        response: replies(200, artifactPage),
      },
    },
    async ({ query, heed }) => heed.artifacts.list(query),
  );

  server.get(
    '/v1/artifacts/:id',
    {
      schema: {
        operationId: 'getArtifact',
        tags,
        summary: 'Show an artifact',
        description: 'Its format, configuration, files, metrics, and what it was learned from.',
        params: idParams,
        response: replies(200, artifact),
      },
    },
    async ({ params, heed }) => heed.artifacts.get(params.id),
  );

  server.post(
    '/v1/artifacts/:id/promote',
    {
      schema: {
        operationId: 'promote',
        tags,
        summary: 'Put an artifact into service',
        description: 'Every serving process swaps to it at once; decisions under way end with the one they began with.',
        params: idParams,
        body: reasonSchema,
        response: replies(200, release),
      },
    },
    async ({ params, body, headers, heed }) =>
      heed.artifacts.promote(params.id, { ...body, idempotencyKey: keyOf(body, headers) }),
  );
}
