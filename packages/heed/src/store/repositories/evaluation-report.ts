import { and, eq } from 'drizzle-orm';
import type { EvaluationReport } from '../../spec/index.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { evaluationReports } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface EvaluationReportFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly artifact?: string | undefined;
  readonly kind?: string | undefined;
}

export interface EvaluationReportRepository {
  readonly insert: (report: EvaluationReport, executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<EvaluationReport | null>;
  readonly list: (filter?: EvaluationReportFilter, executor?: Executor) => Promise<Page<EvaluationReport>>;
}

/** What evaluations found. */
export function createEvaluationReportRepository(database: Executor): EvaluationReportRepository {
  return {
    insert: async (report, executor = database) => {
      const { id, loop, artifact, kind } = report;
      await executor.insert(evaluationReports).values({ id, loop, artifact, kind, body: report });
    },
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(evaluationReports).where(eq(evaluationReports.id, id));
      return row ? row.body : null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(evaluationReports.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(evaluationReports.loop, filter.loop));
      if (filter.artifact !== undefined) conditions.push(eq(evaluationReports.artifact, filter.artifact));
      if (filter.kind !== undefined) conditions.push(eq(evaluationReports.kind, filter.kind));
      const rows = await executor
        .select()
        .from(evaluationReports)
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
