import { isHeedError } from '../spec/index.ts';
import type { AuditEntry, JsonObject } from '../spec/index.ts';
import type { Context } from './context.ts';
import type { ListOptions, Page } from './heed.ts';
import { toPage, toQuery } from './page.ts';

/** Something that an operator does. */
export interface AuditedAction {
  /** The key's name; or what let it in without one. */
  readonly who: string;
  readonly key?: string | null | undefined;
  /** As the route or the command is called. */
  readonly action: string;
  readonly loop?: string | null | undefined;
  readonly target?: string | null | undefined;
  readonly detail?: JsonObject | undefined;
}

export interface AuditOptions extends Pick<ListOptions, 'loop' | 'after' | 'limit'> {
  readonly action?: string | undefined;
  /** What was done with this key. */
  readonly key?: string | undefined;
}

export interface Audit {
  /** What operators did, newest first. */
  list(options?: AuditOptions): Promise<Page<AuditEntry>>;
  /** Writes down what is about to be done; resolves once it is on disk. Where nothing follows, it was broken off. */
  begin(action: AuditedAction): Promise<AuditEntry>;
  /** Writes down what was done, or why it was not, after what `begin` gave, if anything; resolves once it is on disk. */
  write(action: AuditedAction, error?: unknown, begun?: string): Promise<AuditEntry>;
}

/** The book of what operators did. */
export function createAudit({ store, clock, newId }: Pick<Context, 'store' | 'clock' | 'newId'>): Audit {
  async function insert(
    { who, key = null, action, loop = null, target = null, detail = {} }: AuditedAction,
    outcome: Pick<AuditEntry, 'outcome' | 'code' | 'begun'>,
  ): Promise<AuditEntry> {
    const at = new Date(clock()).toISOString();
    const entry: AuditEntry = { id: newId(), at, key, who, action, loop, target, ...outcome, detail };
    await store.audits.insert(entry);
    return entry;
  }

  return {
    list: async ({ loop, ...query } = {}) =>
      toPage(await store.audits.list({ ...toQuery(query), loops: loop === undefined ? undefined : [loop] })),
    begin: (action) => insert(action, { outcome: 'begun', code: null, begun: null }),
    write: (action, error, begun) => insert(action, { ...outcomeOf(error), begun: begun ?? null }),
  };
}

function outcomeOf(error: unknown): Pick<AuditEntry, 'outcome' | 'code'> {
  if (error === undefined) return { outcome: 'done', code: null };
  if (!isHeedError(error)) return { outcome: 'failed', code: 'internal' };
  return { outcome: error.status >= 500 ? 'failed' : 'refused', code: error.code };
}
