import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { HeedError } from '../../spec/index.ts';
import type { Exclusively } from '../exclusive.ts';
import { runTransaction } from '../transaction.ts';
import type { KeptKey, MasterKey } from './master-key.ts';

export interface MasterKeyRotation {
  /** Keys of subjects that lie under the newest master key now and did not before. */
  readonly changed: number;
  /** All keys of subjects. */
  readonly keys: number;
}

export interface RotateMasterKeyOptions {
  /** Keys of one transaction, at most. Default 1,000. */
  readonly step?: number | undefined;
  /** Called after each step with the number of keys changed so far. */
  readonly onProgress?: ((changed: number) => void) | undefined;
  /** Do not ask whether others on the store can open what lies under the newest key. Default false. */
  readonly force?: boolean | undefined;
}

export const rotationDefaults = { step: 1_000, force: false } as const;

/** Every session of a process says which master keys it has, so that a rotation locks nobody out. */
export function applicationName({ names }: MasterKey): string {
  return ['heed', ...names.map(shortened)].join(' ').slice(0, 63);
}

/** As much of a key's name as a session has room for. */
function shortened(name: string): string {
  return name.slice(0, 8);
}

/** A store with keys under master keys that are not given is refused at once, and not at the first decision. */
export async function requireMasterKeys(pool: pg.Pool, master: MasterKey): Promise<void> {
  let after: Uint8Array = Buffer.alloc(0);
  for (;;) {
    const { rows } = await pool.query<KeptKey & { master: Buffer }>(
      'select id, content, master from heed.subject_key where master is not null and master > $1 order by master limit 1',
      [after],
    );
    const [row] = rows;
    if (row === undefined) return;
    master.unwrap(row);
    after = row.master;
  }
}

/**
 * Puts every subject's key under the newest master key, those that lay in clear too, step by step. What is encrypted under the
 * subjects' keys stays as it is. Killed at any moment, each key lies under the old master key or the new one, and says which:
 * a process that has both reads all, and the next run goes on with what is left.
 *
 * @throws HeedError `invalid-configuration` where no master key is given, one that is needed is missing, or a process on the
 *   store does not have the newest.
 */
export async function rotateMasterKey(
  pool: pg.Pool,
  exclusively: Exclusively,
  master: MasterKey,
  { step = rotationDefaults.step, force = rotationDefaults.force, onProgress }: RotateMasterKeyOptions = {},
): Promise<MasterKeyRotation> {
  const { name } = master;
  if (name === null)
    throw new HeedError('invalid-configuration', 'cannot rotate the master key, as the new one must be given: none is');
  return exclusively('rotate-master', async () => {
    if (!force) await requireSharedKey(pool, name);
    let changed = 0;
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const ids = await rotateStep(pool, master, name, after, step);
      changed += ids.length;
      onProgress?.(changed);
      const last = ids.at(-1);
      if (last === undefined) break;
      after = last;
    }
    const { rows } = await pool.query<{ keys: string; left: string }>(
      'select count(*) as keys, count(*) filter (where master is distinct from $1) as left from heed.subject_key',
      [name],
    );
    const { keys = 0, left = 0 } = rows[0] ?? {};
    if (Number(left) > 0)
      throw new HeedError(
        'invalid-configuration',
        `cannot end the rotation, as all must make new keys under the newest master key: ${left} keys came under another one meanwhile. Run it again once every process has it`,
      );
    return { changed, keys: Number(keys) };
  });
}

async function rotateStep(
  pool: pg.Pool,
  master: MasterKey,
  name: Buffer,
  after: string,
  limit: number,
): Promise<string[]> {
  return runTransaction(pool, async (transaction) => {
    const { rows } = await transaction.execute<KeptKey & Record<string, unknown>>(
      sql`select id, content, master from heed.subject_key where id > ${after} and master is distinct from ${name}
          order by id limit ${limit} for no key update`,
    );
    if (rows.length === 0) return [];
    const contents = rows.map((row) => master.wrap(row.id, master.unwrap(row)).content.toString('base64'));
    await transaction.execute(
      sql`update heed.subject_key as old set content = decode(new.content, 'base64'), master = ${name}
          from unnest(${sql.param(rows.map(({ id }) => id))}::uuid[], ${sql.param(contents)}::text[]) as new (id, content)
          where old.id = new.id`,
    );
    return rows.map(({ id }) => id);
  });
}

/** @throws HeedError `invalid-configuration` where a session of Heed does not say that it has the key. */
async function requireSharedKey(pool: pg.Pool, name: Buffer): Promise<void> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name ~ '^heed( |$)'
       and not $1 = any(string_to_array(application_name, ' ')) order by pid`,
    [shortened(name.toString('hex'))],
  );
  if (rows.length === 0) return;
  throw new HeedError(
    'invalid-configuration',
    `cannot rotate the master key, as every process on the store must have the new one, as its own or among the others: sessions of PostgreSQL without it are ${rows.map(({ pid }) => pid).join(', ')}`,
  );
}
