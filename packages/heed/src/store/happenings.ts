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
export type HappeningType = keyof typeof sources;
export const happeningTypes = Object.keys(sources) as HappeningType[];

export interface Happening {
  readonly type: HappeningType;
  readonly loop: string | null;
  readonly id: string;
  readonly xid: string;
}

export interface HappeningQuery {
  readonly types: readonly HappeningType[];
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
export async function readHappenings(
  pool: pg.Pool,
  { types, since, upTo, after, limit }: HappeningQuery,
): Promise<Happening[]> {
  const each = types.map((type) => {
    const xid = type === 'job' ? 's.xid' : 'xid';
    return `select '${type}' as type, e.* from (${sources[type]} where
      ${xid} >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(${xid}, $1::pg_snapshot)
      and ${xid} < pg_snapshot_xmax($2::pg_snapshot) and pg_visible_in_snapshot(${xid}, $2::pg_snapshot)) e`;
  });
  const { rows } = await pool.query<Happening>(
    `select distinct type, loop, id::text as id, xid::text as xid, xid as place from (${each.join(' union all ')}) happened
     where (xid, id) > ($3::xid8, $4::uuid) order by place, id limit $5`,
    [since, upTo, after?.xid ?? '0', after?.id ?? '00000000-0000-0000-0000-000000000000', limit],
  );
  return rows.map(({ type, loop, id, xid }) => ({ type, loop, id, xid }));
}
