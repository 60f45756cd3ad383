import { z } from 'zod';
import { isHeedError, nameSchema } from '../../spec/index.ts';
import type { LimitedHeed } from '../../loop/index.ts';
import { createEventHub } from '../event-hub.ts';
import type { EventHub } from '../event-hub.ts';
import { event } from '../replies.ts';
import { createGate } from '../uploads.ts';
import { replies } from './route.ts';
import type { RouteContext, Server } from './route.ts';

const heartbeatMs = 15_000;
/** A key that does not hold any more ends its streams this soon, and what the server knows of keys is a second old at most. */
const recheckMs = 500;
/** What a slow reader may leave unread before it is cut off; it comes back and is told of the gap. */
const mostUnreadBytes = 1_048_576;

/** What happens, as it happens. */
export function eventRoutes(server: Server, { mostStreams }: RouteContext): void {
  const gate = createGate('follow events', mostStreams);
  // One for all that see the same: a number that counted what others do would tell of it.
  const hubs = new Map<LimitedHeed, EventHub>();
  server.addHook('preClose', async () => {
    for (const hub of hubs.values()) hub.close();
  });

  function hubOf(heed: LimitedHeed): EventHub {
    const hub = hubs.get(heed) ?? createEventHub((listener) => heed.subscribe(listener), heed.events);
    hubs.set(heed, hub);
    return hub;
  }

  server.get(
    '/v1/events',
    {
      schema: {
        operationId: 'events',
        tags: ['events'],
        summary: 'Follow what happens',
        description:
          'Server-sent events, of one loop where asked for. Reconnect with `Last-Event-ID`, to this server or another of the same store, to get what was missed, some of it perhaps twice; where that is too much, an event of type `gap` comes first: read again what you follow.',
        querystring: z.strictObject({ loop: nameSchema.optional() }),
        response: replies(200, {
          description: 'A stream of events',
          content: { 'text/event-stream': { schema: event } },
        }),
      },
    },
    (request, reply) => {
      gate(reply);
      const { loop } = request.query;
      const last = request.headers['last-event-id'];
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-accel-buffering': 'no',
      });
      const endWhereRefused = (error: unknown): void => {
        if (isHeedError(error, 'key-invalid')) raw.end();
      };
      raw.write(': open\n\n');
      const heartbeat = setInterval(() => raw.write(': heartbeat\n\n'), heartbeatMs);
      const recheck = setInterval(() => void request.caller?.recheck().catch(endWhereRefused), recheckMs);
      const stop = hubOf(request.heed).follow(
        {
          send(text, about) {
            if (loop !== undefined && about !== null && about !== loop) return;
            if (raw.writableLength > mostUnreadBytes) raw.destroy();
            else raw.write(text);
          },
          end: () => raw.end(),
        },
        typeof last === 'string' ? last : null,
      );
      raw.on('close', () => {
        clearInterval(heartbeat);
        clearInterval(recheck);
        stop();
      });
    },
  );
}
