import { HeedError, isHeedError } from '../spec/index.ts';
import type { ExperimentResult } from '../evaluation/experiment/index.ts';
import type { Experiment, ExperimentArm, ExperimentCause, Release } from '../spec/index.ts';
import { claimKey } from '../store/index.ts';
import type { Executor } from '../store/index.ts';
import { release } from './artifacts.ts';
import { createAudit } from './audit.ts';
import type { Context, RunningLoop } from './context.ts';
import { payloadHash } from './decide.ts';
import { requireStored } from './experiment-begin.ts';
import { analyseExperiment, rewardGoal } from './experiment-evidence.ts';
import type { ExperimentEvidence } from './experiment-evidence.ts';
import type { Reason, ReleaseRequest } from './heed.ts';
import { releaseLock, requireNotSuperseded } from './releases.ts';

/** Who ends an experiment, and how. The same key gives the end that was first made with it. */
export interface Ending extends ReleaseRequest {
  readonly status: 'stopped' | 'concluded';
  readonly cause: ExperimentCause;
  readonly winner?: string | undefined;
  /** Puts the winner into service. */
  readonly promote?: boolean | undefined;
}

/**
 * Ends a running experiment with the report that it was ended on; its winner may come into service in the same transaction.
 *
 * @throws HeedError `experiment-conflict` where it has ended, `artifact-not-promotable` where its winner is the baseline.
 */
export async function endExperiment(
  context: Context,
  experiment: Experiment,
  { result, report }: ExperimentEvidence,
  { idempotencyKey: key, cause, ...ending }: Ending,
): Promise<Experiment> {
  const { store, clock } = context;
  const { id, loop, name, arms } = experiment;
  const { by, why, status, winner, promote = false } = ending;
  const arm = winner === undefined ? null : arms.find((each) => each.name === winner);
  if (arm === undefined)
    throw new HeedError(
      'invalid-input',
      `cannot conclude the experiment ${name}, as winner must be one of ${arms.map((each) => each.name).join(', ')}: it is ${winner}`,
    );
  return store.transaction(
    async (transaction) => {
      const payload = payloadHash(`end ${id}`, { ...ending, promote });
      const claim = key === undefined ? null : ({ kind: 'experiment', loop, key, payload, record: id } as const);
      if (claim !== null && (await claimKey(transaction, claim)) !== null)
        return requireStored(context, id, transaction);
      const put = promote
        ? await promoteWinner(context, experiment, arm, { by, why, result, report }, transaction)
        : null;
      const end = {
        status,
        end: {
          by,
          why,
          at: new Date(clock()).toISOString(),
          cause,
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
      return { ...experiment, ...end };
    },
    { lock: releaseLock(loop) },
  );
}

/** Puts the winner into service; `null` where it serves already. */
async function promoteWinner(
  context: Context,
  { name, loop }: Experiment,
  winner: ExperimentArm | null,
  { by, why, result, report }: Reason & ExperimentEvidence,
  transaction: Executor,
): Promise<Release | null> {
  if (winner === null || winner.artifact === null)
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the winner of ${name}, as it must be an arm with a policy of its own: it is ${winner === null ? 'not named' : 'the baseline'}`,
    );
  const lost = whyLost(result, winner.name);
  if (lost !== null)
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the winner of ${name}, as it must not have lost: ${lost} (conclude without promoting it, and promote ${winner.artifact} after that, if it must be)`,
    );
  await requireNotSuperseded(context, loop, winner.artifact, transaction);
  if ((await context.store.releases.latest(loop, 'full', transaction))?.artifact === winner.artifact) return null;
  const reason = `the arm ${winner.name} won the experiment ${name}: ${why}`;
  return release(context, { id: winner.artifact, loop }, 'full', { by, why: reason, evidence: report.id }, transaction);
}

/** What shows that an arm is worse than the control; `null` where nothing does. */
function whyLost({ results }: ExperimentResult, arm: string): string | null {
  const lost = results.find(
    ({ arm: name, metric, verdict, harmed, role }) =>
      name === arm && (role === 'guardrail' ? harmed : metric === rewardGoal && verdict === 'worse'),
  );
  if (lost === undefined) return null;
  return lost.role === 'guardrail'
    ? `${arm} harms ${lost.metric}`
    : `the ${lost.metric} of ${arm} is lower than that of the control`;
}

/** Ends an experiment of which an arm could not decide, on whatever process that was. Told twice, it is done once. */
export async function stopFaulty(context: Context, id: string, arm: string, fault: string): Promise<void> {
  const experiment = await context.store.experiments.get(id);
  const loop = experiment === null ? undefined : context.loops.get(experiment.loop);
  if (experiment === null || loop === undefined || experiment.status !== 'running') return;
  await stopByItself(context, loop, experiment, { cause: 'fault', why: `the arm ${arm} could not decide: ${fault}` });
}

/** Why an experiment ends without anybody's word. */
export interface StopReason {
  readonly cause: ExperimentCause;
  readonly why: string;
}

/** Ends an experiment by Heed's own word; one that has ended meanwhile stays as it is. */
export async function stopByItself(
  context: Context,
  { configuration }: RunningLoop,
  experiment: Experiment,
  { cause, why }: StopReason,
): Promise<Experiment | null> {
  const { result, report } = await analyseExperiment(context, experiment, configuration);
  // At its horizon the report says what was found; else that it was broken off.
  const verdict = cause === 'horizon' ? report.verdict : { outcome: 'stop', because: why };
  try {
    const ended = await endExperiment(
      context,
      experiment,
      { result, report: { ...report, verdict } },
      { by: 'heed', why, status: 'stopped', cause },
    );
    await createAudit(context).write({
      who: 'heed',
      action: 'stopExperiment',
      loop: experiment.loop,
      target: experiment.id,
      detail: { why },
    });
    return ended;
  } catch (error) {
    if (isHeedError(error, 'experiment-conflict')) return null;
    throw error;
  }
}
