import type pg from 'pg';
import { dayOf, timeOfId } from './identity.ts';
import { whileNobodyWrites } from './subjects/lock.ts';

/** A loop's oldest id that is kept. */
export interface Bound {
  readonly loop: string;
  readonly oldestKept: string;
}

/**
 * Deletes what rows named that are gone: targets of feedback, episodes, states of subjects that newer ones had taken the
 * place of, contents, and keys of subjects.
 */
export async function deleteUnnamed(pool: pg.Pool, bounds: readonly Bound[]): Promise<void> {
  const sorted = bounds.map(({ oldestKept }) => oldestKept).toSorted();
  const [oldest, newest] = [sorted.at(0), sorted.at(-1)];
  if (oldest === undefined || newest === undefined) return;
  await deleteTargets(pool, newest);
  for (const bound of bounds) {
    await deleteEpisodes(pool, bound);
    await deleteReplacedStates(pool, bound);
  }
  await deleteContents(pool, oldest);
  await deleteUnusedKeys(pool, oldest);
}

/** Rows of one statement, at most, so that no lock is held for long. */
const rowsAtOnce = 10_000;

/** Repeats a statement until it finds less than it may take at once. */
async function untilNone(step: () => Promise<number>): Promise<void> {
  while ((await step()) === rowsAtOnce);
}

async function deleteTargets(pool: pg.Pool, newest: string): Promise<void> {
  await pool.query(
    'delete from heed.feedback_target t where t.feedback < $1 and not exists (select from heed.feedback f where f.id = t.feedback)',
    [newest],
  );
}

/** Episodes without a decision or feedback about them. */
async function deleteEpisodes(pool: pg.Pool, { loop, oldestKept }: Bound): Promise<void> {
  await untilNone(async () => {
    const { rows } = await pool.query<{ id: string }>(
      `select e.id from heed.episode e where e.loop = $1 and e.id < $2
         and not exists (select from heed.decision d where d.episode = e.id)
         and not exists (select from heed.feedback_target t where t.target = e.id)
       limit ${rowsAtOnce}`,
      [loop, oldestKept],
    );
    const ids = rows.map(({ id }) => id);
    // The statuses refer to the episode: one statement, so that neither is without the other.
    await pool.query(
      `with statuses as (delete from heed.episode_status where episode = any($1::uuid[]))
       delete from heed.episode where id = any($1::uuid[])`,
      [ids],
    );
    return ids.length;
  });
}

/** States that were replaced before the oldest decision that is kept: none of those was made with them. */
async function deleteReplacedStates(pool: pg.Pool, { loop, oldestKept }: Bound): Promise<void> {
  await untilNone(async () => {
    const { rows } = await pool.query<{ statistics: Buffer; plain: boolean }>(
      `delete from heed.subject_state where id in (
         select s.id from heed.subject_state s where s.loop = $1 and s.id < $2 and exists (
           select from heed.subject_state n
           where n.loop = s.loop and n.subject = s.subject and n.key = s.key and n.id > s.id and n.id < $2)
         limit ${rowsAtOnce})
       returning statistics, sealed is null as plain`,
      [loop, oldestKept],
    );
    const contents = rows.filter(({ plain }) => plain).map(({ statistics }) => statistics);
    await pool.query(
      `delete from heed.blob b where b.hash = any($1::bytea[])
         and not exists (select from heed.subject_state s where s.statistics = b.hash)`,
      [contents],
    );
    return rows.length;
  });
}

/** Clocks of processes may differ by this much. */
const spareDays = 2;

/** Contents that no decision or feedback has named since the oldest of those that are kept. */
async function deleteContents(pool: pg.Pool, oldest: string): Promise<void> {
  const day = dayOf(timeOfId(oldest)) - spareDays;
  await untilNone(async () => {
    const { rowCount } = await pool.query(
      `delete from heed.blob where hash in (select hash from heed.blob where last_used_day < $1 limit ${rowsAtOnce})
         and last_used_day < $1`,
      [day],
    );
    return rowCount ?? 0;
  });
}

/** Keys of one run at most: nobody writes meanwhile. */
const keysAtOnce = 1_000;

/** Subjects of whom nothing is held any more: with their key goes the last place that has their name. */
async function deleteUnusedKeys(pool: pg.Pool, oldest: string): Promise<void> {
  const isUnused = `not exists (select from heed.decision d where d.subject = k.subject)
    and not exists (select from heed.feedback f where f.subject = k.subject)
    and not exists (select from heed.subject_state s where s.subject = k.subject)`;
  // A key that is as old as the oldest row that is kept: younger ones are most often in use.
  const { rows } = await pool.query<{ id: string }>(
    `select k.id from heed.subject_key k where k.created_at < $1 and ${isUnused} limit ${keysAtOnce}`,
    [new Date(timeOfId(oldest)).toISOString()],
  );
  if (rows.length === 0) return;
  const client = await pool.connect();
  try {
    await client.query(`begin; ${whileNobodyWrites}`);
    await client.query(`delete from heed.subject_key k where k.id = any($1::uuid[]) and ${isUnused}`, [
      rows.map(({ id }) => id),
    ]);
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
