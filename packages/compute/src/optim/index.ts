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
