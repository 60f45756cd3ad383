import { deadWebhookList } from '../replies.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

/** What webhooks could not be told. */
export function webhookRoutes(server: Server): void {
  server.get(
    '/v1/webhooks/dead',
    {
      schema: {
        operationId: 'listDeadWebhooks',
        tags: ['webhooks'],
        summary: 'List messages to webhooks that were given up',
        description: 'The newest 1,000, newest first: what each was to tell, and to whom.',
        response: replies(200, deadWebhookList),
      },
    },
    async ({ heed }) => ({ webhooks: await heed.webhooks.dead() }),
  );
}
