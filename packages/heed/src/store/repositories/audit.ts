import { and, eq, inArray, sql } from 'drizzle-orm';
import type { AuditEntry } from '../../spec/index.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { audits } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface AuditFilter extends PageOptions {
  /** Only of these loops. */
  readonly loops?: readonly string[] | undefined;
  readonly action?: string | undefined;
  /** Only what was done with this key. */
  readonly key?: string | undefined;
}

export interface AuditRepository {
  readonly insert: (entry: AuditEntry, executor?: Executor) => Promise<void>;
  /** Where an outcome is known, the row that was written before it is left out. */
  readonly list: (filter?: AuditFilter, executor?: Executor) => Promise<Page<AuditEntry>>;
}

/** What operators did: rows are added, and the database lets nobody change them. */
export function createAuditRepository(database: Executor): AuditRepository {
  return {
    insert: async (entry, executor = database) => {
      await executor.insert(audits).values(entry);
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(audits.id, filter);
      conditions.push(
        sql`not (${audits.outcome} = 'begun' and exists (select from heed.audit as ended where ended.begun = ${audits.id}))`,
      );
      if (filter.loops !== undefined) conditions.push(inArray(audits.loop, [...filter.loops]));
      if (filter.action !== undefined) conditions.push(eq(audits.action, filter.action));
      if (filter.key !== undefined) conditions.push(eq(audits.key, filter.key));
      const rows = await executor
        .select()
        .from(audits)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(rows, limit);
    },
  };
}
