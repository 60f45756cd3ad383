import type { LoopStatus } from '../loop/index.ts';
import { clientDefaults } from './defaults.ts';
import type { LoopFallback } from './fallback.ts';
import type { Transport } from './transport.ts';

export interface Description {
  readonly fallback: LoopFallback | null;
  readonly version: string | null;
  readonly deadlineMs: number;
}

export interface Descriptions {
  /** What is known of a loop now; asks the server, without waiting, where it has not told yet. */
  get(loop: string): Description;
  /** Takes what the server tells of its loops. */
  take(statuses: readonly LoopStatus[]): void;
  /** Asks again where the server has another version of the loop than is known here. */
  check(loop: string, version: string): void;
}

/** What the client knows of each loop: what it was given, until the server has told. */
export function createDescriptions(
  transport: Transport,
  given: { readonly [loop: string]: LoopFallback | undefined },
  clock: () => number,
): Descriptions {
  const known = new Map<string, Description>();
  const askedAt = new Map<string, number>();

  function ask(loop: string): void {
    if (clock() - (askedAt.get(loop) ?? -Infinity) < clientDefaults.describeAgainMs) return;
    askedAt.set(loop, clock());
    // Where it fails, the next decision asks again: nobody waits for it.
    transport
      .call<LoopStatus>('GET', `/v1/loops/${encodeURIComponent(loop)}`, undefined, {
        timeoutMs: clientDefaults.timeoutMs,
      })
      .then((status) => take([status]))
      .catch(() => undefined);
  }

  function take(statuses: readonly LoopStatus[]): void {
    for (const { loop } of statuses) {
      const { name, action, baseline, exclusions, deadlineMs } = loop.configuration;
      known.set(name, { fallback: { action, baseline, exclusions, deadlineMs }, version: loop.version, deadlineMs });
    }
  }

  return {
    get(loop) {
      const found = known.get(loop);
      if (found !== undefined) return found;
      ask(loop);
      const fallback = (Object.hasOwn(given, loop) ? given[loop] : undefined) ?? null;
      return { fallback, version: null, deadlineMs: fallback?.deadlineMs ?? clientDefaults.deadlineMs };
    },
    take,
    check(loop, version) {
      const found = known.get(loop);
      if (found !== undefined && found.version !== version) ask(loop);
    },
  };
}
