/** What the process ends with. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line asks for something that makes no sense: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Ctrl-C, or a question answered with Ctrl-C: exit code 130. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** A promise that rejects as soon as the signal fires; `stop` takes the listener off again. */
export function interruption(signal: AbortSignal): { readonly promise: Promise<never>; readonly stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const interrupt = (): void => reject(new Interrupted());
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  // Whoever does not wait for it must not be ended by it.
  promise.catch(() => undefined);
  return { promise, stop: () => signal.removeEventListener('abort', interrupt) };
}

/** Resolves once the signal fires. */
export async function untilInterrupted(signal: AbortSignal): Promise<void> {
  await interruption(signal).promise.catch(() => undefined);
}
