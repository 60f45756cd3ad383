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
import type { Learner, LoopConfiguration } from '../../packages/heed/src/spec/index.ts';
import { directContextualBandit, directLinUcb } from './direct.ts';
import { loopFor, throughArtifacts } from './simulate.ts';
import type { Bandit } from './simulate.ts';
import type { BanditSet } from './sets.ts';

interface Setting {
  readonly make: (set: BanditSet) => Bandit;
  /** The same through artifacts, where `make` does without: it must act alike. */
  readonly through?: (set: BanditSet) => Bandit;
}

/** What a loop does whose definition says nothing. */
export const ourDefault = 'default: contextual bandit, SquareCB';
export const ourLinUcb = 'LinUCB';

/** Heed's settings, chosen before any was run on all of these sets. */
export const ourSettings: Readonly<Record<string, Setting>> = {
  [ourDefault]: contextual(contextualBandit(), squareCb()),
  'contextual bandit, FastCB': contextual(contextualBandit(), fastCb()),
  'contextual bandit, gradient steps': contextual(
    contextualBandit({ learningRate: 0.5 }),
    squareCb({ gammaScale: 10 }),
  ),
  'contextual bandit, logistic gradient steps, FastCB': contextual(
    contextualBandit({ loss: 'logistic', learningRate: 0.5 }),
    fastCb(),
  ),
  [ourLinUcb]: upperBound(0.5),
  'LinUCB, α 0.1': upperBound(0.1),
  'bagging': ensemble(baggingLearner, bagging()),
  'online cover': ensemble(onlineCoverLearner, onlineCover()),
  'RegCB': ensemble(regCbLearner, regCb()),
  'batch ERM, trees, ε 0.02': {
    // Trees find products by themselves. They begin after 50 examples, and are fitted anew when there are two fifths more.
    make: (set) =>
      throughArtifacts(
        batchErmLearner,
        batchErmFormat,
        loopFor(set, batchErm({ oracle: 'trees' }), epsilonGreedy({ epsilon: 0.02 }), []),
        { first: 50, growth: 0.4 },
      ),
  },
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
export const mabwiserAlphas: readonly number[] = [1, 0.1];

function contextual(
  learner: ReturnType<typeof contextualBandit>,
  exploration: LoopConfiguration['exploration'],
): Setting {
  return {
    make: (set) => directContextualBandit(loopFor(set, learner, exploration), learner.options),
    through: (set) =>
      throughArtifacts(contextualBanditLearner, contextualBanditFormat, loopFor(set, learner, exploration)),
  };
}

/** Artifacts are written and read after each example at first, then when there are a hundredth more. */
function ensemble<State>(learner: Learner<State>, options: LoopConfiguration['learner']): Setting {
  return {
    make: (set) => throughArtifacts(learner, ensembleFormat, loopFor(set, options), { first: 1, growth: 0.01 }),
  };
}

function upperBound(alpha: number): Setting {
  const learner = linUcb({ alpha });
  return {
    make: (set) => directLinUcb(loopFor(set, learner), learner.options),
    through: (set) => throughArtifacts(linUcbLearner, linearPosteriorFormat, loopFor(set, learner)),
  };
}
