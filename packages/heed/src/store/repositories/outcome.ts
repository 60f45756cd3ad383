import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { smallestIdAt } from '../identity.ts';
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

export interface AssignedQuestion extends Pick<OutcomeQuestion, 'loop' | 'windowSeconds' | 'now' | 'feedback'> {
  readonly experiment: string;
  /** ISO times; `null`: it runs. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** A unit's mean reward in so long before the start; `null`: none is asked for. */
  readonly covariateSeconds: number | null;
}

/** What became of one subject of an experiment, in its arm. */
export interface AssignedOutcomes extends UnitOutcomes {
  readonly arm: string;
  /** Its mean reward before the experiment; `null` where there is none. */
  readonly covariate: number | null;
}

export interface OutcomeRepository {
  /** Each unit whose time is over, in the order of their first decisions; a later call gives the same ones and those that have followed. */
  readonly ofUnits: (question: OutcomeQuestion, executor?: Executor) => Promise<UnitOutcomes[]>;
  /** Each subject of an experiment whose time is over, from its assignment on, in the order of their first decisions. */
  readonly ofAssigned: (question: AssignedQuestion, executor?: Executor) => Promise<AssignedOutcomes[]>;
}

interface Row extends Record<string, unknown> {
  readonly unit: string;
  readonly first_ms: string;
  readonly decisions: string;
  readonly reward: number | null;
  readonly given: string[] | null;
}

interface AssignedRow extends Row {
  readonly arm: string;
  readonly covariate: number | null;
}

/** Who makes ids for its decisions has a clock of its own: older days need not be looked at. */
const skewMs = 86_400_000;

/** What decisions brought, unit by unit. */
export function createOutcomeRepository(database: Executor): OutcomeRepository {
  return {
    ofUnits: async (question, executor = database) => {
      const { loop, after, artifacts } = question;
      const ofArtifacts = artifacts === null ? sql`` : sql`and artifact = any(${sql.param([...artifacts])}::uuid[])`;
      const { rows } = await executor.execute<Row>(sql`
        with made as (
          select id, coalesce(subject, id::text) as unit, decided_at,
                 min(decided_at) over (partition by coalesce(subject, id::text)) as first_at
          from heed.decision where loop = ${loop} and id > ${after}::uuid ${ofArtifacts}
        ), ${knownOf(question)}
        select k.unit, ${outcomeColumns} from known k left join rewarded r on r.unit = k.unit left join said w on w.unit = k.unit
        group by k.unit, w.given order by min(k.first_at), min(k.id::text)`);
      return rows.map(toOutcomes);
    },
    ofAssigned: async (question, executor = database) => {
      const { loop, experiment, startedAt, endedAt, covariateSeconds } = question;
      const startedMs = Date.parse(startedAt);
      const [first, earliest] = [startedMs - skewMs, startedMs - skewMs - (covariateSeconds ?? 0) * 1_000].map(
        smallestIdAt,
      );
      const from = covariateSeconds === null ? sql`null::interval` : sql`make_interval(secs => ${covariateSeconds})`;
      const { rows } = await executor.execute<AssignedRow>(sql`
        with made as (
          select d.id, d.subject as unit, a.arm, d.decided_at, a.first_seen_at as first_at
          from heed.assignment a join heed.decision d on d.subject = a.subject
          where a.experiment = ${experiment} and d.loop = ${loop} and d.origin = 'served' and d.id >= ${first}::uuid
            and d.decided_at >= a.first_seen_at
            and (${endedAt}::timestamptz is null or a.first_seen_at <= ${endedAt}::timestamptz)
        ), ${knownOf(question)}, earlier as (
          select distinct on (s.derivation, s.target_hash) d.subject as unit, s.status,
                 (s.body->'value'->'rewards'->>'reward')::float8 as value
          from heed.assignment a join heed.decision d on d.subject = a.subject join heed.signal s on s.decision = d.id
          where a.experiment = ${experiment} and d.loop = ${loop} and s.kind = 'reward' and d.id >= ${earliest}::uuid
            and d.decided_at >= ${startedAt}::timestamptz - ${from} and d.decided_at < ${startedAt}::timestamptz
            and s.available_at <= ${startedAt}::timestamptz
          order by s.derivation, s.target_hash, s.version desc
        ), before as (
          select unit, avg(value) as reward from earlier where status in ('final', 'defaulted') group by unit
        )
        select k.unit, min(k.arm) as arm, min(b.reward) as covariate, ${outcomeColumns}
        from known k left join rewarded r on r.unit = k.unit left join said w on w.unit = k.unit
          left join before b on b.unit = k.unit
        group by k.unit, w.given order by min(k.first_at), k.unit`);
      return rows.map((row) => ({ ...toOutcomes(row), arm: row.arm, covariate: row.covariate }));
    },
  };
}

const outcomeColumns = sql`extract(epoch from min(k.first_at)) * 1000 as first_ms, count(*) as decisions, min(r.reward) as reward, w.given`;

/** Of the decisions `made`: those of units whose time is over, what rewarded each unit, and what was said of it. */
function knownOf({ windowSeconds, now, feedback }: Pick<OutcomeQuestion, 'windowSeconds' | 'now' | 'feedback'>): SQL {
  const window = sql`make_interval(secs => ${windowSeconds})`;
  return sql`known as (
      select *, first_at + ${window} as ends_at from made
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
    )`;
}

function toOutcomes({ unit, first_ms, decisions, reward, given }: Row): UnitOutcomes {
  return {
    unit,
    firstAt: new Date(Number(first_ms)).toISOString(),
    decisions: Number(decisions),
    reward,
    feedback: given ?? [],
  };
}
