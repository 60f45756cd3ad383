/** Every code that a `HeedError` can carry; a code never changes its meaning. */
export const errorCodes = {
  'key-required': { status: 401, retryable: false },
  'key-invalid': { status: 401, retryable: false },
  'forbidden': { status: 403, retryable: false },
  'not-found': { status: 404, retryable: false },
  'invalid-input': { status: 400, retryable: false },
  'invalid-configuration': { status: 400, retryable: false },
  'idempotency-conflict': { status: 409, retryable: false },
  'loop-version-conflict': { status: 409, retryable: false },
  'artifact-not-promotable': { status: 409, retryable: false },
  'nothing-to-roll-back': { status: 409, retryable: false },
  'experiment-conflict': { status: 409, retryable: false },
  'token-invalid': { status: 401, retryable: false },
  'token-expired': { status: 401, retryable: false },
  'already-judged': { status: 409, retryable: false },
  'not-replayable': { status: 409, retryable: false },
  'learner-needs-unmet': { status: 400, retryable: false },
  'store-newer-than-code': { status: 500, retryable: false },
  'store-not-durable': { status: 500, retryable: false },
  'store-not-empty': { status: 409, retryable: false },
  'store-unavailable': { status: 503, retryable: true },
  'storage-full': { status: 507, retryable: true },
  'rate-limited': { status: 429, retryable: true },
  'request-timeout': { status: 408, retryable: true },
  'overloaded': { status: 503, retryable: true },
  'deadline-exceeded': { status: 503, retryable: true },
  'unreachable': { status: 503, retryable: true },
  'internal': { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type HeedErrorCode = keyof typeof errorCodes;

/** A condition that callers handle: stable `code`, HTTP `status`, and whether a retry may help. */
export class HeedError extends Error {
  readonly code: HeedErrorCode;
  readonly status: number;
  readonly retryable: boolean;

  constructor(code: HeedErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HeedError';
    this.code = code;
    this.status = errorCodes[code].status;
    this.retryable = errorCodes[code].retryable;
  }
}

/** True for a `HeedError`, also one from another copy of this module; with `code`, only for that code. */
export function isHeedError(error: unknown, code?: HeedErrorCode): error is HeedError {
  if (!(error instanceof Error) || error.name !== 'HeedError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
