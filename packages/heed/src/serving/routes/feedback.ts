import { HeedError, idSchema, subjectSchema } from '../../spec/index.ts';
import type { FeedbackReply, FeedbackRequest, LimitedHeed } from '../../loop/index.ts';
import { feedback, feedbackBatchReply, feedbackPage, feedbackReply } from '../replies.ts';
import { feedbackBatchSchema, idParams, listQuery, tokenFeedbackSchema } from '../requests.ts';
import { keyOf } from '../headers.ts';
import { eachSettled } from '../settled.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

/** Judgements: taking them in, and reading them. */
export function feedbackRoutes(server: Server, { log, hotValidator }: RouteContext): void {
  server.post(
    '/v1/feedback',
    {
      validatorCompiler: hotValidator,
      schema: {
        operationId: 'feedback',
        tags: ['feedback'],
        summary: 'Give feedback',
        description:
          "Takes judgements in, before, after or without their decision. Each names its target by `token`, by `decision` (and `item`) or by `targets`, and what it is by the loop's own `name` or by `kind`. Each has a result of its own, in their order.",
        body: feedbackBatchSchema,
        response: replies(200, feedbackBatchReply),
      },
    },
    async ({ body, headers, heed }, reply) => {
      const results = await eachSettled(body.feedback, log, (request, place) => {
        const idempotencyKey = keyOf(request, headers, body.feedback.length === 1 ? undefined : place);
        return giveOne(heed, { ...request, idempotencyKey });
      });
      return reply.send({ results });
    },
  );

  server.get(
    '/v1/feedback',
    {
      schema: {
        operationId: 'listFeedback',
        tags: ['feedback'],
        summary: 'List feedback',
        description: 'Newest first; or what judges one `decision`, oldest first, up to 1,000 at a time.',
        querystring: listQuery.extend({ subject: subjectSchema.optional(), decision: idSchema.optional() }),
        response: replies(200, feedbackPage),
      },
    },
    async ({ query, heed }) => heed.feedbacks.list(query),
  );

  server.get(
    '/v1/feedback/:id',
    {
      schema: {
        operationId: 'getFeedback',
        tags: ['feedback'],
        summary: 'Show feedback',
        description: 'One piece of feedback as it was stored.',
        params: idParams,
        response: replies(200, feedback),
      },
    },
    async ({ params, heed }) => heed.feedbacks.get(params.id),
  );
  tokenRoutes(server, hotValidator);
}

/** What a page or an e-mail of another site may call: the token says all that it may do. */
function tokenRoutes(server: Server, hotValidator: RouteContext['hotValidator']): void {
  const url = '/v1/feedback/token';
  server.options(url, { config: { crossOrigin: true }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .code(204)
      .headers({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type',
        'access-control-max-age': '86400',
      })
      .send(),
  );
  server.post(
    url,
    {
      config: { crossOrigin: true },
      validatorCompiler: hotValidator,
      onRequest: async (_request, reply) => {
        reply.header('access-control-allow-origin', '*');
      },
      schema: {
        operationId: 'giveTokenFeedback',
        tags: ['feedback'],
        summary: 'Give feedback by token alone',
        description:
          'Judges the decision that the token was given with, once per kind and item. Pages of any site may call it: the token is all that it takes.',
        body: tokenFeedbackSchema,
        response: replies(200, feedbackReply),
      },
    },
    async ({ body, heed }, reply) => reply.send(await giveOne(heed, body)),
  );
}

async function giveOne(heed: LimitedHeed, request: FeedbackRequest): Promise<FeedbackReply> {
  const [given] = await heed.feedback([request as Parameters<LimitedHeed['feedback']>[0][number]]);
  if (given === undefined)
    throw new HeedError('internal', 'cannot answer, as each feedback must have a reply: there is none');
  return given;
}
