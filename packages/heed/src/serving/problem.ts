import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { codeOf, toStoreError } from '../loop/index.ts';
import { isHeedError } from '../spec/index.ts';
import type { HeedErrorCode } from '../spec/index.ts';
import type { Problem } from './replies.ts';

/** What a status says beside its problem. */
const headersOf: { readonly [status: number]: readonly [name: string, value: string] | undefined } = {
  401: ['www-authenticate', 'Bearer'],
  429: ['retry-after', '60'],
  503: ['retry-after', '1'],
  507: ['retry-after', '60'],
};
const mediaType = 'application/problem+json';
/** A body can be wrong in a thousand places; the first few help. */
const mostErrors = 8;

/** Makes the problem that a caller sees of an error: of what was not foreseen, nothing but that it happened. */
export function toProblem(error: unknown): Problem {
  if (isHeedError(error)) return problem(error.code, error.status, error.message);
  if (isRefusal(error)) return fromRefusal(error);
  // What PostgreSQL says of itself, where nobody below has put it into words.
  const ofStore = codeOf(error) === null ? null : toStoreError('answer', error);
  if (ofStore !== null && ofStore.code !== 'internal') return problem(ofStore.code, ofStore.status, ofStore.message);
  return problem(
    'internal',
    500,
    'cannot answer, as something went wrong that Heed did not foresee: the server log says what',
  );
}

/** A problem by its code. */
export function problem(code: HeedErrorCode, status: number, detail: string, errors?: Problem['errors']): Problem {
  const words = code.replaceAll('-', ' ');
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return { type: `urn:heed:problem:${code}`, title, status, code, detail, ...(errors === undefined ? {} : { errors }) };
}

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type(mediaType).serializer(JSON.stringify).send(body);
}

/** Answers every error as a problem, and logs those that are the server's own. */
export function handleErrors(log: (line: string) => void) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendProblem(reply, beginProblem(error, request, reply, log));
}

/** Sets the status and the headers of an error's problem, and logs it where it is the server's own. */
export function beginProblem(
  error: unknown,
  { method, routeOptions }: FastifyRequest,
  reply: FastifyReply,
  log: (line: string) => void,
): Problem {
  const body = toProblem(error);
  if (body.status >= 500) log(`${method} ${routeOptions.url ?? 'no route'}: ${describeError(error)}`);
  const header = headersOf[body.status];
  if (header !== undefined && !reply.hasHeader(header[0])) reply.header(...header);
  reply.code(body.status).type(mediaType);
  return body;
}

/** Enough to find the place. What others say of an error may hold what is personal, so only our own words are kept. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  const code = codeOf(error);
  const words = isHeedError(error)
    ? `${error.code}: ${error.message}`
    : `${error.name}${code === null ? '' : ` ${code}`}`;
  const cause = error.cause === undefined ? [] : [`caused by ${describeError(error.cause)}`];
  return [words, ...frames, ...cause].join('\n');
}

/** What Fastify itself refuses: a body that does not fit, is too large, is no JSON. */
function isRefusal(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}

function fromRefusal(error: FastifyError): Problem {
  const status = error.statusCode ?? 400;
  const wrong = error.validation;
  if (wrong === undefined)
    return problem(
      status === 404 ? 'not-found' : 'invalid-input',
      status,
      `cannot read this request: ${error.message}`,
    );
  const errors = wrong.slice(0, mostErrors).map(({ instancePath, message = 'does not fit', params }) => ({
    where: `${error.validationContext ?? 'request'}${instancePath === '/' ? '' : instancePath}`,
    message: expectation(message, params),
  }));
  const [first] = errors;
  return problem(
    'invalid-input',
    status,
    `cannot read this request, as ${first?.where ?? 'it'}: ${first?.message ?? 'does not fit its schema'}`,
    errors,
  );
}

function expectation(message: string, params: Record<string, unknown>): string {
  if (typeof params['additionalProperty'] === 'string')
    return `${message}: ${params['additionalProperty']} is not known`;
  if (Array.isArray(params['allowedValues'])) return `${message}: ${params['allowedValues'].join(', ')}`;
  if ('allowedValue' in params) return `${message} ${JSON.stringify(params['allowedValue'])}`;
  return message;
}
