import { createBanditSteps, createBanditTables } from '../../packages/heed/src/learner/bandit-steps.ts';
import { linearPosteriorDefaults } from '../../packages/heed/src/learner/index.ts';
import type { ContextualBanditOptions } from '../../packages/heed/src/learner/index.ts';
import {
  createFeatureEncoder,
  createRandom,
  drawIndex,
  emptyPosterior,
  greedyNext,
  learnPosterior,
  linearSums,
  linkReward,
  readPosterior,
  withoutItems,
} from '../../packages/heed/src/math/index.ts';
import type { FeatureRows } from '../../packages/heed/src/math/index.ts';
import { branchesOf, readExploration } from '../../packages/heed/src/policy/exploration.ts';
import { drawSlate } from '../../packages/heed/src/policy/mixture.ts';
import type { LoopConfiguration } from '../../packages/heed/src/spec/index.ts';
import type { Bandit } from './simulate.ts';

/** The contextual bandit in one process, without artifacts: the same functions, the same actions. */
export function directContextualBandit(
  { features, exploration, reward }: LoopConfiguration,
  options: ContextualBanditOptions,
): Bandit {
  const link = { loss: options.loss, rewardRange: reward.range };
  const encoder = createFeatureEncoder(features);
  const explore = readExploration(exploration);
  const learned = createBanditTables(options, 2 ** features.bits);
  const learn = createBanditSteps({ features });
  const mask = 2 ** features.bits - 1;
  let examples = 0;
  return {
    decide(request, seed) {
      const sums = linearSums(encoder.rows(request, request.candidates), learned.tables.weights, mask);
      const scores = sums.map((sum) => linkReward(link, sum));
      const branches = branchesOf(explore, { scores, rewardRange: reward.range, examples, leastProbability: 0 });
      const action = drawSlate(branches, scores.length, 1, createRandom(seed)).order[0] ?? -1;
      return { action, probability: NaN };
    },
    learn(experience) {
      const { request, item, reward: label, weight } = experience;
      const rows = encoder.rows(
        request,
        request.candidates.filter((candidate) => candidate.item === item),
      );
      learn(learned, { ...oneRow(rows), sharedEnd: rows.sharedEnd, label, weight }, experience);
      examples += 1;
    },
  };
}

/** LinUCB, likewise. */
export function directLinUcb({ features }: LoopConfiguration, { alpha }: { readonly alpha: number }): Bandit {
  const { ridge } = linearPosteriorDefaults;
  const encoder = createFeatureEncoder(withoutItems(features));
  const posteriors = new Map<string, typeof emptyPosterior>();
  return {
    decide(request, seed) {
      const rows = encoder.rows(request, request.candidates);
      const bounds = Float64Array.from(request.candidates, ({ item }, row) => {
        const { mean, quadratic } = readPosterior(posteriors.get(item) ?? emptyPosterior, rows, row, ridge);
        return mean + alpha * Math.sqrt(quadratic);
      });
      const random = createRandom(seed);
      random.uniform();
      return {
        action: drawIndex(greedyNext(bounds, new Uint8Array(bounds.length)), random.uniform()),
        probability: NaN,
      };
    },
    learn({ request, item, reward, weight }) {
      const rows = oneRow(encoder.rows(request, request.candidates.slice(0, 1)));
      const posterior = posteriors.get(item) ?? emptyPosterior;
      posteriors.set(item, learnPosterior(posterior, rows, reward, weight, linearPosteriorDefaults));
    },
  };
}

function oneRow({ hashes, values, starts }: FeatureRows) {
  return { hashes, values, length: starts.at(-1) ?? 0 };
}
