import type { FeedbackRequest, RecordRequest } from '../loop/index.ts';
import { backoffMs, later } from './backoff.ts';
import type { ClientError } from './error.ts';

/** A write that waits for the server. */
export type QueuedCall =
  | { readonly type: 'record'; readonly loop: string; readonly request: RecordRequest }
  | { readonly type: 'feedback'; readonly request: FeedbackRequest }
  | { readonly type: 'judge'; readonly request: { readonly token: string; readonly [field: string]: unknown } }
  | { readonly type: 'activate'; readonly decision: string };

export interface QueueEntry {
  readonly id: string;
  readonly call: QueuedCall;
}

/** Where entries outlive the process or page. What it throws is told to `onError`; the entries stay in memory. */
export interface QueueStorage {
  /** All entries, oldest first. */
  load(): Promise<readonly QueueEntry[]>;
  add(entry: QueueEntry): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
}

/** How it went with one entry: it is there, it will never be taken, or it must wait. */
export type Outcome =
  | { readonly status: 'sent' }
  | { readonly status: 'refused'; readonly error: ClientError }
  | { readonly status: 'later' };

export interface QueueOptions {
  readonly limit: number;
  readonly storage: QueueStorage | null;
  /** Sends the first few of the entries given, and says for each of those how it went. */
  readonly deliver: (entries: Iterable<QueueEntry>) => Promise<ReadonlyMap<QueueEntry, Outcome>>;
  readonly newId: () => string;
  readonly onDrop: (entry: QueueEntry, reason: 'full' | 'refused', error?: ClientError) => void;
  readonly onError: (error: unknown) => void;
}

export interface Queue {
  readonly size: number;
  readonly dropped: number;
  push(call: QueuedCall): void;
  /** Tries now all that waits. True when nothing waits any more. */
  flush(): Promise<boolean>;
  /** Tells that the server answers again. */
  wake(): void;
  close(): Promise<void>;
}

/** Writes that could not be sent, in their order, sent again until the server has them. */
export function createQueue({ limit, storage, deliver, newId, onDrop, onError }: QueueOptions): Queue {
  let entries = new Map<string, QueueEntry>();
  let dropped = 0;
  let attempt = 0;
  let closed = false;
  let draining: Promise<boolean> | null = null;
  let cancel: (() => void) | null = null;
  const loaded = storage === null ? null : storage.load().then(resume, onError);

  function resume(stored: readonly QueueEntry[]): void {
    entries = new Map([...stored.map((entry) => [entry.id, entry] as const), ...entries]);
    if (entries.size > 0) schedule(0);
  }

  function remove(ids: readonly string[]): void {
    for (const id of ids) entries.delete(id);
    storage?.remove(ids).catch(onError);
  }

  function drop(entry: QueueEntry, reason: 'full' | 'refused', error?: ClientError): void {
    dropped += 1;
    remove([entry.id]);
    try {
      onDrop(entry, reason, error);
    } catch (thrown) {
      onError(thrown);
    }
  }

  function schedule(ms: number): void {
    if (closed || cancel !== null || draining !== null) return;
    cancel = later(() => {
      cancel = null;
      void flush();
    }, ms);
  }

  function flush(): Promise<boolean> {
    cancel?.();
    cancel = null;
    draining ??= drain().finally(() => {
      draining = null;
      if (entries.size > 0) schedule(backoffMs(attempt++));
    });
    return draining;
  }

  async function drain(): Promise<boolean> {
    await loaded;
    while (entries.size > 0) {
      if (closed) return false;
      const outcomes = await deliver(entries.values());
      const sent = [...outcomes].filter(([, { status }]) => status === 'sent').map(([{ id }]) => id);
      remove(sent);
      for (const [entry, outcome] of outcomes) if (outcome.status === 'refused') drop(entry, 'refused', outcome.error);
      if (sent.length > 0) attempt = 0;
      if ([...outcomes.values()].some(({ status }) => status === 'later')) return false;
    }
    return true;
  }

  return {
    get size() {
      return entries.size;
    },
    get dropped() {
      return dropped;
    },
    push(call) {
      const entry = { id: newId(), call };
      entries.set(entry.id, entry);
      storage?.add(entry).catch(onError);
      const [oldest] = entries.values();
      if (entries.size > limit && oldest !== undefined) drop(oldest, 'full');
      schedule(backoffMs(attempt));
    },
    flush,
    wake() {
      if (entries.size > 0 && draining === null && cancel !== null) void flush();
    },
    async close() {
      closed = true;
      cancel?.();
      cancel = null;
      await draining;
    },
  };
}
