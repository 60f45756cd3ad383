import type { Learner, LoopConfiguration } from '../spec/index.ts';
import type { BatchEnsembleState, BatchOptions } from './batch-ensemble.ts';
import type { EnsembleState } from './hashed-models.ts';

/** Whether options name an oracle that is fitted to batches: linear models learn online, and are meant where none is named. */
export function namesOracle(options: object): boolean {
  return 'oracle' in options;
}

/** One learner of two: over linear models that learn online, and over an oracle that is fitted to the newest examples. */
export function byOracle<Linear, Batch extends BatchOptions>(
  linear: Learner<EnsembleState<Linear>>,
  batch: Learner<BatchEnsembleState<Batch>>,
): Learner<EnsembleState<Linear> | BatchEnsembleState<Batch>> {
  type State = EnsembleState<Linear> | BatchEnsembleState<Batch>;
  const of = ({ learner }: LoopConfiguration): Learner<State> => (namesOracle(learner.options) ? batch : linear);
  return {
    name: linear.name,
    needs: (configuration) => of(configuration).needs(configuration),
    init: (configuration, seed) => of(configuration).init(configuration, seed),
    update: (state, experiences) => of(state.configuration).update(state, experiences),
    settle: async (state) => of(state.configuration).settle?.(state) ?? state,
    toArtifact: (state) => of(state.configuration).toArtifact(state),
    fromArtifact: (configuration, content) => of(configuration).fromArtifact(configuration, content),
    subjects: null,
  };
}
