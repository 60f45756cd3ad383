import type { Job, JsonObject } from '../../spec/index.ts';
import type { Context, RunningLoop } from '../context.ts';
import type { ServingState } from '../serving-state.ts';
import { LostLease } from '../train.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluationRequest } from './request.ts';

/** The kind of the jobs that evaluate. */
export const evaluationJob = 'evaluate';

/** A request as a job keeps it. */
export function toJobInput(request: EvaluationRequest): JsonObject {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** Evaluates as a job: the report and the job's end are one commit, which a worker that lost the job does not make. */
export async function runEvaluation(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  {
    job,
    fencingToken,
    signal,
    onProgress,
  }: {
    readonly job: Job;
    readonly fencingToken: number;
    readonly signal: AbortSignal;
    readonly onProgress: (decisions: number) => void;
  },
): Promise<void> {
  const { store, clock } = context;
  const report = await evaluate(context, state, loop, { ...fromJobInput(job.input), signal, onProgress });
  await store.transaction(async (transaction) => {
    const endedAt = new Date(clock()).toISOString();
    const outcome = { report: report.id, verdict: { ...report.verdict } };
    const ended = await store.jobs.update(job.id, fencingToken, { status: 'succeeded', endedAt, outcome }, transaction);
    if (!ended) throw new LostLease(loop.configuration.name);
    await store.evaluationReports.insert(report, transaction);
  });
}

/** What was asked for was checked where it came in. */
function fromJobInput(input: JsonObject): EvaluationRequest {
  return input;
}
