import { job, loopGenerations, loopList, loopStatus, release, releaseList } from '../replies.ts';
import { generationsQuery, loopParams, reasonSchema } from '../requests.ts';
import { keyOf } from '../headers.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['loops'];

/** Loops, and what serves them. */
export function loopRoutes(server: Server): void {
  server.get(
    '/v1/loops',
    {
      schema: {
        operationId: 'listLoops',
        tags,
        summary: 'List loops',
        description: 'Every configured loop with its configuration and what serves it now.',
        response: replies(200, loopList),
      },
    },
    async ({ heed }) => ({ loops: await heed.loops.list() }),
  );

  server.get(
    '/v1/loops/:loop',
    {
      schema: {
        operationId: 'getLoop',
        tags,
        summary: 'Show a loop',
        description:
          'Its configuration, in which a client finds what it needs where Heed cannot be reached (action, baseline, exclusions, deadline), and what serves it now.',
        params: loopParams,
        response: replies(200, loopStatus),
      },
    },
    async ({ params, heed }) => heed.loops.get(params.loop),
  );

  server.get(
    '/v1/loops/:loop/releases',
    {
      schema: {
        operationId: 'listReleases',
        tags,
        summary: 'List releases',
        description: 'Each step of each artifact on its way into service, newest first.',
        params: loopParams,
        response: replies(200, releaseList),
      },
    },
    async ({ params, heed }) => ({ releases: await heed.artifacts.releases(params.loop) }),
  );

  server.get(
    '/v1/loops/:loop/generations',
    {
      schema: {
        operationId: 'listGenerations',
        tags,
        summary: 'Show generations',
        description:
          'How each artifact that came into full service did, oldest first: its mean reward, how much it explored, and the difference to the one before; `degraded` where it is worse. And whether their rewards go up and down.',
        params: loopParams,
        querystring: generationsQuery,
        response: replies(200, loopGenerations),
      },
    },
    async ({ params, query, heed }) => heed.generations(params.loop, query),
  );

  server.post(
    '/v1/loops/:loop/rollback',
    {
      schema: {
        operationId: 'rollback',
        tags,
        summary: 'Roll back',
        description: 'Puts back what served before the artifact that serves now. Every serving process swaps at once.',
        params: loopParams,
        body: reasonSchema,
        response: replies(200, release),
      },
    },
    async ({ params, body, headers, heed }) =>
      heed.artifacts.rollback(params.loop, { ...body, idempotencyKey: keyOf(body, headers) }),
  );

  server.post(
    '/v1/loops/:loop/train',
    {
      schema: {
        operationId: 'train',
        tags,
        summary: 'Queue a training',
        description: 'Queues a training job, unless one of the loop waits or runs already: then that one comes back.',
        params: loopParams,
        response: replies(202, job),
      },
    },
    async ({ params, heed }, reply) => reply.code(202).send(await heed.jobs.train(params.loop)),
  );
}
