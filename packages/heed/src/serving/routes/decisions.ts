import { z } from 'zod';
import { idSchema, itemSchema, subjectSchema } from '../../spec/index.ts';
import { activationReply, decisionDetail, decisionPage, explanations, replayReport } from '../replies.ts';
import { idParams, listQuery } from '../requests.ts';
import { keyOf } from '../headers.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['decisions'];

/** Decisions that were made: reading, explaining, replaying and activating them. */
export function decisionRoutes(server: Server): void {
  server.get(
    '/v1/decisions',
    {
      schema: {
        operationId: 'listDecisions',
        tags,
        summary: 'List decisions',
        description: 'Newest first, of one loop, subject, artifact or episode where asked for.',
        querystring: listQuery.extend({
          subject: subjectSchema.optional(),
          artifact: idSchema.optional(),
          episode: idSchema.optional(),
        }),
        response: replies(200, decisionPage),
      },
    },
    async ({ query, heed }) => heed.decisions.list(query),
  );

  server.get(
    '/v1/decisions/:id',
    {
      schema: {
        operationId: 'getDecision',
        tags,
        summary: 'Show a decision',
        description: 'The decision with its candidates, the feedback that judged it and the signals derived from that.',
        params: idParams,
        response: replies(200, decisionDetail),
      },
    },
    async ({ params, heed }) => heed.decisions.get(params.id),
  );

  server.get(
    '/v1/decisions/:id/explanation',
    {
      schema: {
        operationId: 'explainDecision',
        tags,
        summary: 'Explain a decision',
        description:
          'For each chosen item, or for `item`: the largest terms of its score (`most` of them), which with `rest` add up to it, and its probability, by the artifact and the subject state that decided.',
        params: idParams,
        querystring: z.strictObject({
          item: itemSchema.optional(),
          most: z.coerce.number().int().min(1).max(100).optional(),
        }),
        response: replies(200, explanations),
      },
    },
    async ({ params, query, heed }) => ({ explanations: await heed.decisions.explain(params.id, query) }),
  );

  server.post(
    '/v1/decisions/:id/replay',
    {
      schema: {
        operationId: 'replayDecision',
        tags,
        summary: 'Replay a decision',
        description:
          'Decides again with the stored artifact, subject state, candidates and seed, and says whether action and log-probability are the same bit for bit. Stores nothing.',
        params: idParams,
        response: replies(200, replayReport),
      },
    },
    async ({ params, heed }) => heed.decisions.replay(params.id),
  );

  server.post(
    '/v1/decisions/:id/activate',
    {
      schema: {
        operationId: 'activateDecision',
        tags,
        summary: 'Say that a deferred decision was shown',
        description:
          'A decision made with `activation: deferred` is no evidence until this is called. The first call counts.',
        params: idParams,
        response: replies(200, activationReply),
      },
    },
    async ({ params, headers, heed }) => heed.activate(params.id, { idempotencyKey: keyOf({}, headers) }),
  );
}
