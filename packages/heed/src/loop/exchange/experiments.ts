import { HeedError } from '../../spec/index.ts';
import type { Experiment } from '../../spec/index.ts';
import type { Executor, Store } from '../../store/index.ts';

/**
 * Looks whether an experiment that comes from elsewhere has its place here.
 *
 * @throws HeedError `experiment-conflict` where another one has its name, or runs in its loop as it does.
 */
export async function requireAlone(store: Store, experiment: Experiment, transaction?: Executor): Promise<void> {
  const { id, loop, name, end } = experiment;
  const refuse = (what: string): never => {
    throw new HeedError('experiment-conflict', `cannot import the experiment ${name} (${id}), as ${what}`);
  };
  const [same] = (await store.experiments.list({ loop, name, limit: 1 }, transaction)).items;
  if (same !== undefined && same.id !== id) refuse(`its name must be its own in ${loop}: ${same.id} has it`);
  const running = end === null ? await store.experiments.running(loop, transaction) : null;
  if (running !== null && running.id !== id)
    refuse(`no other experiment must run in ${loop}: ${running.name} (${running.id}) does`);
}
