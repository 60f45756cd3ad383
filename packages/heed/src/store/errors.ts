import { HeedError, isHeedError } from '../spec/index.ts';

/** The SQLSTATE of a failed statement, or a socket's code; Drizzle wraps errors, so it is looked for in the causes. */
export function codeOf(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string' && current.name !== 'HeedError') return current.code;
  }
  return null;
}

/** PostgreSQL's own word for a disk on which nothing more can be written. */
const diskFull = '53100';

const unavailableClasses = ['08', '53', '57', '58'];
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** Whether the database could not be reached or refused to work, whatever was asked of it. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null)
    return socketCodes.has(code) || (code.length === 5 && unavailableClasses.includes(code.slice(0, 2)));
  return (
    error instanceof Error &&
    /connection terminated|connection timeout|timeout exceeded|not queryable|client was closed|after calling end/i.test(
      error.message,
    )
  );
}

/** Whether the transaction lost against another one and may be run again: serialization failure or deadlock. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** A failed statement as a `HeedError` that says whether a retry may help. */
export function toStoreError(action: string, error: unknown): HeedError {
  if (isHeedError(error)) return error;
  const reason = reasonOf(error);
  if (codeOf(error) === diskFull)
    return new HeedError('storage-full', `cannot ${action}, as PostgreSQL must have room on its disk: ${reason}`, {
      cause: error,
    });
  if (isUnavailable(error) || isConflict(error)) {
    return new HeedError(
      'store-unavailable',
      `cannot ${action}, as PostgreSQL must be reachable and willing: ${reason}`,
      { cause: error },
    );
  }
  const code = codeOf(error);
  if (code?.startsWith('22') || code?.startsWith('23')) {
    return new HeedError('invalid-input', `cannot ${action}, as PostgreSQL must accept the values: ${reason}`, {
      cause: error,
    });
  }
  return new HeedError('internal', `cannot ${action}: ${reason}`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
