import { and, eq } from 'drizzle-orm';
import type { Assignment } from '../../spec/index.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { assignments } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface AssignmentFilter extends PageOptions {
  readonly experiment?: string | undefined;
  readonly subject?: string | undefined;
}

export interface AssignmentRepository {
  /** Stores an assignment; a subject that has one in this experiment keeps it, and that one comes back. */
  readonly insert: (assignment: Assignment, executor?: Executor) => Promise<Assignment>;
  readonly get: (id: string, executor?: Executor) => Promise<Assignment | null>;
  readonly list: (filter?: AssignmentFilter, executor?: Executor) => Promise<Page<Assignment>>;
}

/** The arms of experiments that subjects are in. */
export function createAssignmentRepository(database: Executor): AssignmentRepository {
  return {
    insert: async (assignment, executor = database) => {
      const { id, experiment, subject, arm } = assignment;
      await executor
        .insert(assignments)
        .values({ id, experiment, subject, arm, body: assignment })
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
