import type { Socket } from 'node:net';
import { problem } from './problem.ts';

/** How long a client may take. */
export interface Timeouts {
  /** Until its headers are here. */
  readonly headersMs: number;
  /** Until its whole request is here. */
  readonly requestMs: number;
  /** Without a byte either way. */
  readonly idleMs: number;
  /** Between two requests on one connection. */
  readonly keepAliveMs: number;
}

export const timeoutDefaults: Timeouts = {
  headersMs: 10_000,
  requestMs: 120_000,
  idleMs: 600_000,
  keepAliveMs: 72_000,
};

/** Node looks at slow connections this often, where no timeout is shorter. */
const slowestCheckMs = 1_000;

/** What Fastify takes of it. */
export function connectionOptions({ headersMs, requestMs, idleMs, keepAliveMs }: Timeouts) {
  return {
    requestTimeout: requestMs,
    connectionTimeout: idleMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: Math.min(headersMs, requestMs),
      connectionsCheckingInterval: Math.min(slowestCheckMs, headersMs, requestMs),
    },
    clientErrorHandler: answerBroken,
  };
}

const broken = {
  ERR_HTTP_REQUEST_TIMEOUT: problem(
    'request-timeout',
    408,
    'cannot read this request, as it must arrive in time: it has not',
  ),
  HPE_HEADER_OVERFLOW: problem(
    'invalid-input',
    431,
    'cannot read this request, as its headers must be shorter: they are too long',
  ),
} as const;
const malformed = problem('invalid-input', 400, 'cannot read this request, as it must be HTTP: it is not');
const reasons: { readonly [status: number]: string } = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what never became a request, and ends the connection. */
function answerBroken(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = broken[error.code as keyof typeof broken] ?? malformed;
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${reasons[body.status] ?? ''}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
