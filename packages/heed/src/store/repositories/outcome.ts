import { sql } from 'drizzle-orm';
import type { Executor } from '../transaction.ts';

export interface OutcomeQuestion {
  readonly loop: string;
  /** Only decisions with a larger id. */
  readonly after: string;
  /** Only decisions of these artifacts; `null`: of any, and those that nobody's artifact made. */
  readonly artifacts: readonly string[] | null;
  /** A unit's outcome is what its decisions of this long, from its first one on, brought in this time. */
  readonly windowSeconds: number;
  /** ISO time: units whose time is over by then. */
  readonly now: string;
  /** Names of feedback that is counted. */
  readonly feedback: readonly string[];
}

/** What became of one subject, or of one decision that has none. */
export interface UnitOutcomes {
  readonly unit: string;
  /** ISO time. */
  readonly firstAt: string;
  readonly decisions: number;
  /** Mean of the rewards that were final by then; `null` where none was. */
  readonly reward: number | null;
  /** Names of feedback that was given by then. */
  readonly feedback: readonly string[];
}

export interface OutcomeRepository {
  /** Each unit whose time is over, in the order of their first decisions; a later call gives the same ones and those that have followed. */
  readonly ofUnits: (question: OutcomeQuestion, executor?: Executor) => Promise<UnitOutcomes[]>;
}

interface Row extends Record<string, unknown> {
  readonly unit: string;
  readonly first_ms: string;
  readonly decisions: string;
  readonly reward: number | null;
  readonly given: string[] | null;
}

/** What decisions brought, unit by unit. */
export function createOutcomeRepository(database: Executor): OutcomeRepository {
  return {
    ofUnits: async (question, executor = database) => {
      const { loop, after, artifacts, windowSeconds, now, feedback } = question;
      const window = sql`make_interval(secs => ${windowSeconds})`;
      const ofArtifacts = artifacts === null ? sql`` : sql`and artifact = any(${sql.param([...artifacts])}::uuid[])`;
      const { rows } = await executor.execute<Row>(sql`
        with made as (
          select id, coalesce(subject, id::text) as unit, decided_at,
                 min(decided_at) over (partition by coalesce(subject, id::text)) as first_at
          from heed.decision where loop = ${loop} and id > ${after}::uuid ${ofArtifacts}
        ), known as (
          select id, unit, first_at, first_at + ${window} as ends_at from made
          where decided_at < first_at + ${window} and first_at + ${window} <= ${now}::timestamptz
        ), newest as (
          select distinct on (s.derivation, s.target_hash) k.unit, s.status, (s.body->'value'->'rewards'->>'reward')::float8 as value
          from known k join heed.signal s on s.decision = k.id
          where s.kind = 'reward' and s.available_at <= k.ends_at
          order by s.derivation, s.target_hash, s.version desc
        ), rewarded as (
          select unit, avg(value) as reward from newest where status in ('final', 'defaulted') group by unit
        ), said as (
          select k.unit, array_agg(distinct f.name) as given
          from known k join heed.feedback_target t on t.target = k.id join heed.feedback f on f.id = t.feedback
          where f.name = any(${sql.param([...feedback])}::text[]) and f.received_at <= k.ends_at group by k.unit
        )
        select k.unit, extract(epoch from min(k.first_at)) * 1000 as first_ms, count(*) as decisions, min(r.reward) as reward,
               (select given from said s where s.unit = k.unit) as given
        from known k left join rewarded r on r.unit = k.unit
        group by k.unit order by min(k.first_at), min(k.id::text)`);
      return rows.map(({ unit, first_ms, decisions, reward, given }) => ({
        unit,
        firstAt: new Date(Number(first_ms)).toISOString(),
        decisions: Number(decisions),
        reward,
        feedback: given ?? [],
      }));
    },
  };
}
