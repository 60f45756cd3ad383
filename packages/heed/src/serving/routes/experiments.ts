import { keyOf } from '../headers.ts';
import { concludeSchema, experimentStartSchema, idParams, listQuery, reasonSchema } from '../requests.ts';
import { experiment, experimentDetail, experimentPage } from '../replies.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['experiments'];

/** Policies side by side, each for its share of the subjects. */
export function experimentRoutes(server: Server): void {
  server.get(
    '/v1/experiments',
    {
      schema: {
        operationId: 'listExperiments',
        tags,
        summary: 'List experiments',
        description: 'Newest first, of one loop where asked for.',
        querystring: listQuery,
        response: replies(200, experimentPage),
      },
    },
    async ({ query, heed }) => heed.experiments.list(query),
  );

  server.get(
    '/v1/experiments/:id',
    {
      schema: {
        operationId: 'getExperiment',
        tags,
        summary: 'Show an experiment',
        description:
          'What was declared, and what it has shown: by now where it runs, else when it ended. Look as often as you like: the intervals hold at every look.',
        params: idParams,
        response: replies(200, experimentDetail),
      },
    },
    async ({ params, heed }) => heed.experiments.get(params.id),
  );

  server.post(
    '/v1/experiments',
    {
      schema: {
        operationId: 'startExperiment',
        tags,
        summary: 'Start an experiment',
        description:
          'Its arms serve their subjects at once. Refused with `experiment-conflict` while another experiment runs in the loop or a release is on its way, and for a name that was there before. The same idempotency key gives the experiment that was first started with it.',
        body: experimentStartSchema,
        response: replies(201, experiment),
      },
    },
    async ({ body, headers, heed }, reply) =>
      reply.code(201).send(await heed.experiments.start({ ...body, idempotencyKey: keyOf(body, headers) })),
  );

  server.post(
    '/v1/experiments/:id/stop',
    {
      schema: {
        operationId: 'stopExperiment',
        tags,
        summary: 'Stop an experiment',
        description:
          'Ends it without a winner: what serves decides for everybody again. Refused with `experiment-conflict` once it has ended, but with the same idempotency key, which gives the same end.',
        params: idParams,
        body: reasonSchema,
        response: replies(200, experiment),
      },
    },
    async ({ params, body, headers, heed }) =>
      heed.experiments.stop(params.id, { ...body, idempotencyKey: keyOf(body, headers) }),
  );

  server.post(
    '/v1/experiments/:id/conclude',
    {
      schema: {
        operationId: 'concludeExperiment',
        tags,
        summary: 'Conclude an experiment',
        description:
          'Ends it with a winner, which comes into service at once where `promote` is true; refused with `artifact-not-promotable` where what it has shown says that it lost. The same idempotency key gives the same end.',
        params: idParams,
        body: concludeSchema,
        response: replies(200, experiment),
      },
    },
    async ({ params, body, headers, heed }) =>
      heed.experiments.conclude(params.id, { ...body, idempotencyKey: keyOf(body, headers) }),
  );
}
