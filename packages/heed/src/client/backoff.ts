import { clientDefaults } from './defaults.ts';

/** How long to wait before attempt number `attempt` (0, 1, …): doubling, with a chance part of half, so that clients do not come back all at once. */
export function backoffMs(attempt: number): number {
  const longest = Math.min(clientDefaults.retryMs * 2 ** attempt, clientDefaults.longestRetryMs);
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1));
  return longest * (0.5 + chance / 2 ** 33);
}

/** A timer that does not keep a Node process alive. */
export function later(work: () => void, ms: number): () => void {
  const timer: unknown = setTimeout(work, ms);
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
  return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
}
