import { z } from 'zod';
import { estimators, intervalMethods } from '../../loop/index.ts';
import type { EstimatorName } from '../../loop/index.ts';
import { idSchema, nameSchema, timeSchema } from '../../spec/index.ts';
import { named } from '../components.ts';
import { evaluationPage, evaluationReport, job } from '../replies.ts';
import { idParams, listQuery } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['evaluations'];

const estimatorSchema = z.enum(Object.keys(estimators) as [EstimatorName, ...EstimatorName[]]);

const requestSchema = named(
  'EvaluationRequest',
  z.strictObject({
    loop: nameSchema,
    artifact: idSchema.optional(),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
    estimators: z.array(estimatorSchema).min(1).max(20).optional(),
    intervals: z.array(z.enum(intervalMethods)).min(1).max(4).optional(),
    level: z.number().min(0.5).max(0.9999).optional(),
    leastProbability: z.number().positive().max(1).optional(),
    rewardModel: z.boolean().optional(),
    attention: z.array(z.number().nonnegative()).min(1).max(100).optional(),
    resamples: z.number().int().min(100).max(10_000).optional(),
    seed: z.string().min(1).max(200).optional(),
  }),
);

/** Whether a policy is better, from what others did. */
export function evaluationRoutes(server: Server): void {
  server.post(
    '/v1/evaluations',
    {
      schema: {
        operationId: 'evaluate',
        tags,
        summary: 'Queue an evaluation',
        description:
          'Estimates, from what the loop has recorded, what an artifact (default: the one that serves) would have earned in place of whatever decided. A worker does it; the outcome of the job names the report.',
        body: requestSchema,
        response: replies(202, job),
      },
    },
    async ({ body: { loop, ...request }, heed }, reply) =>
      reply.code(202).send(await heed.evaluations.queue(loop, request)),
  );

  server.get(
    '/v1/evaluations',
    {
      schema: {
        operationId: 'listEvaluations',
        tags,
        summary: 'List evaluations',
        description:
          'Reports, newest first, of one loop or artifact where asked for: of policies on logs (`off-policy`), and those that releases and experiments went by.',
        querystring: listQuery.extend({ artifact: idSchema.optional() }),
        response: replies(200, evaluationPage),
      },
    },
    async ({ query, heed }) => heed.evaluations.list(query),
  );

  server.get(
    '/v1/evaluations/:id',
    {
      schema: {
        operationId: 'getEvaluation',
        tags,
        summary: 'Show an evaluation',
        description:
          'Its estimates with their intervals, what the log looks like, what it was computed from, and the verdict.',
        params: idParams,
        response: replies(200, evaluationReport),
      },
    },
    async ({ params, heed }) => heed.evaluations.get(params.id),
  );
}
