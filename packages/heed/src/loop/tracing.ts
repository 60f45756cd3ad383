import { SpanStatusCode, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { isHeedError } from '../spec/index.ts';

// Without an SDK every call here does nothing.
const tracer = trace.getTracer('heed');

/** Runs work in a span of its own; an error is noted by its code alone, as its words may be personal. */
export function traced<T>(name: string, loop: string | null, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, loop === null ? {} : { attributes: { 'heed.loop': loop } }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: isHeedError(error) ? error.code : 'internal' });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The request with the trace that it is part of, where it names none and there is one. */
export function withTrace<Request extends { readonly traceId?: string | undefined }>(
  request: Request,
  span: Span,
): Request {
  const context = span.spanContext();
  return request.traceId === undefined && isSpanContextValid(context)
    ? { ...request, traceId: context.traceId }
    : request;
}
