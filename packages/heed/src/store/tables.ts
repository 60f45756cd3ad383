import type pg from 'pg';

/** The tables that a move or a backup carries, each after those that it refers to. */
export const carriedTables = [
  'loop',
  'loop_use',
  'blob',
  'artifact',
  'decision',
  'feedback',
  'feedback_target',
  'activation',
  'idempotency',
  'episode',
  'episode_status',
  'signal',
  'signal_newest',
  'signal_use',
  'subject_state',
  'release',
  'dataset',
  'experiment',
  'experiment_end',
  'assignment',
  'evaluation_report',
  'job',
  'job_status',
  'setting',
  'api_key',
  'api_key_end',
  'api_key_use',
  'audit',
  'subject_key',
  'item_version',
  'item_change',
  'forgotten',
] as const;
export type CarriedTable = (typeof carriedTables)[number];

/**
 * Cursors stay behind: they name transactions of their own database. Consumers read everything anew, and are idempotent.
 * Migrations are the target's own.
 */
export const ownTables = ['cursor', 'migration'] as const;

/** How many rows a table has, and a sum over their contents that does not depend on their order. */
export interface TableSum {
  readonly name: CarriedTable;
  readonly rows: number;
  readonly checksum: string;
}

/** A table's columns but for `xid`, which each database gives anew. */
export async function columnsOf(client: pg.ClientBase, table: CarriedTable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'heed' and table_name = $1 and column_name <> 'xid' order by ordinal_position`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** The statement that copies these columns out of a table. */
export function copyFrom(table: CarriedTable, columns: readonly string[]): string {
  return `copy (select ${listOf(columns)} from heed.${table}) to stdout (format binary)`;
}

/** The statement that copies these columns into a table. */
export function copyInto(table: CarriedTable, columns: readonly string[]): string {
  return `copy heed.${table} (${listOf(columns)}) from stdin (format binary)`;
}

function listOf(columns: readonly string[]): string {
  return columns.map((name) => `"${name}"`).join(', ');
}

/** Counts a table's rows and sums 60 bits of each row's MD5. */
export async function sumTable(client: pg.ClientBase, table: CarriedTable): Promise<TableSum> {
  // A blob's text would be twice its size: its hash stands for it.
  const values = (await columnsOf(client, table))
    .map((name) => (name === 'content' ? 'md5(content)' : `"${name}"`))
    .join(', ');
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select count(*)::text as rows, coalesce(sum(('x' || substr(md5(row(${values})::text), 1, 15))::bit(60)::bigint), 0)::text as checksum from heed.${table}`,
  );
  return { name: table, rows: Number(rows[0]?.rows ?? 0), checksum: rows[0]?.checksum ?? '0' };
}

/** The first carried table with a row in it, or `null`. */
export async function firstFilledTable(client: pg.ClientBase): Promise<CarriedTable | null> {
  for (const table of carriedTables) {
    if ((await client.query(`select 1 from heed.${table} limit 1`)).rowCount) return table;
  }
  return null;
}

/** Sets the counters of generated columns behind the largest value that was copied in. */
export async function restoreCounters(client: pg.ClientBase): Promise<void> {
  for (const table of ['loop_use', 'episode_status', 'job_status']) {
    await client.query(
      `select setval(pg_get_serial_sequence('heed.${table}', 'sequence'), coalesce(max(sequence), 0) + 1, false) from heed.${table}`,
    );
  }
}
