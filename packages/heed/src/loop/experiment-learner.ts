import { HeedError } from '../spec/index.ts';
import type { ArmPolicy, Experiment, LoopConfiguration } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import { draftArtifact } from './artifacts.ts';
import { loopDefaults } from './configuration.ts';
import type { Context, RunningLoop } from './context.ts';
import { derivationOf } from './derive.ts';
import { createExperienceReader } from './experience.ts';
import { waitingSignals } from './train.ts';
import { codeVersion } from './version.ts';

/** A policy that was trained for an arm, and is stored with its experiment. */
export interface TrainedArm {
  /** Stores it, with the signals that it was trained on, and tells its id. */
  keep(transaction: Executor): Promise<string>;
}

/**
 * Trains the arms that have a learner of their own on all that the loop knows so far, before the experiment is begun: trainings
 * take long, and hold up no release meanwhile.
 */
export async function trainArms(
  context: Context,
  loop: RunningLoop,
  { loop: name, name: experiment, arms }: Experiment,
): Promise<ReadonlyMap<string, TrainedArm>> {
  const wanted = arms.flatMap(({ name: arm, policy }) => (policy.type === 'learner' ? [{ arm, policy }] : []));
  // One of this name is refused, or is what was asked for: there is nothing to train for.
  if (
    wanted.length === 0 ||
    (await context.store.experiments.list({ loop: name, name: experiment, limit: 1 })).items[0]
  )
    return new Map();
  const trained = new Map<string, TrainedArm>();
  for (const { arm, policy } of wanted)
    trained.set(arm, await trainArm(context, loop, `experiment:${name}:${experiment}:${arm}`, policy));
  return trained;
}

async function trainArm(
  context: Context,
  loop: RunningLoop,
  lineage: string,
  { learner: named, exploration }: Extract<ArmPolicy, { type: 'learner' }>,
): Promise<TrainedArm> {
  const { store, registry, clock, newSeed } = context;
  const configuration: LoopConfiguration = {
    ...loop.configuration,
    learner: named,
    // As in a loop that names this learner alone: many explore in a way of their own, and refuse another.
    exploration: exploration ?? loopDefaults.exploration[loop.configuration.action.type],
  };
  const learner = registry.learner(configuration);
  const seed = newSeed();
  const forgotten = await store.transaction((transaction) => store.subjects.holdForgetting(transaction));
  const signals = await waitingSignals(context, loop, lineage);
  const reader = createExperienceReader(context);
  let state = learner.init(configuration, seed);
  for (let from = 0; from < signals.length; from += context.training.batchSignals) {
    const batch = signals.slice(from, from + context.training.batchSignals);
    const alternatives = learner.alternatives === true;
    state = learner.update(state, await reader.experiences(batch, { alternatives }), clock());
  }
  if (learner.settle !== undefined) state = await learner.settle(state);
  const made = learner.toArtifact(state);
  registry.read(configuration.name, made);
  return {
    async keep(transaction) {
      if ((await store.subjects.holdForgetting(transaction)) !== forgotten)
        throw new HeedError(
          'overloaded',
          `cannot start the experiment, as nobody must be forgotten while an arm of it is trained: somebody was (try again)`,
        );
      const { artifact, files } = draftArtifact(context, made, {
        configuration,
        loopVersion: loop.version,
        lineage: {
          parent: null,
          derivation: derivationOf(loop),
          signals: { before: 0, used: signals.length },
          datasets: [],
          codeVersion,
          seed,
        },
      });
      await store.artifacts.insert(artifact, files, transaction);
      const ids = signals.map(({ id }) => id);
      await store.signals.use(lineage, ids, artifact.id, transaction);
      return artifact.id;
    },
  };
}
