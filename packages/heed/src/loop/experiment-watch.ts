import { isHeedError } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { stopByItself } from './experiment-end.ts';
import type { StopReason } from './experiment-end.ts';
import { analyseExperiment } from './experiment-evidence.ts';
import type { ServingState } from './serving-state.ts';

/**
 * Ends a loop's experiment where it must not go on: a guardrail is crossed, the arms have not got their shares, the loop has
 * another version, an arm's policy is gone or had learned from somebody who was forgotten; and at its horizon. All that it
 * goes by are rows: any worker goes on where another one ended.
 *
 * @returns the experiment that was ended; `null` where there is nothing to do.
 */
export async function watchExperiment(
  context: Context,
  state: Pick<ServingState, 'artifact'>,
  loop: RunningLoop,
): Promise<Experiment | null> {
  const experiment = await context.store.experiments.running(loop.configuration.name);
  if (experiment === null) return null;
  const reason = await whyStopped(context, state, loop, experiment);
  return reason === null ? null : stopByItself(context, loop, experiment, reason);
}

async function whyStopped(
  context: Context,
  state: Pick<ServingState, 'artifact'>,
  loop: RunningLoop,
  experiment: Experiment,
): Promise<StopReason | null> {
  const { configuration, version } = loop;
  if (experiment.loopVersion !== version)
    return { cause: 'loopVersion', why: `the loop has the version ${version} now` };
  const { store } = context;
  for (const { name, artifact } of experiment.arms) {
    if (artifact === null) continue;
    const superseded = { loop: experiment.loop, artifact, step: 'superseded', limit: 1 } as const;
    if ((await store.releases.list(superseded)).items.length > 0)
      return { cause: 'forgotten', why: `the arm ${name} had learned from a subject who was forgotten` };
    const gone = await whyGone(state, artifact);
    if (gone !== null) return { cause: 'fault', why: `the arm ${name} has no policy any more: ${gone}` };
  }
  const { result } = await analyseExperiment(context, experiment, configuration);
  if (result.stop !== null) return { cause: result.sampleRatio.suspicious ? 'shares' : 'guardrail', why: result.stop };
  return atHorizon(
    experiment,
    result.arms.reduce((sum, { units }) => sum + units, 0),
    context.clock(),
  );
}

async function whyGone(state: Pick<ServingState, 'artifact'>, artifact: string): Promise<string | null> {
  try {
    await state.artifact(artifact);
    return null;
  } catch (error) {
    // A store that is away for a while has lost nothing.
    if (isHeedError(error, 'not-found')) return error.message;
    throw error;
  }
}

function atHorizon({ horizon, startedAt }: Experiment, units: number, now: number): StopReason | null {
  const { subjects, seconds } = horizon ?? {};
  if (subjects !== undefined && units >= subjects)
    return { cause: 'horizon', why: `its horizon of ${subjects} subjects is reached` };
  if (seconds !== undefined && now >= Date.parse(startedAt) + seconds * 1_000)
    return { cause: 'horizon', why: `its horizon of ${seconds} seconds is reached` };
  return null;
}
