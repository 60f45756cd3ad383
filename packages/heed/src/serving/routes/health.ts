import { HeedError, isHeedError } from '../../spec/index.ts';
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
        description: 'Asks the store. 503 where it does not answer.',
        response: replies(200, healthReply),
      },
    },
    async ({ heed }) =>
      heed.health().catch((error: unknown) => {
        if (isHeedError(error)) throw error;
        throw new HeedError('store-unavailable', 'cannot work, as the store must answer: it does not', {
          cause: error,
        });
      }),
  );
}
