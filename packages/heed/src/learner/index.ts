export { contextualBanditLearner } from './contextual-bandit.ts';
export type { ContextualBanditState } from './contextual-bandit.ts';
export { contextualBandit, contextualBanditDefaults } from './options.ts';
export type { ContextualBanditOptions } from './options.ts';
