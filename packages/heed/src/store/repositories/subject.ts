import { and, desc, eq, sql } from 'drizzle-orm';
import { decisions, feedback, signals, subjectStates } from '../schema.ts';
import { forgetSubject } from '../subjects/forget.ts';
import type { Forgetting, ForgottenSubject } from '../subjects/forget.ts';
import type { SubjectKeys } from '../subjects/keys.ts';
import { whileNobodyIsForgotten } from '../subjects/lock.ts';
import { listTombstones } from '../subjects/tombstones.ts';
import type { Tombstone } from '../subjects/tombstones.ts';
import type { Executor } from '../transaction.ts';

/** How many rows are held about a subject. */
export interface SubjectCounts {
  readonly decisions: number;
  readonly feedback: number;
  readonly signals: number;
  readonly subjectStates: number;
}

/** The newest state that a loop keeps of a subject under one key, and how many there were. */
export interface KeptState {
  readonly loop: string;
  readonly key: string;
  readonly counter: number;
  readonly updatedAt: string;
  readonly states: number;
}

export interface SubjectRepository {
  readonly count: (subject: string, executor?: Executor) => Promise<SubjectCounts>;
  readonly states: (subject: string, executor?: Executor) => Promise<KeptState[]>;
  /** Destroys a subject's key and what is kept about it; what is not personal stays. */
  readonly forget: (forgetting: Forgetting, transaction: Executor) => Promise<ForgottenSubject>;
  /** Who was forgotten, oldest first, without a name. */
  readonly forgotten: (executor?: Executor) => Promise<Tombstone[]>;
  /** Artifacts of a loop that had learned from somebody forgotten, with what descends from them, but for those superseded. */
  readonly tainted: (loop: string, transaction?: Executor) => Promise<string[]>;
  /** How many were forgotten so far; within a transaction nobody is until it ends. */
  readonly holdForgetting: (transaction: Executor) => Promise<number>;
}

/** Those for whom decisions are made. */
export function createSubjectRepository(database: Executor, keys: SubjectKeys): SubjectRepository {
  return {
    async count(subject, executor = database) {
      const own = executor.select({ id: decisions.id }).from(decisions).where(eq(decisions.subject, subject));
      const [made, given, derived, kept] = await Promise.all([
        executor.$count(decisions, eq(decisions.subject, subject)),
        executor.$count(feedback, eq(feedback.subject, subject)),
        executor.$count(signals, sql`${signals.decision} in ${own}`),
        executor.$count(subjectStates, eq(subjectStates.subject, subject)),
      ]);
      return { decisions: made, feedback: given, signals: derived, subjectStates: kept };
    },
    async states(subject, executor = database) {
      const { loop, key, counter, updatedAt } = subjectStates;
      const newest = await executor
        .selectDistinctOn([loop, key], { loop, key, counter, updatedAt })
        .from(subjectStates)
        .where(eq(subjectStates.subject, subject))
        .orderBy(loop, key, desc(subjectStates.id));
      return Promise.all(
        newest.map(async (row) => ({
          ...row,
          states: await executor.$count(
            subjectStates,
            and(eq(subjectStates.subject, subject), eq(loop, row.loop), eq(key, row.key)),
          ),
        })),
      );
    },
    async forget(forgetting, transaction) {
      const result = await forgetSubject(transaction, forgetting);
      keys.drop(forgetting.subject);
      return result;
    },
    forgotten: (executor = database) => listTombstones(executor),
    async tainted(loop, executor = database) {
      const { rows } = await executor.execute<{ id: string }>(
        sql`with recursive learned (id) as (
              select unnest(artifacts) from heed.forgotten
              union select a.id from learned l join heed.artifact a on a.body->'lineage'->>'parent' = l.id::text)
            select l.id from learned l join heed.artifact a on a.id = l.id where a.loop = ${loop}
              and not exists (select from heed.release r where r.artifact = l.id and r.step = 'superseded') order by l.id`,
      );
      return rows.map(({ id }) => id);
    },
    async holdForgetting(transaction) {
      await transaction.execute(sql.raw(whileNobodyIsForgotten));
      const { rows } = await transaction.execute<{ count: string }>(sql`select count(*) from heed.forgotten`);
      return Number(rows[0]?.count ?? 0);
    },
  };
}
