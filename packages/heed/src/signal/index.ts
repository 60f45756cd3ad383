export { derivationName, deriveSignals, signalKinds, signalTargets } from './derive.ts';
export type { DeriveRequest } from './derive.ts';
export type { Evidence, Succession } from './derivation.ts';
export { rewardName, rewardOf } from './reward.ts';
