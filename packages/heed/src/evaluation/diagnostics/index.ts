export { intervalMethods, verdictLimits } from './verdict.ts';
export type { IntervalMethod, Verdict as IntervalVerdict } from './verdict.ts';
export type { WeightDiagnostics } from './weights.ts';
export type { ActionCalibration } from './actions.ts';
export type { Adaptivity } from './adaptivity.ts';
