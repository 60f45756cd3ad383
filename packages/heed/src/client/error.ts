import { HeedError, errorCodes } from '../spec/errors.ts';
import type { HeedErrorCode } from '../spec/errors.ts';

/** What the server said was wrong (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly where: string; readonly message: string }[] | undefined;
}

/** A call that did not go through: `code` and `status` as the server gave them, `problem` its whole answer, `null` where it gave none. */
export class ClientError extends HeedError {
  override readonly status: number;
  readonly problem: ProblemDocument | null;

  constructor(
    code: HeedErrorCode,
    message: string,
    { status, problem = null, cause }: { status?: number; problem?: ProblemDocument | null; cause?: unknown } = {},
  ) {
    super(code, message, { cause });
    this.status = status ?? errorCodes[code].status;
    this.problem = problem;
  }
}

/** Makes the error of a problem. */
export function errorOf(problem: ProblemDocument): ClientError {
  const code = Object.hasOwn(errorCodes, problem.code) ? (problem.code as HeedErrorCode) : 'internal';
  return new ClientError(code, problem.detail, { status: problem.status, problem });
}

/** Makes the error of an answer that is no problem document: someone between the server and here gave it. */
export function errorOfStatus(status: number, what: string): ClientError {
  const away = status >= 500 || status === 408 || status === 425 || status === 429 || status < 400;
  return new ClientError(
    away ? 'unreachable' : 'invalid-input',
    `cannot ${what}, as the answer must come from Heed: it is ${status} from elsewhere`,
    { status },
  );
}

/** The server is away, late or broken: what was asked may be right. */
export function isOutage(error: unknown): error is ClientError {
  return error instanceof ClientError && (error.retryable || error.status >= 500);
}

/** Makes sure that an answer has a result for each request: one that has not came from elsewhere. */
export function resultsOf<Result>(
  answer: { readonly results?: readonly Result[] } | null,
  count: number,
): readonly Result[] {
  if (Array.isArray(answer?.results) && answer.results.length === count) return answer.results;
  throw new ClientError('unreachable', `cannot use this answer, as it must have ${count} results: it has not`);
}

/** The server has read the request and will never take it. */
export function isRefusal(error: unknown): error is ClientError {
  return error instanceof ClientError && error.problem !== null && !isOutage(error);
}

export function isLate(error: ClientError): boolean {
  return error.code === 'deadline-exceeded';
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The request may have arrived, although no answer came. */
export function mayHaveArrived({ cause }: ClientError): boolean {
  const inner = cause instanceof Error ? cause.cause : undefined;
  return !(
    inner instanceof Error &&
    'code' in inner &&
    typeof inner.code === 'string' &&
    neverConnected.has(inner.code)
  );
}
