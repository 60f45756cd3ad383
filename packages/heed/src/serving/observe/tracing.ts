import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, TraceFlags, context, propagation, trace } from '@opentelemetry/api';
import type { Context, ContextManager, TextMapPropagator } from '@opentelemetry/api';

const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** Carries W3C `traceparent` between processes. */
const propagator: TextMapPropagator = {
  inject(at, carrier, setter) {
    const span = trace.getSpanContext(at);
    if (span === undefined) return;
    const flags = span.traceFlags.toString(16).padStart(2, '0');
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`);
  },
  extract(at, carrier, getter) {
    const given = getter.get(carrier, 'traceparent');
    const [, traceId, spanId, flags] = traceparent.exec(typeof given === 'string' ? given : '') ?? [];
    if (traceId === undefined || spanId === undefined || flags === undefined) return at;
    const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
    return trace.setSpanContext(at, { traceId, spanId, traceFlags, isRemote: true });
  },
  fields: () => ['traceparent'],
};

/** Keeps the active span over awaits. */
function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (at, work, self, ...given) => storage.run(at, () => work.apply(self, given)),
    bind: (at, target) =>
      typeof target === 'function'
        ? (((...given: unknown[]) => storage.run(at, () => target(...given) as unknown)) as typeof target)
        : target,
    enable: () => manager,
    disable: () => {
      storage.disable();
      return manager;
    },
  };
  return manager;
}

/** What makes and sends spans, of any SDK. */
export interface SpanProvider {
  getTracer: Parameters<typeof trace.setGlobalTracerProvider>[0]['getTracer'];
  shutdown(): Promise<void>;
}

/** Lets Heed's spans go through a provider, process-wide; returns how to end it, with what waits sent. */
export function useTracing(provider: SpanProvider): () => Promise<void> {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(propagator);
  return async () => {
    trace.disable();
    context.disable();
    propagation.disable();
    await provider.shutdown();
  };
}

/** Sends spans by OTLP over HTTP, as `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin say; the SDK is loaded only then. */
export async function startOtlpTracing(): Promise<() => Promise<void>> {
  const [{ BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all(
    [
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ],
  );
  return useTracing(
    new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'heed' }),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    }),
  );
}
