import { HeedError } from '../../spec/index.ts';
import type { EvaluationReport, Job } from '../../spec/index.ts';
import type { Context, RunningLoop } from '../context.ts';
import type { ListOptions, Page } from '../heed.ts';
import { toPage, toQuery } from '../page.ts';
import type { EvaluationRequest } from './request.ts';

/** What evaluations found, and evaluations that a worker makes. */
export interface Evaluations {
  /** Newest first: of policies on logs (`off-policy`), and what releases and experiments went by. */
  list(options?: Pick<ListOptions, 'loop' | 'artifact' | 'after' | 'limit'>): Promise<Page<EvaluationReport>>;
  get(id: string): Promise<EvaluationReport>;
  /** Queues an evaluation on what the loop has recorded; some worker makes it. The outcome of the job names the report. */
  queue(loop: string, request?: EvaluationRequest): Promise<Job>;
}

export function createEvaluations(
  { store }: Pick<Context, 'store'>,
  jobs: { enqueueEvaluation(loop: string, request: EvaluationRequest): Promise<Job> },
  loopNamed: (name: string) => RunningLoop,
): Evaluations {
  return {
    list: async (options) => toPage(await store.evaluationReports.list(toQuery(options))),
    async get(id) {
      const report = await store.evaluationReports.get(id);
      if (report !== null) return report;
      throw new HeedError('not-found', `cannot show the evaluation ${id}, as it must be in the store: it is not`);
    },
    async queue(loop, request = {}) {
      const { name } = loopNamed(loop).configuration;
      if (request.artifact !== undefined && (await store.artifacts.get(request.artifact)) === null)
        throw new HeedError(
          'not-found',
          `cannot evaluate the artifact ${request.artifact}, as it must be in the store: it is not`,
        );
      return jobs.enqueueEvaluation(name, request);
    },
  };
}
