export { defineHeed } from './define.ts';
export type {
  CandidateInput,
  ContextInput,
  FeedbackDefinition,
  FeedbackInput,
  HeedConfig,
  LoopDefinition,
  LoopName,
  Named,
} from './define.ts';
export { createHeed, embeddedFolder } from './create.ts';
export type { HeedOptions } from './create.ts';
export { configureLoop, loopDefaults, loopVersion } from './configuration.ts';
export type * from './heed.ts';
