import { healthReply } from '../replies.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

/** Whether this server can do its work. */
export function healthRoutes(server: Server): void {
  server.get(
    '/health',
    {
      schema: {
        operationId: 'health',
        tags: ['health'],
        summary: 'Ask whether the server works',
        description:
          'Asks the store, and says what is degraded: its latency, rows that wait for the disk, the worker, the listening for events, the disk, versions of loops. 503 where the store does not answer, or its disk is full.',
        response: replies(200, healthReply),
      },
    },
    async ({ heed }) => heed.health(),
  );
}
