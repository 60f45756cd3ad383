import type { FastifyReply, FastifyRequest } from 'fastify';
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
  server.addHook('onRoute', (route) => {
    const { access, operation = '' } = route.config ?? {};
    // A decision passes none of these hooks.
    if (access?.audit === undefined) return;
    const hooks = auditHooks(heed, log, operation, access.audit);
    route.preHandler = [...[route.preHandler ?? []].flat(), hooks.preHandler];
    route.onError = [...[route.onError ?? []].flat(), hooks.onError];
    route.preSerialization = [...[route.preSerialization ?? []].flat(), hooks.preSerialization];
    route.onSend = [...[route.onSend ?? []].flat(), hooks.onSend];
  });
}

function auditHooks(heed: Heed, log: (line: string) => void, operation: string, rule: AuditRule) {
  async function preHandler(request: FastifyRequest): Promise<void> {
    if (request.caller === null) return;
    const { id } = await heed.audit.begin(actionOf(request, request.caller, operation, rule));
    request.begun = id;
  }
  async function onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    // A request that nobody let in leaves no row: whoever may not operate cannot fill the disk either.
    if (request.caller === null) return payload;
    const { answered, failure } = request;
    const action = actionOf(request, request.caller, operation, rule);
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
  }
  return { preHandler, onError: keepFailure, preSerialization: keepAnswer, onSend };
}

async function keepFailure(request: FastifyRequest, _reply: FastifyReply, error: unknown): Promise<void> {
  request.failure = error;
}

async function keepAnswer(request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
  request.answered = answerOf(payload);
  return payload;
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
