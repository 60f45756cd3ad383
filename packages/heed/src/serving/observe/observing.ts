import { context, propagation } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { Heed } from '../../loop/index.ts';
import type { Server } from '../routes/route.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import type { RequestLine } from './request-log.ts';

/** Counts and logs every answer, and lets requests go on in the trace that they come from. */
export function observeRequests(
  server: Server,
  heed: Heed,
  logRequest: ((line: RequestLine) => void) | undefined,
): Metrics | null {
  // The document is made of a server with nothing behind it.
  const metrics = (heed as Partial<Heed>).monitor === undefined ? null : createMetrics(heed);
  server.addHook('onClose', async () => metrics?.close());
  server.addHook('onRequest', (request, _reply, next) => {
    if (request.headers.traceparent === undefined) next();
    else context.with(propagation.extract(context.active(), request.headers), next);
  });
  server.addHook('onResponse', (request, { statusCode, elapsedTime }, next) => {
    const { method } = request;
    const route = routeOf(request);
    metrics?.answered(method, route, statusCode, elapsedTime / 1_000);
    logRequest?.({ requestId: request.id, method, route, status: statusCode, latencyMs: round(elapsedTime) });
    next();
  });
  return metrics;
}

function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'none';
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
