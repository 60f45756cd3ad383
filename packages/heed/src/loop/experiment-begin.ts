import { HeedError } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import { claimKey } from '../store/index.ts';
import type { Executor } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { payloadHash } from './decide.ts';
import { armArtifact } from './experiment-arms.ts';
import { trainArms } from './experiment-learner.ts';
import { draftExperiment, requireSense } from './experiment-request.ts';
import type { ExperimentRequest } from './experiment-request.ts';
import { releaseLock } from './releases.ts';
import { candidateOf } from './releasing.ts';
import type { ServingState } from './serving-state.ts';

/** What an experiment needs to begin. */
export type Beginning = Pick<ServingState, 'artifact' | 'refresh'>;

/**
 * Starts an experiment, unless an earlier request with the same key did.
 *
 * @param known an experiment that was there before and stands for what is asked; nothing is started then.
 * @throws HeedError `invalid-input`, `experiment-conflict`, `idempotency-conflict`, and what an arm's policy may bring.
 */
export async function beginExperiment(
  context: Context,
  state: Beginning,
  loop: RunningLoop,
  { idempotencyKey: key, ...request }: Omit<ExperimentRequest, 'loop'>,
  known: (transaction: Executor) => Promise<Experiment | null> = async () => null,
): Promise<Experiment> {
  const { store } = context;
  const { name } = loop.configuration;
  const declared = draftExperiment(context, loop, request);
  requireSense(loop, declared);
  const trained = await trainArms(context, loop, declared);
  const experiment = await store.transaction(
    async (transaction) => {
      const before = await known(transaction);
      if (before !== null) return before;
      const earlier =
        key === undefined
          ? null
          : await claimKey(transaction, {
              kind: 'experiment',
              loop: name,
              key,
              payload: payloadHash('start', request),
              record: declared.id,
            });
      if (earlier !== null) return requireStored(context, earlier, transaction);
      await requireFree(context, declared, transaction);
      const arms = [];
      for (const arm of declared.arms) {
        const artifact = await armArtifact(context, state, loop, arm, trained, transaction);
        arms.push({ ...arm, artifact });
      }
      await store.experiments.insert({ ...declared, arms }, transaction);
      return { ...declared, arms };
    },
    { lock: releaseLock(name) },
  );
  await state.refresh(name);
  return experiment;
}

/** @throws HeedError `not-found` */
export async function requireStored(
  { store }: Pick<Context, 'store'>,
  id: string,
  transaction?: Executor,
): Promise<Experiment> {
  const experiment = await store.experiments.get(id, transaction);
  if (experiment !== null) return experiment;
  throw new HeedError('not-found', `cannot find the experiment ${id}, as it must be in the store: it is not`);
}

/** @throws HeedError `experiment-conflict` where the loop has an experiment or a release under way, or had one of this name. */
async function requireFree({ store }: Context, { loop, name }: Experiment, transaction: Executor): Promise<void> {
  const refuse = (what: string): never => {
    throw new HeedError('experiment-conflict', `cannot start the experiment ${name} in the loop ${loop}, as ${what}`);
  };
  const running = await store.experiments.running(loop, transaction);
  if (running !== null) refuse(`no other experiment must run in it: ${running.name} (${running.id}) does`);
  const candidate = await candidateOf(store, loop, transaction);
  if (candidate !== null)
    refuse(
      `no release must be on its way in it: ${candidate.release.artifact} is at ${candidate.release.step} (let it pass, or send it back)`,
    );
  if ((await store.experiments.list({ loop, name, limit: 1 }, transaction)).items.length > 0)
    refuse('its name must be new in the loop: one of this name was there before');
}
