export { evaluateFile } from './files.ts';
export type { EvaluateFileOptions } from './files.ts';
export { toReport } from './report.ts';
export type { EvaluationOutcome, EvaluationSource } from './report.ts';
export type { EvaluateOptions, EvaluationRequest } from './request.ts';
export type { Evaluations } from './evaluations.ts';
export { estimators, intervalMethods } from '../../evaluation/index.ts';
export type { EstimatorName } from '../../evaluation/index.ts';
