import { z } from 'zod';
import { dryRun, evaluationReport, release, releaseCandidate } from '../replies.ts';
import { idParams, loopParams, plainReasonSchema } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['releases'];

/** A server works for others meanwhile: longer dry runs are for the command line on the store. */
const mostDryRunDecisions = 10_000;

/** How new policies come into service. */
export function releaseRoutes(server: Server): void {
  server.get(
    '/v1/loops/:loop/candidate',
    {
      schema: {
        operationId: 'getCandidate',
        tags,
        summary: "Show a loop's release candidate",
        description:
          'The policy on its way into service, its stage, and what it has shown there so far; `null` where none is.',
        params: loopParams,
        response: replies(200, releaseCandidate),
      },
    },
    async ({ params, heed }) => ({ candidate: await heed.releases.candidate(params.loop) }),
  );

  server.post(
    '/v1/loops/:loop/candidate/advance',
    {
      schema: {
        operationId: 'advanceCandidate',
        tags,
        summary: 'Take a release candidate one stage on',
        description:
          'By your word, whatever its gate says: apprentice, shadow, canary, full. What it has shown by then is kept with the step.',
        params: loopParams,
        body: plainReasonSchema,
        response: replies(200, release),
      },
    },
    async ({ params, body, heed }) => heed.releases.pass(params.loop, body),
  );

  server.post(
    '/v1/loops/:loop/candidate/abort',
    {
      schema: {
        operationId: 'abortCandidate',
        tags,
        summary: 'Send a release candidate back',
        description: 'What serves decides for everybody again. What it has shown by then is kept with the step.',
        params: loopParams,
        body: plainReasonSchema,
        response: replies(200, release),
      },
    },
    async ({ params, body, heed }) => heed.releases.reject(params.loop, body),
  );

  server.get(
    '/v1/releases/:id/evidence',
    {
      schema: {
        operationId: 'getEvidence',
        tags,
        summary: 'Show what a step of a release was taken on',
        description: 'Its estimates with their intervals, and the verdict.',
        params: idParams,
        response: replies(200, evaluationReport),
      },
    },
    async ({ params, heed }) => heed.releases.evidence(params.id),
  );

  server.get(
    '/v1/artifacts/:id/dry-run',
    {
      schema: {
        operationId: 'dryRun',
        tags,
        summary: 'Show what a policy would change',
        description:
          'Lets it decide the newest decisions of its loop once more, for nobody: how many it would make otherwise, which items would gain and lose, and whether the log tells that it is better. Nothing is changed.',
        params: idParams,
        querystring: z.strictObject({
          decisions: z.coerce.number().int().min(1).max(mostDryRunDecisions).optional(),
        }),
        response: replies(200, dryRun),
      },
    },
    async ({ params, query, heed }) => heed.releases.dryRun(params.id, query),
  );
}
