export { assignArm, placeOf } from './assign.ts';
export type { WeightedArm } from './assign.ts';
export { createComparison } from './comparison.ts';
export type { ArmSummary, Comparison, ComparisonOptions, ComparisonResult, UnitOutcome } from './comparison.ts';
export { checkSampleRatio, sampleRatioAlpha } from './sample-ratio.ts';
export type { SampleRatio } from './sample-ratio.ts';
export { powerDefaults, unitsNeeded } from './power.ts';
export type { PowerAnswer, PowerQuestion } from './power.ts';
export { createAnalysis } from './analysis.ts';
export type {
  AnalysisOptions,
  ExperimentAnalysis,
  ExperimentResult,
  ExperimentUnit,
  Metric,
  MetricResult,
} from './analysis.ts';
