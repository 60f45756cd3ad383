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
