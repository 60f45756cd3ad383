export { batchBounds, chooseObservation, descend, estimateLosses, startDescent } from './batched-descent.ts';
export type { BatchedDescentOptions, BatchedDescentState, Observation, Observed } from './batched-descent.ts';
export {
  banditFeedback,
  flexibleFeedback,
  fullFeedback,
  observationsUsed,
  plainBandit,
  withExtraObservations,
  withTotalObservations,
} from './instances.ts';
export type { Situation } from './instances.ts';
export { dartboardHedge, exp3, hedge, lazyLeader } from './baselines.ts';
