export * from './clip.ts';
export * from './schedules.ts';
export {
  initOptimizerState,
  optimizerStep,
  optimizerStepOnHost,
  type OptimizerInput,
  type OptimizerOutput,
  type OptimizerState,
} from './step.ts';
export {
  loadTraining,
  trainingDefaults,
  type Training,
  type TrainingRequest,
  type TrainingSnapshot,
} from './training.ts';
