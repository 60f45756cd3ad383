import type pg from 'pg';

/** What can be told of, by the table that it is read from; each has `xid`. */
const sources = {
  decision: 'select loop, id, xid from heed.decision',
  feedback: 'select loop, id, xid from heed.feedback',
  artifact: 'select loop, id, xid from heed.artifact',
  release: 'select loop, id, xid from heed.release',
  subjectState: 'select loop, id, xid from heed.subject_state',
  experiment:
    'select loop, id, xid from (select loop, id, xid from heed.experiment union all select loop, experiment, xid from heed.experiment_end) e',
  job: 'select j.loop, j.id, s.xid from heed.job_status s join heed.job j on j.id = s.job',
} as const;
/** Parts of the above, for those who tell them apart. */
const parts = {
  experimentStart: 'select loop, id, xid from heed.experiment',
  experimentEnd: 'select loop, experiment as id, xid from heed.experiment_end',
} as const;
type EventType = keyof typeof sources;
export type HappeningType = EventType | keyof typeof parts;
export const happeningTypes = Object.keys(sources) as EventType[];

export interface Happening<Type extends HappeningType = HappeningType> {
  readonly type: Type;
  readonly loop: string | null;
  readonly id: string;
  readonly xid: string;
}

export interface HappeningQuery<Type extends HappeningType> {
  readonly types: readonly Type[];
  /** A snapshot: what it sees was told before. */
  readonly since: string;
  /** A later snapshot: what it does not see is told another time. */
  readonly upTo: string;
  /** The last one told of those between the two. */
  readonly after?: Pick<Happening, 'xid' | 'id'> | undefined;
  readonly limit: number;
}

/** The snapshot of now, as text. */
export async function currentSnapshot(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ now: string }>('select pg_current_snapshot()::text as now');
  return rows[0]?.now ?? '';
}

/** What was committed between two snapshots, in an order that stays: nothing is missed, however late it was committed. */
export async function readHappenings<Type extends HappeningType>(
  pool: pg.Pool,
  { types, since, upTo, after, limit }: HappeningQuery<Type>,
): Promise<Happening<Type>[]> {
  const selects = { ...sources, ...parts };
  const each = types.map((type) => {
    const xid = type === 'job' ? 's.xid' : 'xid';
    return `select '${type}' as type, e.* from (${selects[type]} where
      ${xid} >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(${xid}, $1::pg_snapshot)
      and ${xid} < pg_snapshot_xmax($2::pg_snapshot) and pg_visible_in_snapshot(${xid}, $2::pg_snapshot)) e`;
  });
  const { rows } = await pool.query<Happening<Type>>(
    `select distinct type, loop, id::text as id, xid::text as xid, xid as place from (${each.join(' union all ')}) happened
     where (xid, id) > ($3::xid8, $4::uuid) order by place, id limit $5`,
    [since, upTo, after?.xid ?? '0', after?.id ?? '00000000-0000-0000-0000-000000000000', limit],
  );
  return rows.map(({ type, loop, id, xid }) => ({ type, loop, id, xid }));
}
