import { HeedError } from '../spec/index.ts';
import type { ArmPolicy, Artifact, ExperimentArm, LoopConfiguration } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import { draftArtifact } from './artifacts.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';
import type { TrainedArm } from './experiment-learner.ts';
import { requireNotSuperseded } from './releases.ts';
import type { ServingState } from './serving-state.ts';
import { codeVersion } from './version.ts';

/**
 * Finds, or makes, the artifact that decides in an arm; `null` for the baseline. A variant becomes an artifact of its own, so
 * that each decision names what made it, and can be replayed.
 *
 * @param trained what was trained for the arms that have a learner of their own.
 * @throws HeedError `not-found`, `artifact-not-promotable`, `invalid-input`.
 */
export async function armArtifact(
  context: Context,
  state: Pick<ServingState, 'artifact'>,
  loop: RunningLoop,
  { name, policy }: Pick<ExperimentArm, 'name' | 'policy'>,
  trained: ReadonlyMap<string, TrainedArm>,
  transaction: Executor,
): Promise<string | null> {
  const { name: loopName } = loop.configuration;
  if (policy.type === 'baseline') return null;
  if (policy.type === 'learner') return requireTrained(trained, name).keep(transaction);
  if (policy.type === 'artifact') {
    const artifact = await requirePolicy(context, loopName, name, policy.artifact);
    await requireNotSuperseded(context, loopName, artifact.id, transaction);
    await state.artifact(artifact.id);
    return artifact.id;
  }
  const serving = await context.store.releases.latest(loopName, 'full', transaction);
  if (serving === null)
    throw new HeedError(
      'not-found',
      `cannot start an experiment in ${loopName}, as something must serve it: nothing does`,
    );
  if (policy.type === 'serving') return serving.artifact;
  return makeVariant(context, loop, await state.artifact(serving.artifact), policy, transaction);
}

function requireTrained(trained: ReadonlyMap<string, TrainedArm>, arm: string): TrainedArm {
  const found = trained.get(arm);
  if (found !== undefined) return found;
  throw new HeedError('internal', `cannot serve the arm ${arm}, as its learner must have been trained: it was not`);
}

async function requirePolicy({ store }: Context, loop: string, arm: string, id: string): Promise<Artifact> {
  const artifact = await store.artifacts.get(id);
  if (artifact === null || artifact.loop !== loop)
    throw new HeedError(
      'not-found',
      `cannot serve the arm ${arm}, as its artifact must be one of the loop ${loop}: ${id} is not`,
    );
  if (artifact.role !== 'policy')
    throw new HeedError(
      'artifact-not-promotable',
      `cannot serve the arm ${arm}, as its artifact must be a policy: ${id} is a ${artifact.role}`,
    );
  return artifact;
}

async function makeVariant(
  context: Context,
  { configuration, version }: RunningLoop,
  { artifact: base, content }: LoadedArtifact,
  { exploration, learner: options }: Extract<ArmPolicy, { type: 'variant' }>,
  transaction: Executor,
): Promise<string> {
  const varied: LoopConfiguration = {
    ...configuration,
    exploration: exploration ?? configuration.exploration,
    learner: options ?? configuration.learner,
  };
  const learner = context.registry.learner(varied);
  const made = learner.toArtifact(learner.fromArtifact(varied, content));
  // An option that does not fit is refused here, not at the first decision.
  context.registry.read(varied.name, made);
  const { signals, derivation, seed } = base.lineage;
  const { artifact, files } = draftArtifact(context, made, {
    configuration: varied,
    loopVersion: version,
    lineage: {
      parent: base.id,
      derivation,
      signals: { before: signals.before + signals.used, used: 0 },
      datasets: [],
      codeVersion,
      seed,
    },
  });
  await context.store.artifacts.insert(artifact, files, transaction);
  return artifact.id;
}
