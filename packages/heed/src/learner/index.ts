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
export * as switchingCostBandits from './switching-costs/index.ts';
export { switchingCosts, switchingCostsDefaults } from './switching-costs/options.ts';
export { switchingCostsLearner } from './switching-costs/learner.ts';
export type { SwitchingCostsState } from './switching-costs/learner.ts';
export * as lastSwitchBandits from './last-switch/index.ts';
export { lastSwitchLearner } from './last-switch/learner.ts';
export type { LastSwitchState } from './last-switch/learner.ts';
export { lastSwitch, lastSwitchDefaults } from './last-switch/options.ts';
export type { LastSwitchOptions } from './last-switch/options.ts';
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
export { bagging, baggingDefaults, baggingLearner } from './bagging.ts';
export type { BaggingOptions, BaggingState } from './bagging.ts';
export { onlineCover, onlineCoverDefaults, onlineCoverLearner } from './online-cover.ts';
export type { OnlineCoverOptions, OnlineCoverState } from './online-cover.ts';
export { regCb, regCbDefaults, regCbLearner } from './reg-cb.ts';
export type { RegCbOptions, RegCbState } from './reg-cb.ts';
export { batchErm, batchErmDefaults, batchErmLearner } from './batch-erm.ts';
export type { BatchErmOptions, BatchErmState } from './batch-erm.ts';
export { ar2, autoregressiveDefaults, autoregressiveLearner } from './dynamical-linear/ar2.ts';
export type { AutoregressiveState } from './dynamical-linear/ar2.ts';
export * as dynamicalLinearBandits from './dynamical-linear/index.ts';
export { dLinUcb, dynLinUcb, dynamicalLinearDefaults } from './dynamical-linear/options.ts';
export { dLinUcbLearner, dynLinUcbLearner } from './dynamical-linear/learner.ts';
export type { DynamicalLinearState } from './dynamical-linear/learner.ts';
export { treesToOnnx } from './trees-onnx.ts';
export { mlpToOnnx } from './mlp-onnx.ts';
export { lowSwitching, lowSwitchingLearner, lowSwitchingName } from './low-switching.ts';
export type { LowSwitchingInput, LowSwitchingState } from './low-switching.ts';
