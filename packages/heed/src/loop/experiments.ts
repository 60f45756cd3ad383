import type { EvaluationReport, Experiment } from '../spec/index.ts';
import { beginExperiment, requireStored } from './experiment-begin.ts';
import type { Beginning } from './experiment-begin.ts';
import { endExperiment } from './experiment-end.ts';
import type { Ending } from './experiment-end.ts';
import { analyseExperiment } from './experiment-evidence.ts';
import type { ExperimentRequest } from './experiment-request.ts';
import type { Context, RunningLoop } from './context.ts';
import type { ListOptions, Page, ReleaseRequest } from './heed.ts';
import { toPage, toQuery } from './page.ts';

/** An experiment with what it has shown: so far, or when it ended. */
export interface ExperimentDetail {
  readonly experiment: Experiment;
  readonly report: EvaluationReport;
}

/** Policies side by side, each for its share of the subjects. */
export interface Experiments {
  /** Newest first. */
  list(options?: Pick<ListOptions, 'loop' | 'after' | 'limit'>): Promise<Page<Experiment>>;
  get(id: string): Promise<ExperimentDetail>;
  /** Declares an experiment and starts it: from now on its arms serve their subjects. */
  start(request: ExperimentRequest): Promise<Experiment>;
  /** Ends it without a winner: what serves serves everybody again. */
  stop(id: string, request: ReleaseRequest): Promise<Experiment>;
  /** Ends it with a winner, which comes into service where `promote` says so. */
  conclude(id: string, request: ConcludeRequest): Promise<Experiment>;
}

export interface ConcludeRequest extends ReleaseRequest {
  /** Name of an arm. */
  readonly winner: string;
  readonly promote?: boolean | undefined;
}

export function createExperiments(
  context: Context,
  state: Beginning,
  loopNamed: (name: string) => RunningLoop,
): Experiments {
  const { store } = context;

  async function get(id: string): Promise<ExperimentDetail> {
    const experiment = await requireStored(context, id);
    const evidence = experiment.end?.evidence ?? null;
    const kept = evidence === null ? null : await store.evaluationReports.get(evidence);
    if (kept !== null) return { experiment, report: kept };
    const { configuration } = loopNamed(experiment.loop);
    return { experiment, report: (await analyseExperiment(context, experiment, configuration)).report };
  }

  async function end(id: string, ending: Omit<Ending, 'cause'>): Promise<Experiment> {
    const experiment = await requireStored(context, id);
    const evidence = await analyseExperiment(context, experiment, loopNamed(experiment.loop).configuration);
    const ended = await endExperiment(context, experiment, evidence, { ...ending, cause: 'operator' });
    await state.refresh(experiment.loop);
    return ended;
  }

  return {
    list: async (options) => toPage(await store.experiments.list(toQuery(options))),
    get,
    start: async ({ loop, ...request }) => beginExperiment(context, state, loopNamed(loop), request),
    stop: (id, { by, why, idempotencyKey }) => end(id, { by, why, idempotencyKey, status: 'stopped' }),
    conclude: (id, { by, why, winner, promote, idempotencyKey }) =>
      end(id, { by, why, winner, promote, idempotencyKey, status: 'concluded' }),
  };
}
