import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a page may send along, beside what every page may. */
const headers = 'authorization, content-type, idempotency-key, last-event-id, traceparent';
const preflightSeconds = 600;

/**
 * Lets pages of allowed origins read the answers: browsers keep them from others.
 *
 * @returns whether the request only asked if it may be sent, which is answered hereby.
 */
export function allowOrigin(
  { headers: asked, method }: Pick<FastifyRequest, 'headers' | 'method'>,
  reply: Pick<FastifyReply, 'header' | 'headers' | 'code' | 'send'>,
  allowedOrigins: readonly string[],
): boolean {
  const { origin } = asked;
  if (origin === undefined || !allowedOrigins.includes(origin)) return false;
  reply.headers({ 'access-control-allow-origin': origin, 'vary': 'origin' });
  if (method !== 'OPTIONS' || asked['access-control-request-method'] === undefined) return false;
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': headers,
      'access-control-max-age': String(preflightSeconds),
    })
    .send();
  return true;
}
