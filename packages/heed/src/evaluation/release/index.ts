export { createCanaryAnalysis, isInCanary } from './canary.ts';
export type { CanaryAnalysis, CanaryUnit } from './canary.ts';
export { judgeCanary, judgeOnLog } from './gates.ts';
export type { CanaryEvidence, GuardrailResult, LogStage, GateVerdict } from './gates.ts';
export { createLogScorer } from './log-score.ts';
export type { ChangedDecision, ItemShift, LoggedDecision, LogScore, LogScorer } from './log-score.ts';
export { faultOfDecision, faultOfDistribution } from './sound.ts';
