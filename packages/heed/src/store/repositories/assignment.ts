import { and, eq } from 'drizzle-orm';
import type pg from 'pg';
import type { Assignment } from '../../spec/index.ts';
import type { HotServices } from '../hot.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { assignments } from '../schema.ts';
import { whileNobodyIsForgotten } from '../subjects/lock.ts';
import type { Executor } from '../transaction.ts';
import { createGroupWriter } from '../writer.ts';

export interface AssignmentFilter extends PageOptions {
  readonly experiment?: string | undefined;
  readonly subject?: string | undefined;
}

export interface AssignmentRepository {
  /** Stores an assignment; a subject that has one in this experiment keeps it, and that one comes back. */
  readonly insert: (assignment: Assignment, executor?: Executor) => Promise<Assignment>;
  /** The same, many together: resolves once the assignment is on disk. */
  readonly assign: (assignment: Assignment) => Promise<Assignment>;
  readonly get: (id: string, executor?: Executor) => Promise<Assignment | null>;
  readonly list: (filter?: AssignmentFilter, executor?: Executor) => Promise<Page<Assignment>>;
}

/** The arms of experiments that subjects are in. */
export function createAssignmentRepository(
  database: Executor,
  { pool, requireSpace }: Pick<HotServices, 'pool' | 'requireSpace'>,
): AssignmentRepository {
  const writer = createGroupWriter<Assignment, Assignment>({
    pool,
    what: 'assignment',
    begin: `begin; ${whileNobodyIsForgotten}`,
    prepare: requireSpace,
    write: async (client, wanted) => {
      const stored = await assignAll(client, wanted);
      return wanted.map((assignment) => ({ result: stored.get(nameOf(assignment)) ?? assignment }));
    },
  });

  return {
    assign: writer.write,
    insert: async (assignment, executor = database) => {
      const { id, experiment, subject, arm, firstSeenAt } = assignment;
      await executor
        .insert(assignments)
        .values({ id, experiment, subject, arm, firstSeenAt, body: assignment })
        .onConflictDoNothing({ target: [assignments.experiment, assignments.subject] });
      const [row] = await executor
        .select()
        .from(assignments)
        .where(and(eq(assignments.experiment, experiment), eq(assignments.subject, subject)));
      return row ? row.body : assignment;
    },
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(assignments).where(eq(assignments.id, id));
      return row ? row.body : null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(assignments.id, filter);
      if (filter.experiment !== undefined) conditions.push(eq(assignments.experiment, filter.experiment));
      if (filter.subject !== undefined) conditions.push(eq(assignments.subject, filter.subject));
      const rows = await executor
        .select()
        .from(assignments)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(
        rows.map((row) => row.body),
        limit,
      );
    },
  };
}

function nameOf({ experiment, subject }: Pick<Assignment, 'experiment' | 'subject'>): string {
  return `${experiment}\n${subject}`;
}

/** Stores those that are new; what is stored of each subject and experiment comes back. */
async function assignAll(client: pg.PoolClient, wanted: readonly Assignment[]): Promise<Map<string, Assignment>> {
  // Two processes that write the same subjects in one order do not wait for one another in a circle.
  const sorted = wanted.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const [experimentsAsked, subjects] = [
    sorted.map(({ experiment }) => experiment),
    sorted.map(({ subject }) => subject),
  ];
  await client.query(
    `insert into heed.assignment (id, experiment, subject, arm, first_seen_at, body)
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::json[]) on conflict (experiment, subject) do nothing`,
    [
      sorted.map(({ id }) => id),
      experimentsAsked,
      subjects,
      sorted.map(({ arm }) => arm),
      sorted.map(({ firstSeenAt }) => firstSeenAt),
      sorted.map((assignment) => JSON.stringify(assignment)),
    ],
  );
  const { rows } = await client.query<{ body: Assignment }>(
    `select a.body from heed.assignment a join unnest($1::text[], $2::text[]) as asked (experiment, subject)
       on a.experiment = asked.experiment and a.subject = asked.subject`,
    [experimentsAsked, subjects],
  );
  return new Map(rows.map(({ body }) => [nameOf(body), body]));
}
