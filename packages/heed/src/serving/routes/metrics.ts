import { z } from 'zod';
import { HeedError } from '../../spec/index.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

/** What there is to measure. */
export function metricsRoutes(server: Server, { metrics }: RouteContext): void {
  server.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        tags: ['health'],
        summary: 'Read metrics',
        description:
          'Counts, latencies and states of this process and its store, in the text format of Prometheus. They are of all loops, so a key of some loops is refused.',
        response: replies(200, {
          description: 'Metrics',
          content: { 'text/plain': { schema: z.string() } },
        }),
      },
    },
    async ({ caller }, reply) => {
      if (caller !== null && caller.key !== null && caller.key.loops !== null)
        throw new HeedError('forbidden', 'cannot show metrics, as the key must see all loops: it sees some');
      if (metrics === null) throw new HeedError('internal', 'cannot show metrics, as a Heed must run: none does');
      return reply
        .type(metrics.contentType)
        .serializer(String)
        .send(await metrics.text());
    },
  );
}
