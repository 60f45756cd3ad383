import type { HotKind } from './idempotency.ts';

/** One synced commit and what was stored by it. */
export interface CommittedGroup {
  readonly kind: HotKind;
  /** Entries of the group, retries of what was stored before among them. */
  readonly size: number;
  readonly seconds: number;
  /** Rows that are new, by loop. */
  readonly stored: ReadonlyMap<string, number>;
}

/** What the store tells of itself, for whoever counts. */
export interface StoreObserver {
  /** Calls back after each group's commit; returns how to stop. */
  readonly onGroup: (listener: (group: CommittedGroup) => void) => () => void;
  /** Entries that wait for the disk, by kind. */
  readonly waiting: () => Readonly<Record<HotKind, number>>;
}

export interface StoreTelling extends StoreObserver {
  readonly tell: (group: CommittedGroup) => void;
  /** Whether anybody listens: counting is left out where nobody does. */
  readonly heard: () => boolean;
  readonly count: (kind: HotKind, waiting: () => number) => void;
}

export function createObserver(): StoreTelling {
  const listeners = new Set<(group: CommittedGroup) => void>();
  const queues = new Map<HotKind, () => number>();
  return {
    onGroup: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    waiting: () => ({
      decision: queues.get('decision')?.() ?? 0,
      feedback: queues.get('feedback')?.() ?? 0,
      activation: queues.get('activation')?.() ?? 0,
    }),
    tell: (group) => listeners.forEach((listener) => listener(group)),
    heard: () => listeners.size > 0,
    count: (kind, waiting) => void queues.set(kind, waiting),
  };
}
