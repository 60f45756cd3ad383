import { z } from 'zod';
import { createFeatureEncoder, createRandom, linkReward01, poissonOne } from '../math/index.ts';
import type { Experience, Learner, LoopConfiguration } from '../spec/index.ts';
import { learnExample } from './adaptive-gradient.ts';
import { createBatchEnsemble } from './batch-ensemble.ts';
import type { BatchEnsembleState } from './batch-ensemble.ts';
import { fitBagging } from './batch-fits.ts';
import { batchFields } from './batch-options.ts';
import { byOracle, namesOracle } from './by-oracle.ts';
import { countExample, countSkipped } from './counts.ts';
import { exampleFeatures } from './example-features.ts';
import {
  claimOwners,
  copyModels,
  ensembleArtifact,
  hashedSum,
  initEnsemble,
  labelOf,
  resumeEnsemble,
} from './hashed-models.ts';
import type { EnsembleState } from './hashed-models.ts';
import { parseOptions, refuseExploration } from './parse-options.ts';

/*
 * Bagging: several hashed linear regressions of the reward, each of which sees every example as often as a Poisson draw
 * of mean 1 says, so that they differ where little is known. The policy asks one of them, all as likely.
 *
 *     model m:  weight ← weight · Poisson(1)          p_a = (number of models whose best is a) / models
 *
 * Oza, Russell 2001, Online bagging and boosting; Eckles, Kaptein 2014, Thompson sampling with the online bootstrap;
 * Bietti, Agarwal, Langford 2021, A contextual bandit bake-off, algorithm 5.
 */

/** What bagging does where its options say nothing. */
export const baggingDefaults = { models: 8, loss: 'squared', learningRate: 0.5, l2: 0 } as const;

const optionsSchema = z.strictObject({
  models: z.number().int().min(2).max(64).default(baggingDefaults.models),
  loss: z.enum(['squared', 'logistic']).default(baggingDefaults.loss),
  learningRate: z.number().positive().default(baggingDefaults.learningRate),
  l2: z.number().nonnegative().default(baggingDefaults.l2),
});
const batchSchema = z.strictObject({
  oracle: z.enum(['trees', 'mlp']),
  models: optionsSchema.shape.models,
  ...batchFields,
});
export type BaggingOptions = z.infer<typeof optionsSchema>;
export type BatchBaggingOptions = z.infer<typeof batchSchema>;
type LinearState = EnsembleState<BaggingOptions>;
export type BaggingState = LinearState | BatchEnsembleState<BatchBaggingOptions>;

/**
 * Explores by bagging: models that saw other draws of the same examples vote.
 *
 * @param options.models 2 to 64. Default 8.
 * @param options.loss `squared`, or `logistic` with rewards mapped to [0, 1] by the declared range. Default squared.
 * @param options.learningRate above 0. Default 0.5.
 * @param options.l2 each example divides its features' weights by 1 + l2. Default 0.
 * @param options.oracle `trees` or `mlp`: models that are fitted anew to the newest `window` (6,000) examples, by the
 * logistic loss, with `mostFeatures` (512) and the oracle's options under its name, as for `batchErm`; then there is no
 * `loss`, `learningRate` or `l2`. Left out: linear.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function bagging(options: z.input<typeof optionsSchema> | z.input<typeof batchSchema> = {}): {
  name: 'bagging';
  options: BaggingOptions | BatchBaggingOptions;
} {
  const schema = namesOracle(options) ? batchSchema : optionsSchema;
  return { name: 'bagging', options: parseOptions('bagging', schema, options) };
}

const linearLearner: Learner<LinearState> = {
  name: 'bagging',
  needs(configuration) {
    readOptions(configuration);
    return { signal: 'reward', propensity: false, rewardRange: true };
  },
  init,
  update,
  toArtifact: (state) => ensembleArtifact(state, 'bagging', { loss: state.options.loss, method: { name: 'bagging' } }),
  fromArtifact(configuration, content) {
    const fresh = init(configuration, '');
    return resumeEnsemble(fresh, content, { method: 'bagging', loss: fresh.options.loss });
  },
  subjects: null,
};

const batchLearner = createBatchEnsemble<BatchBaggingOptions>({
  name: 'bagging',
  read(configuration) {
    refuseExploration(configuration);
    return parseOptions('bagging', batchSchema, configuration.learner.options);
  },
  method: () => ({ name: 'bagging' }),
  loss: 'logistic',
  fit: (problem, { models }) => fitBagging(problem, models),
  importanceCap: () => null,
});

/** The learner called `bagging`. */
export const baggingLearner: Learner<BaggingState> = byOracle(linearLearner, batchLearner);

function readOptions(configuration: LoopConfiguration): BaggingOptions {
  refuseExploration(configuration);
  return parseOptions('bagging', optionsSchema, configuration.learner.options);
}

function init(configuration: LoopConfiguration, seed: string): LinearState {
  const options = readOptions(configuration);
  return initEnsemble(configuration, options, options.models, seed);
}

function update(state: LinearState, experiences: readonly Experience[]): LinearState {
  const { configuration, options, seed } = state;
  const [least, largest] = configuration.reward.range;
  const encoder = createFeatureEncoder(configuration.features);
  const models = copyModels(state.models);
  let { counts } = state;
  for (const experience of experiences) {
    const features = exampleFeatures(encoder, experience);
    if (features === null) {
      counts = countSkipped(counts);
      continue;
    }
    const label = labelOf(options.loss, configuration.reward.range, experience.reward);
    const sums = models.tables.map((each) => linkReward01(options.loss, hashedSum(each, features)));
    const prediction = sums.reduce((total, each) => total + each, 0) / sums.length;
    const chance = createRandom(`${seed} ${counts.examples}`);
    claimOwners(features, models);
    for (const tables of models.tables) {
      const weight = experience.weight * poissonOne(chance.uniform());
      if (weight > 0) learnExample(tables, { ...features, label, weight }, options);
    }
    counts = countExample(counts, experience.reward, least + (largest - least) * prediction);
  }
  return { ...state, models, counts };
}
