export { contextualBanditLearner } from './contextual-bandit.ts';
export type { ContextualBanditState } from './contextual-bandit.ts';
export { contextualBandit, contextualBanditDefaults } from './options.ts';
export type { ContextualBanditOptions } from './options.ts';
export {
  linUcb,
  linUcbLearner,
  linearPosteriorDefaults,
  linearThompson,
  linearThompsonLearner,
} from './linear-posterior.ts';
export type { LinearPosteriorState } from './linear-posterior.ts';
export * as switchingCosts from './switching-costs/index.ts';
export {
  armsDefaults,
  exp3,
  exp3Learner,
  klUcb,
  klUcbLearner,
  thompson,
  thompsonLearner,
  ucb1,
  ucb1Learner,
} from './arms.ts';
export type { ArmsState } from './arms.ts';
