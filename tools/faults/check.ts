import { join } from 'node:path';
import { openStore } from '../../packages/heed/src/store/index.ts';
import type { Kind, Ledger } from './load.ts';

/** How the rows compare with what the clients were told. */
export interface Comparison {
  readonly acknowledged: number;
  /** Acknowledged ids that have no row, and keys that name a row that is not there. */
  readonly lost: number;
  /** Rows beyond the first of a key. */
  readonly duplicated: number;
  /** Rows whose key was neither acknowledged nor given up after a broken connection. */
  readonly unexplained: number;
  /** Rows of requests that were given up. */
  readonly unacknowledgedRows: number;
}

/** Reads every row of a folder's store and holds it against the ledger. */
export async function compare(folder: string, ledger: Ledger): Promise<Comparison> {
  const store = await openStore({ folder: join(folder, 'postgres'), clock: Date.now });
  try {
    const parts: Comparison[] = [];
    for (const kind of ['decision', 'feedback'] as const) {
      const { rows } = await store.pool.query<Row>(`select id, body->>'idempotencyKey' as key from heed.${kind}`);
      parts.push(compareRows(kind, rows, ledger));
    }
    const { rows } = await store.pool.query<{ dangling: number }>(
      `select count(*)::int as dangling from heed.idempotency i
       where not exists (select 1 from heed.decision where id = i.record) and not exists (select 1 from heed.feedback where id = i.record)`,
    );
    const total = (of: (part: Comparison) => number): number => parts.reduce((sum, part) => sum + of(part), 0);
    return {
      acknowledged: total((part) => part.acknowledged),
      lost: total((part) => part.lost) + (rows[0]?.dangling ?? 0),
      duplicated: total((part) => part.duplicated),
      unexplained: total((part) => part.unexplained),
      unacknowledgedRows: total((part) => part.unacknowledgedRows),
    };
  } finally {
    await store.close();
  }
}

interface Row {
  readonly id: string;
  readonly key: string | null;
}

/** Compares the rows of one kind. */
export function compareRows(kind: Kind, rows: readonly Row[], ledger: Ledger): Comparison {
  const told = ledger.acknowledged[kind];
  const ids = new Set(rows.map(({ id }) => id));
  const keys = new Set<string>();
  let [duplicated, unexplained, unacknowledgedRows] = [0, 0, 0];
  for (const { id, key } of rows) {
    if (key === null) unexplained += 1;
    else if (keys.has(key) || (told.get(key) ?? id) !== id) duplicated += 1;
    else if (told.has(key)) keys.add(key);
    else {
      keys.add(key);
      if (ledger.abandoned.has(key) || ledger.unfinished.has(key)) unacknowledgedRows += 1;
      else unexplained += 1;
    }
  }
  const lost = [...told.values()].filter((id) => !ids.has(id)).length;
  return { acknowledged: told.size, lost, duplicated, unexplained, unacknowledgedRows };
}

/** The sentences for what must not be. */
export function failuresIn({ lost, duplicated, unexplained }: Comparison, ledger: Ledger): string[] {
  return [
    ...(lost > 0 ? [`${lost} acknowledged rows are lost`] : []),
    ...(duplicated > 0 ? [`${duplicated} rows are there twice`] : []),
    ...(unexplained > 0 ? [`${unexplained} rows belong to no request that a client knows of`] : []),
    ...(ledger.unfinished.size > 0 ? [`${ledger.unfinished.size} requests were never acknowledged`] : []),
    ...ledger.wrong.slice(0, 5),
  ];
}
