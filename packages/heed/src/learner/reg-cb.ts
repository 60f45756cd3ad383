import { z } from 'zod';
import { createFeatureEncoder, linkReward01 } from '../math/index.ts';
import type { Experience, Learner, LoopConfiguration } from '../spec/index.ts';
import { learnExample } from './adaptive-gradient.ts';
import { createBatchEnsemble } from './batch-ensemble.ts';
import type { BatchEnsembleState } from './batch-ensemble.ts';
import { fitRegCb } from './batch-fits.ts';
import { batchFields } from './batch-options.ts';
import { byOracle, namesOracle } from './by-oracle.ts';
import { countExample, countSkipped } from './counts.ts';
import { exampleFeatures } from './example-features.ts';
import { claimOwners, copyModels, ensembleArtifact, initEnsemble, labelOf, resumeEnsemble } from './hashed-models.ts';
import type { EnsembleState } from './hashed-models.ts';
import { parseOptions, refuseExploration } from './parse-options.ts';

/*
 * RegCB: a hashed linear regression of the reward, and for each candidate the largest and the smallest value that a
 * regression nearly as good could give it. Nearly as good: its loss on all examples exceeds the least one by β at most.
 * To second order, with the curvature of each weight by itself, `H_i = 1 + Σ w ℓ''(ŷ) x_i²`:
 *
 *     ŷ± = ŷ ± √(2 β Σ x_i² / H_i)         β = mellowness · log(1 + K t)
 *     optimistic: the best ŷ+          elimination: all with ŷ+ ≥ max ŷ−, each as likely
 *
 * Foster, Agarwal, Dudík, Luo, Schapire 2018, Practical contextual bandits with regression oracles, algorithms 1 and 2.
 * Deviations: 1. the bound is found in closed form from diagonal curvatures, not by a search with the oracle: it is exact
 * where features do not occur together. 2. Each weight has one unit of curvature beforehand. 3. Over trees the regressions
 * meant are those that differ from the fitted one by a constant on one leaf: of the leaves that a candidate comes to, the
 * one with the least curvature counts, `ŷ± = ŷ ± √(2 β / H)`. 4. Over a network the regressions meant are those that
 * differ from the fitted one in the last layer: with φ what that layer is given and a constant,
 * `H = 1 + Σ w ℓ''(ŷ) φ φᵀ` and `ŷ± = ŷ ± √(2 β φᵀ H⁻¹ φ)`.
 */

/** What RegCB does where its options say nothing. */
export const regCbDefaults = {
  rule: 'optimistic',
  mellowness: 0.01,
  loss: 'squared',
  learningRate: 0.5,
  l2: 0,
} as const;

const optionsSchema = z.strictObject({
  rule: z.enum(['optimistic', 'elimination']).default(regCbDefaults.rule),
  mellowness: z.number().nonnegative().default(regCbDefaults.mellowness),
  loss: z.enum(['squared', 'logistic']).default(regCbDefaults.loss),
  learningRate: z.number().positive().default(regCbDefaults.learningRate),
  l2: z.number().nonnegative().default(regCbDefaults.l2),
});
const batchSchema = z.strictObject({
  oracle: z.enum(['trees', 'mlp']),
  rule: optionsSchema.shape.rule,
  mellowness: optionsSchema.shape.mellowness,
  ...batchFields,
});
export type RegCbOptions = z.infer<typeof optionsSchema>;
export type BatchRegCbOptions = z.infer<typeof batchSchema>;
type LinearState = EnsembleState<RegCbOptions>;
export type RegCbState = LinearState | BatchEnsembleState<BatchRegCbOptions>;

/**
 * Explores by RegCB: among what a regression nearly as good as the best might say.
 *
 * @param options.rule `optimistic`: the largest bound; `elimination`: any candidate that may be the best. Default optimistic.
 * @param options.mellowness not negative: how much worse a regression may be. Default 0.01.
 * @param options.loss `squared`, or `logistic` with rewards mapped to [0, 1] by the declared range. Default squared.
 * @param options.learningRate above 0. Default 0.5.
 * @param options.l2 each example divides its features' weights by 1 + l2. Default 0.
 * @param options.oracle `trees` or `mlp`: fitted anew to the newest `window` (6,000) examples, by the logistic loss, with
 * `mostFeatures` (512) and the oracle's options under its name, as for `batchErm`; then there is no `loss`,
 * `learningRate` or `l2`. Left out: linear.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function regCb(options: z.input<typeof optionsSchema> | z.input<typeof batchSchema> = {}): {
  name: 'reg-cb';
  options: RegCbOptions | BatchRegCbOptions;
} {
  const schema = namesOracle(options) ? batchSchema : optionsSchema;
  return { name: 'reg-cb', options: parseOptions('reg-cb', schema, options) };
}

const linearLearner: Learner<LinearState> = {
  name: 'reg-cb',
  needs(configuration) {
    readOptions(configuration);
    return { signal: 'reward', propensity: false, rewardRange: true };
  },
  init,
  update,
  toArtifact(state) {
    const { loss, rule, mellowness } = state.options;
    return ensembleArtifact(state, 'reg-cb', { loss, method: { name: 'reg-cb', rule, mellowness } });
  },
  fromArtifact(configuration, content) {
    const fresh = init(configuration, '');
    return resumeEnsemble(fresh, content, { method: 'reg-cb', loss: fresh.options.loss });
  },
  subjects: null,
};

const batchLearner = createBatchEnsemble<BatchRegCbOptions>({
  name: 'reg-cb',
  read(configuration) {
    refuseExploration(configuration);
    return parseOptions('reg-cb', batchSchema, configuration.learner.options);
  },
  method: ({ rule, mellowness }) => ({ name: 'reg-cb', rule, mellowness }),
  loss: 'logistic',
  fit: fitRegCb,
  importanceCap: () => null,
});

/** The learner called `reg-cb`. */
export const regCbLearner: Learner<RegCbState> = byOracle(linearLearner, batchLearner);

function readOptions(configuration: LoopConfiguration): RegCbOptions {
  refuseExploration(configuration);
  return parseOptions('reg-cb', optionsSchema, configuration.learner.options);
}

function init(configuration: LoopConfiguration, seed: string): LinearState {
  return initEnsemble(configuration, readOptions(configuration), 1, seed);
}

function update(state: LinearState, experiences: readonly Experience[]): LinearState {
  const { configuration, options } = state;
  const [least, largest] = configuration.reward.range;
  const encoder = createFeatureEncoder(configuration.features);
  const models = copyModels(state.models);
  const [tables] = models.tables;
  const mask = models.curvatures.length - 1;
  let { counts } = state;
  for (const experience of experiences) {
    const features = exampleFeatures(encoder, experience);
    if (features === null || tables === undefined) {
      counts = countSkipped(counts);
      continue;
    }
    const { reward, weight } = experience;
    const label = labelOf(options.loss, configuration.reward.range, reward);
    claimOwners(features, models);
    const prediction = linkReward01(options.loss, learnExample(tables, { ...features, label, weight }, options));
    const curve = weight * (options.loss === 'squared' ? 1 : prediction * (1 - prediction));
    for (let at = 0; at < features.length; at += 1) {
      const slot = (features.hashes[at] ?? 0) & mask;
      models.curvatures[slot] = (models.curvatures[slot] ?? 0) + curve * (features.values[at] ?? 0) ** 2;
    }
    counts = countExample(counts, reward, least + (largest - least) * prediction);
  }
  return { ...state, models, counts };
}
