import type { FastifyRequest } from 'fastify';
import type { Heed } from '../loop/index.ts';
import { keptOf, storable } from './access.ts';
import { beginProblem } from './problem.ts';
import type { Server } from './routes/route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What went wrong with it. */
    failure: unknown;
    /** The loop and the row that the answer speaks of. */
    answered: { readonly loop?: unknown; readonly id?: unknown } | null;
  }
}

/** Writes down what operators do; the answer leaves once the row is on disk. */
export function auditOperators(server: Server, heed: Heed, log: (line: string) => void): void {
  server.decorateRequest('failure', undefined);
  server.decorateRequest('answered', null);
  server.addHook('onError', async (request, _reply, error) => {
    request.failure = error;
  });
  server.addHook('preSerialization', async (request, _reply, payload) => {
    if (request.routeOptions.config?.access?.audit !== undefined) request.answered = answerOf(payload);
    return payload;
  });
  server.addHook('onSend', async (request, reply, payload) => {
    const { access, operation = '' } = request.routeOptions.config ?? {};
    // A request that nobody let in leaves no row: whoever may not operate cannot fill the disk either.
    if (access?.audit === undefined || request.caller === null) return payload;
    const { caller, failure } = request;
    const { on } = access.audit;
    try {
      await heed.audit.write(
        {
          who: caller.who,
          key: caller.key?.id ?? null,
          action: operation,
          loop: parameter(request, 'loop') ?? text(request.answered?.loop),
          target: on === 'id' ? parameter(request, 'id') : reply.statusCode < 400 ? text(request.answered?.id) : null,
          detail: keptOf(access.audit, request),
        },
        failure ?? (reply.statusCode >= 400 ? new Error(`answered ${reply.statusCode}`) : undefined),
      );
    } catch (error) {
      // An error of this late a hook is no problem document any more, unless it is made here.
      return JSON.stringify(beginProblem(error, request, reply.removeHeader('content-length'), log));
    }
    return payload;
  });
}

/** The row that is answered with; of a made key, the key. */
function answerOf(payload: unknown): FastifyRequest['answered'] {
  if (typeof payload !== 'object' || payload === null) return null;
  return 'key' in payload && typeof payload.key === 'object' ? payload.key : payload;
}

function parameter({ params }: FastifyRequest, name: 'id' | 'loop'): string | null {
  return text((params as { readonly [name: string]: unknown } | undefined)?.[name]);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? storable(value) : null;
}
