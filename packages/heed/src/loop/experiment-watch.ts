import type { Experiment } from '../spec/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { stopByItself } from './experiment-end.ts';
import { analyseExperiment } from './experiment-evidence.ts';

/**
 * Ends a loop's experiment where it must not go on: a guardrail is crossed, the arms have not got their shares, the loop has
 * another version, or an arm had learned from somebody who was forgotten. All that it goes by are rows: any worker goes on
 * where another one ended.
 *
 * @returns the experiment that was ended; `null` where there is nothing to do.
 */
export async function watchExperiment(context: Context, loop: RunningLoop): Promise<Experiment | null> {
  const experiment = await context.store.experiments.running(loop.configuration.name);
  if (experiment === null) return null;
  const why = await whyStopped(context, loop, experiment);
  return why === null ? null : stopByItself(context, loop, experiment, why);
}

async function whyStopped(context: Context, loop: RunningLoop, experiment: Experiment): Promise<string | null> {
  const { configuration, version } = loop;
  if (experiment.loopVersion !== version) return `the loop has the version ${version} now`;
  const { store } = context;
  for (const { name, artifact } of experiment.arms) {
    if (artifact === null) continue;
    const superseded = { loop: experiment.loop, artifact, step: 'superseded', limit: 1 } as const;
    if ((await store.releases.list(superseded)).items.length > 0)
      return `the arm ${name} had learned from a subject who was forgotten`;
  }
  return (await analyseExperiment(context, experiment, configuration)).result.stop;
}
