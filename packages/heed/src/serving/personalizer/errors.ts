import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginProblem } from '../problem.ts';
import type { Problem } from '../replies.ts';
import type { PersonalizerError } from './schemas.ts';

/** Personalizer's code for what was wrong with a request itself, by operation. */
const invalid: { readonly [operation: string]: string } = {
  personalizerRank: 'InvalidRankRequest',
  personalizerMultiSlotRank: 'InvalidRankRequest',
  personalizerReward: 'InvalidRewardRequest',
  personalizerMultiSlotReward: 'InvalidRewardRequest',
  personalizerActivate: 'InvalidEventIdToActivate',
  personalizerMultiSlotActivate: 'InvalidEventIdToActivate',
};

/** Personalizer's code by status; the gateway before it answered with the status itself. */
const codes: { readonly [status: number]: string } = {
  404: 'ResourceNotFound',
  409: 'OperationNotAllowed',
  413: 'PayloadSizeExceeded',
};
const statusesOfGateway: readonly number[] = [401, 403, 429];

/** A problem in Personalizer's shape. */
function toPersonalizerError(
  { status, code, detail, errors }: Problem,
  operation: string | undefined,
): PersonalizerError {
  return {
    error: {
      code: codeOf(status, operation),
      message: detail,
      ...(errors === undefined
        ? {}
        : { details: errors.map(({ where, message }) => ({ code: 'BadRequest', message, target: where })) }),
      innerError: { code },
    },
  };
}

function codeOf(status: number, operation = ''): string {
  if (statusesOfGateway.includes(status)) return String(status);
  if (status >= 500) return 'InternalServerError';
  return codes[status] ?? (status === 400 ? invalid[operation] : undefined) ?? 'BadRequest';
}

/** Answers errors of Personalizer's routes in their shape, with the status and headers that they have everywhere. */
export function handlePersonalizerErrors(log: (line: string) => void) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = beginProblem(error, request, reply, log);
    const body = toPersonalizerError(problem, request.routeOptions.config?.operation);
    return reply.type('application/json').serializer(JSON.stringify).send(body);
  };
}
