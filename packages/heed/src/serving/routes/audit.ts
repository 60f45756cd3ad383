import { z } from 'zod';
import { idSchema } from '../../spec/index.ts';
import { auditPage } from '../replies.ts';
import { listQuery } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

/** What operators did. */
export function auditRoutes(server: Server): void {
  server.get(
    '/v1/audit',
    {
      schema: {
        operationId: 'listAudit',
        tags: ['audit'],
        summary: 'List what operators did',
        description:
          'Newest first: who, what, when, on what, and how it went. Of one loop, action (the name of the operation) or key where asked for. Nobody can change these rows.',
        querystring: listQuery.extend({ action: z.string().max(100).optional(), key: idSchema.optional() }),
        response: replies(200, auditPage),
      },
    },
    async ({ query, heed }) => heed.audit.list(query),
  );
}
