import { HeedError } from '../../spec/index.ts';
import { decideBatchReply, decideReply } from '../replies.ts';
import { decideBatchRequestSchema, decideRequestSchema, loopParams } from '../requests.ts';
import { withHeaders } from '../headers.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

/** Choosing, one at a time or many. */
export function decideRoutes(server: Server, { hotValidator }: RouteContext): void {
  server.post(
    '/v1/loops/:loop/decide',
    {
      validatorCompiler: hotValidator,
      schema: {
        operationId: 'decide',
        tags: ['decisions'],
        summary: 'Choose among candidates',
        description:
          'Draws an action from the policy that serves the loop, stores the decision, and answers once it is on disk. The answer carries all that is needed to act on it and to judge it.',
        params: loopParams,
        body: decideRequestSchema,
        response: replies(200, decideReply),
      },
    },
    async ({ params, body, headers, heed }, reply) =>
      reply.send(await heed.decide(params.loop, withHeaders(body, headers))),
  );

  server.post(
    '/v1/loops/:loop/decide-batch',
    {
      validatorCompiler: hotValidator,
      schema: {
        operationId: 'decideBatch',
        tags: ['decisions'],
        summary: 'Choose for several requests',
        description: 'As `decide`, for many requests at once; the replies come in the order of the requests.',
        params: loopParams,
        body: decideBatchRequestSchema,
        response: replies(200, decideBatchReply),
      },
    },
    async ({ params, body, headers, heed }, reply) => {
      const keys = body.requests.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
      if (new Set(keys).size < keys.length)
        throw new HeedError(
          'invalid-input',
          'cannot decide this batch, as each idempotencyKey must be there once: one is there twice',
        );
      return reply.send({
        replies: await heed.decideBatch(
          params.loop,
          body.requests.map((request, place) => withHeaders(request, headers, place)),
        ),
      });
    },
  );
}
