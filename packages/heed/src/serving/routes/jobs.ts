import { job, jobPage } from '../replies.ts';
import { idParams, listQuery } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['jobs'];

/** Work that a worker does. */
export function jobRoutes(server: Server): void {
  server.get(
    '/v1/jobs',
    {
      schema: {
        operationId: 'listJobs',
        tags,
        summary: 'List jobs',
        description: 'Newest first, of one loop where asked for.',
        querystring: listQuery,
        response: replies(200, jobPage),
      },
    },
    async ({ query, heed }) => heed.jobs.list(query),
  );

  server.get(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        tags,
        summary: 'Show a job',
        description: 'Its status, progress and outcome.',
        params: idParams,
        response: replies(200, job),
      },
    },
    async ({ params, heed }) => heed.jobs.get(params.id),
  );
}
