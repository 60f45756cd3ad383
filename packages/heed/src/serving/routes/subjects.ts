import { z } from 'zod';
import { subjectSchema } from '../../spec/index.ts';
import { subjectDeletion, subjectHoldings } from '../replies.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['subjects'];
const params = z.object({ id: subjectSchema });

/** Those for whom decisions are made: what is held about them, and forgetting it. */
export function subjectRoutes(server: Server): void {
  server.get(
    '/v1/subjects/:id',
    {
      schema: {
        operationId: 'getSubject',
        tags,
        summary: 'Show what is held about a subject',
        description:
          'Counts, what loops keep about the subject, and its decisions and feedback, newest first and page by page. A subject of whom nothing is held has counts of 0.',
        params,
        querystring: z.strictObject({
          after: z.string().max(200).optional(),
          limit: z.coerce.number().int().min(1).max(1_000).optional(),
        }),
        response: replies(200, subjectHoldings),
      },
    },
    async ({ params: { id }, query, heed }) => heed.subjects.get(id, query),
  );

  server.delete(
    '/v1/subjects/:id',
    {
      schema: {
        operationId: 'deleteSubject',
        tags,
        summary: 'Forget a subject',
        description:
          'Destroys the key under which all that is personal of the subject lies, takes its name out of every row, names the artifacts that had learned from it, and queues trainings without it. Ids, times, items, probabilities and numbers stay.',
        params,
        response: replies(200, subjectDeletion),
      },
    },
    async ({ params: { id }, heed }) => heed.subjects.delete(id),
  );
}
