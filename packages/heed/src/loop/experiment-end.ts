import { HeedError, isHeedError } from '../spec/index.ts';
import type { EvaluationReport, Experiment, ExperimentArm, Release } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import { release } from './artifacts.ts';
import { createAudit } from './audit.ts';
import type { Context, RunningLoop } from './context.ts';
import { analyseExperiment } from './experiment-evidence.ts';
import type { Reason } from './heed.ts';
import { releaseLock, requireNotSuperseded } from './releases.ts';

/** Who ends an experiment, and how. */
export interface Ending extends Reason {
  readonly status: 'stopped' | 'concluded';
  readonly winner?: string | undefined;
  /** Puts the winner into service. */
  readonly promote?: boolean | undefined;
}

export interface Ended {
  readonly experiment: Experiment;
  readonly release: Release | null;
}

/**
 * Ends a running experiment with the report that it was ended on; its winner may come into service in the same transaction.
 *
 * @throws HeedError `experiment-conflict` where it has ended, `artifact-not-promotable` where its winner is the baseline.
 */
export async function endExperiment(
  context: Context,
  experiment: Experiment,
  report: EvaluationReport,
  { by, why, status, winner, promote = false }: Ending,
): Promise<Ended> {
  const { store, clock } = context;
  const { id, loop, name, arms } = experiment;
  const arm = winner === undefined ? null : arms.find((each) => each.name === winner);
  if (arm === undefined)
    throw new HeedError(
      'invalid-input',
      `cannot conclude the experiment ${name}, as winner must be one of ${arms.map((each) => each.name).join(', ')}: it is ${winner}`,
    );
  return store.transaction(
    async (transaction) => {
      const put = promote ? await promoteWinner(context, experiment, arm, { by, why, report }, transaction) : null;
      const end = {
        status,
        end: {
          by,
          why,
          at: new Date(clock()).toISOString(),
          winner: winner ?? null,
          evidence: report.id,
          release: put?.id ?? null,
        },
      } as const;
      if (!(await store.experiments.end(experiment, end, transaction)))
        throw new HeedError(
          'experiment-conflict',
          `cannot end the experiment ${name} (${id}), as it must be running: it has ended`,
        );
      await store.evaluationReports.insert(report, transaction);
      return { experiment: { ...experiment, ...end }, release: put };
    },
    { lock: releaseLock(loop) },
  );
}

/** Puts the winner into service; `null` where it serves already. */
async function promoteWinner(
  context: Context,
  { name, loop }: Experiment,
  winner: ExperimentArm | null,
  { by, why, report }: Reason & { readonly report: EvaluationReport },
  transaction: Executor,
): Promise<Release | null> {
  if (winner === null || winner.artifact === null)
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the winner of ${name}, as it must be an arm with a policy of its own: it is ${winner === null ? 'not named' : 'the baseline'}`,
    );
  await requireNotSuperseded(context, loop, winner.artifact, transaction);
  if ((await context.store.releases.latest(loop, 'full', transaction))?.artifact === winner.artifact) return null;
  const reason = `the arm ${winner.name} won the experiment ${name}: ${why}`;
  return release(context, { id: winner.artifact, loop }, 'full', { by, why: reason, evidence: report.id }, transaction);
}

/** Ends an experiment of which an arm could not decide, on whatever process that was. Told twice, it is done once. */
export async function stopFaulty(context: Context, id: string, arm: string, fault: string): Promise<void> {
  const experiment = await context.store.experiments.get(id);
  const loop = experiment === null ? undefined : context.loops.get(experiment.loop);
  if (experiment === null || loop === undefined || experiment.status !== 'running') return;
  await stopByItself(context, loop, experiment, `the arm ${arm} could not decide: ${fault}`);
}

/** Ends an experiment by Heed's own word; one that has ended meanwhile stays as it is. */
export async function stopByItself(
  context: Context,
  { configuration }: RunningLoop,
  experiment: Experiment,
  why: string,
): Promise<Experiment | null> {
  const { report } = await analyseExperiment(context, experiment, configuration);
  try {
    const verdict = { outcome: 'stop', because: why };
    const ended = await endExperiment(
      context,
      experiment,
      { ...report, verdict },
      { by: 'heed', why, status: 'stopped' },
    );
    await createAudit(context).write({
      who: 'heed',
      action: 'stopExperiment',
      loop: experiment.loop,
      target: experiment.id,
      detail: { why },
    });
    return ended.experiment;
  } catch (error) {
    if (isHeedError(error, 'experiment-conflict')) return null;
    throw error;
  }
}
