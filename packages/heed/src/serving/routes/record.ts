import { recordBatchReply, recordReply } from '../replies.ts';
import { loopParams, recordBatchRequestSchema, recordRequestSchema } from '../requests.ts';
import { withHeaders } from '../headers.ts';
import { eachSettled } from '../settled.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

/** Decisions that were made elsewhere. */
export function recordRoutes(server: Server, { log, hotValidator }: RouteContext): void {
  server.post(
    '/v1/loops/:loop/record',
    {
      validatorCompiler: hotValidator,
      schema: {
        operationId: 'record',
        tags: ['decisions'],
        summary: 'Record a decision made elsewhere',
        description:
          'Stores what someone else chose, with its probability where that is known, so that feedback can judge it and learners can use it.',
        params: loopParams,
        body: recordRequestSchema,
        response: replies(200, recordReply),
      },
    },
    async ({ params, body, headers, heed }, reply) =>
      reply.send(await heed.record(params.loop, withHeaders(body, headers))),
  );

  server.post(
    '/v1/loops/:loop/record-batch',
    {
      validatorCompiler: hotValidator,
      schema: {
        operationId: 'recordBatch',
        tags: ['decisions'],
        summary: 'Record several decisions made elsewhere',
        description:
          'As `record`, for many at once. Each has a result of its own, in the order of the requests: one that is refused does not hold up the others.',
        params: loopParams,
        body: recordBatchRequestSchema,
        response: replies(200, recordBatchReply),
      },
    },
    async ({ params, body, headers, heed }, reply) => {
      const results = await eachSettled(body.requests, log, async (request, place) => {
        const { decision, token } = await heed.record(params.loop, withHeaders(request, headers, place));
        return { status: 'accepted' as const, decision, token };
      });
      return reply.send({ results });
    },
  );
}
