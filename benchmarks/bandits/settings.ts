import {
  bagging,
  baggingLearner,
  batchErm,
  batchErmLearner,
  contextualBandit,
  contextualBanditLearner,
  linUcb,
  linUcbLearner,
  onlineCover,
  onlineCoverLearner,
  regCb,
  regCbLearner,
} from '../../packages/heed/src/learner/index.ts';
import {
  batchErmFormat,
  contextualBanditFormat,
  ensembleFormat,
  epsilonGreedy,
  fastCb,
  linearPosteriorFormat,
  squareCb,
} from '../../packages/heed/src/policy/index.ts';
import type { Learner, LoopConfiguration, PolicyFormat } from '../../packages/heed/src/spec/index.ts';
import { loopFor, throughArtifacts } from './simulate.ts';
import type { Bandit, TrainingPlan } from './simulate.ts';
import type { BanditSet } from './sets.ts';

/** What a loop does whose definition says nothing. */
export const ourDefault = 'default: contextual bandit, SquareCB';

/** Learners that fit anew begin after 50 examples, and do so again when there are a tenth more. */
const anew: TrainingPlan = { first: 50, growth: 0.1 };

/** Heed's settings, chosen before any was run on these sets. */
export const ourSettings: Readonly<Record<string, (set: BanditSet) => Bandit>> = {
  [ourDefault]: setting(contextualBanditLearner, contextualBanditFormat, contextualBandit(), squareCb()),
  'contextual bandit, ε 0.02': setting(
    contextualBanditLearner,
    contextualBanditFormat,
    contextualBandit(),
    epsilonGreedy({ epsilon: 0.02 }),
  ),
  'contextual bandit, logistic, FastCB': setting(
    contextualBanditLearner,
    contextualBanditFormat,
    contextualBandit({ loss: 'logistic' }),
    fastCb(),
  ),
  'LinUCB': setting(linUcbLearner, linearPosteriorFormat, linUcb()),
  'LinUCB, α 0.1': setting(linUcbLearner, linearPosteriorFormat, linUcb({ alpha: 0.1 })),
  'bagging': setting(baggingLearner, ensembleFormat, bagging()),
  'online cover': setting(onlineCoverLearner, ensembleFormat, onlineCover()),
  'RegCB': setting(regCbLearner, ensembleFormat, regCb()),
  'batch ERM, trees, ε 0.02': setting(
    batchErmLearner,
    batchErmFormat,
    batchErm({ oracle: 'trees' }),
    epsilonGreedy({ epsilon: 0.02 }),
    anew,
  ),
};

/** Vowpal Wabbit's settings: its explorations with its own defaults, and values that its authors recommend. */
export const vowpalSettings: readonly string[] = [
  '--cb_explore_adf --epsilon 0.05',
  '--cb_explore_adf --epsilon 0.02',
  '--cb_explore_adf --epsilon 0',
  '--cb_explore_adf --epsilon 0.02 --cb_type dr',
  '--cb_explore_adf --squarecb',
  '--cb_explore_adf --squarecb --gamma_scale 1000',
  '--cb_explore_adf --cover 4',
  '--cb_explore_adf --cover 4 --nounif --psi 0.1',
  '--cb_explore_adf --bag 8 --greedify',
  '--cb_explore_adf --regcb',
  '--cb_explore_adf --regcbopt --mellowness 0.001',
  '--cb_explore_adf --softmax --lambda 10',
];
export const vowpalDefault = '--cb_explore_adf --squarecb';

/** α of MABWiser's LinUCB; 1 is its default. */
export const mabwiserAlphas: readonly number[] = [1, 0.5, 0.1];

function setting<State>(
  learner: Learner<State>,
  format: PolicyFormat,
  options: LoopConfiguration['learner'],
  exploration?: LoopConfiguration['exploration'],
  plan?: TrainingPlan,
): (set: BanditSet) => Bandit {
  return (set) => throughArtifacts(learner, format, loopFor(set, options, exploration), plan);
}
