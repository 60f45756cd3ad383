import type { FastifyRequest } from 'fastify';
import type { AuditedAction, Heed } from '../loop/index.ts';
import { keptOf, storable } from './access.ts';
import type { AuditRule } from './access.ts';
import type { Caller } from './caller.ts';
import { beginProblem } from './problem.ts';
import type { Server } from './routes/route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What went wrong with it. */
    failure: unknown;
    /** The row that was written before it was done. */
    begun: string | null;
    /** The loop and the row that the answer speaks of. */
    answered: { readonly loop?: unknown; readonly id?: unknown } | null;
  }
}

/**
 * Writes down what operators do: that it is begun, before anything is done, and how it ended, before the answer leaves.
 * What is refused before it is begun has the second row alone.
 */
export function auditOperators(server: Server, heed: Heed, log: (line: string) => void): void {
  server.decorateRequest('failure', undefined);
  server.decorateRequest('answered', null);
  server.decorateRequest('begun', null);
  server.addHook('preHandler', async (request) => {
    const { access, operation = '' } = request.routeOptions.config ?? {};
    if (access?.audit === undefined || request.caller === null) return;
    const { id } = await heed.audit.begin(actionOf(request, request.caller, operation, access.audit));
    request.begun = id;
  });
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
    const { answered, failure } = request;
    const action = actionOf(request, request.caller, operation, access.audit);
    const made = reply.statusCode < 400 ? text(answered?.id) : null;
    try {
      await heed.audit.write(
        { ...action, loop: action.loop ?? text(answered?.loop), target: action.target ?? made },
        failure ?? (reply.statusCode >= 400 ? new Error(`answered ${reply.statusCode}`) : undefined),
        request.begun ?? undefined,
      );
    } catch (error) {
      // An error of this late a hook is no problem document any more, unless it is made here.
      return JSON.stringify(beginProblem(error, request, reply.removeHeader('content-length'), log));
    }
    return payload;
  });
}

function actionOf(request: FastifyRequest, { who, key }: Caller, action: string, rule: AuditRule): AuditedAction {
  const target = rule.on === 'id' ? parameter(request, 'id') : null;
  const loop = parameter(request, 'loop');
  return { who, key: key?.id ?? null, action, loop, target, detail: keptOf(rule, request) };
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
