import { z } from 'zod';
import { coverLeast, createFeatureEncoder } from '../math/index.ts';
import type { Experience, Learner, LoopConfiguration } from '../spec/index.ts';
import { learnExample } from './adaptive-gradient.ts';
import type { GradientOptions } from './adaptive-gradient.ts';
import { createBatchEnsemble } from './batch-ensemble.ts';
import type { BatchEnsembleState } from './batch-ensemble.ts';
import { fitCover } from './batch-fits.ts';
import { batchFields } from './batch-options.ts';
import { byOracle, namesOracle } from './by-oracle.ts';
import { countExample, countSkipped } from './counts.ts';
import type { ExampleFeatures } from './example-features.ts';
import { claimOwners, copyModels, ensembleArtifact, hashedSum, initEnsemble, resumeEnsemble } from './hashed-models.ts';
import type { EnsembleState, HashedModels } from './hashed-models.ts';
import { parseOptions, refuseExploration } from './parse-options.ts';

/*
 * Online cover: a regression of the reward, and N policies that are made to differ. Each example gives an estimate of
 * every action's reward; the first policy learns it as it is, each later one with a bonus for what the earlier ones do
 * not choose. With y the reward from 0 to 1, f the regression, p the probability of the action taken:
 *
 *     ŷ(a) = f(x, a) + 1[a taken] (y − f(x, a)) / p                   ε = min(1/K, 1/√(K t))
 *     policy i learns  ŷ(a) + ψ ε / (ε + (1 − K ε) q_i(a))             q_i(a) = share of the policies before i that choose a
 *     p_a = (1 − K ε) (share of the policies that choose a) + ε
 *
 * Agarwal, Hsu, Kale, Langford, Li, Schapire 2014, Taming the monster, section 5; Bietti, Agarwal, Langford 2021,
 * A contextual bandit bake-off, algorithm 6.
 * Deviations: 1. 1 / p is cut at `importanceCap`. 2. Policies are regressions of ŷ over all actions, whose best is chosen.
 * 3. Over trees and networks all of them are fitted anew, one after the other, with the ε of the newest example.
 */

/** What online cover does where its options say nothing. */
export const onlineCoverDefaults = { policies: 4, psi: 0.1, importanceCap: 50, learningRate: 0.5, l2: 0 } as const;

const optionsSchema = z.strictObject({
  policies: z.number().int().min(2).max(64).default(onlineCoverDefaults.policies),
  psi: z.number().nonnegative().default(onlineCoverDefaults.psi),
  importanceCap: z.number().min(1).default(onlineCoverDefaults.importanceCap),
  learningRate: z.number().positive().default(onlineCoverDefaults.learningRate),
  l2: z.number().nonnegative().default(onlineCoverDefaults.l2),
});
const batchSchema = z.strictObject({
  oracle: z.enum(['trees', 'mlp']),
  policies: optionsSchema.shape.policies,
  psi: optionsSchema.shape.psi,
  importanceCap: optionsSchema.shape.importanceCap,
  ...batchFields,
});
export type OnlineCoverOptions = z.infer<typeof optionsSchema>;
export type BatchCoverOptions = z.infer<typeof batchSchema>;
type LinearState = EnsembleState<OnlineCoverOptions>;
export type OnlineCoverState = LinearState | BatchEnsembleState<BatchCoverOptions>;

/**
 * Explores by online cover: policies that are made to differ vote.
 *
 * @param options.policies N, 2 to 64. Default 4.
 * @param options.psi ψ, not negative: how strongly policies are made to differ. Default 0.1.
 * @param options.importanceCap largest 1 / probability, at least 1. Default 50.
 * @param options.learningRate above 0. Default 0.5.
 * @param options.l2 each example divides its features' weights by 1 + l2. Default 0.
 * @param options.oracle `trees` or `mlp`: models that are fitted anew to the newest `window` (6,000) decisions, of which
 * all candidates are remembered, with `mostFeatures` (512) and the oracle's options under its name, as for `batchErm`;
 * then there is no `learningRate` or `l2`. Left out: linear.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function onlineCover(options: z.input<typeof optionsSchema> | z.input<typeof batchSchema> = {}): {
  name: 'online-cover';
  options: OnlineCoverOptions | BatchCoverOptions;
} {
  const schema = namesOracle(options) ? batchSchema : optionsSchema;
  return { name: 'online-cover', options: parseOptions('online-cover', schema, options) };
}

const linearLearner: Learner<LinearState> = {
  name: 'online-cover',
  needs(configuration) {
    readOptions(configuration);
    return { signal: 'reward', propensity: true, rewardRange: true };
  },
  init,
  update,
  toArtifact: (state) => ensembleArtifact(state, 'online-cover', { loss: 'squared', method: { name: 'online-cover' } }),
  fromArtifact: (configuration, content) =>
    resumeEnsemble(init(configuration, ''), content, { method: 'online-cover', loss: 'squared' }),
  subjects: null,
};

const batchLearner = createBatchEnsemble<BatchCoverOptions>({
  name: 'online-cover',
  read(configuration) {
    refuseExploration(configuration);
    return parseOptions('online-cover', batchSchema, configuration.learner.options);
  },
  method: () => ({ name: 'online-cover' }),
  loss: 'squared',
  fit: fitCover,
  importanceCap: ({ importanceCap }) => importanceCap,
});

/** The learner called `online-cover`. */
export const onlineCoverLearner: Learner<OnlineCoverState> = byOracle(linearLearner, batchLearner);

function readOptions(configuration: LoopConfiguration): OnlineCoverOptions {
  refuseExploration(configuration);
  return parseOptions('online-cover', optionsSchema, configuration.learner.options);
}

function init(configuration: LoopConfiguration, seed: string): LinearState {
  const options = readOptions(configuration);
  return initEnsemble(configuration, options, options.policies + 1, seed);
}

function update(state: LinearState, experiences: readonly Experience[]): LinearState {
  const { configuration, options } = state;
  const { range } = configuration.reward;
  const gradient: GradientOptions = { loss: 'squared', learningRate: options.learningRate, l2: options.l2 };
  const encoder = createFeatureEncoder(configuration.features);
  const models = copyModels(state.models);
  let { counts } = state;
  for (const { request, item, reward, weight, probability } of experiences) {
    const allowed = request.candidates.filter((candidate) => !request.excluded.has(candidate.item));
    const taken = allowed.findIndex((candidate) => candidate.item === item);
    const rows = allowed.map((candidate): ExampleFeatures => {
      const { hashes, values, starts } = encoder.rows(request, [candidate]);
      const length = starts.at(-1) ?? 0;
      return { hashes: hashes.slice(0, length), values: values.slice(0, length), length };
    });
    const usable =
      taken >= 0 &&
      probability !== null &&
      probability > 0 &&
      Number.isFinite(reward) &&
      Number.isFinite(weight) &&
      rows.every(({ values }) => values.every(Number.isFinite));
    if (!usable) {
      counts = countSkipped(counts);
      continue;
    }
    const y = (reward - range[0]) / (range[1] - range[0]);
    const importance = Math.min(options.importanceCap, 1 / probability);
    const prediction = learnOne(
      models,
      rows,
      { taken, y, weight, importance },
      coverLeast(rows.length, counts.examples + 1),
      {
        psi: options.psi,
        gradient,
      },
    );
    counts = countExample(counts, reward, range[0] + (range[1] - range[0]) * prediction);
  }
  return { ...state, models, counts };
}

/** Teaches the regression and the policies one example; returns what the regression had said of the action taken. */
function learnOne(
  models: HashedModels,
  rows: readonly ExampleFeatures[],
  { taken, y, weight, importance }: { taken: number; y: number; weight: number; importance: number },
  least: number,
  { psi, gradient }: { psi: number; gradient: GradientOptions },
): number {
  const [regression, ...policies] = models.tables;
  if (regression === undefined) return 0;
  const estimates = rows.map((row) => hashedSum(regression, row));
  const prediction = estimates[taken] ?? 0;
  estimates[taken] = prediction + (y - prediction) * importance;
  for (const row of rows) claimOwners(row, models);
  const own = rows[taken];
  if (own !== undefined) learnExample(regression, { ...own, label: y, weight }, gradient);
  const chosen = new Float64Array(rows.length);
  policies.forEach((policy, before) => {
    rows.forEach((row, action) => {
      const share = before === 0 ? 1 : (chosen[action] ?? 0) / before;
      const bonus = before === 0 ? 0 : (psi * least) / (least + (1 - rows.length * least) * share);
      learnExample(policy, { ...row, label: (estimates[action] ?? 0) + bonus, weight }, gradient);
    });
    const sums = rows.map((row) => hashedSum(policy, row));
    const best = sums.indexOf(Math.max(...sums));
    chosen[best] = (chosen[best] ?? 0) + 1;
  });
  return prediction;
}
