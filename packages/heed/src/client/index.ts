export { createClient } from './create.ts';
export { clientDefaults } from './defaults.ts';
export { ClientError } from './error.ts';
export type { ProblemDocument } from './error.ts';
export type { DecideOptions } from './decide.ts';
export type { LoopFallback } from './fallback.ts';
export type { QueuedCall, QueueEntry, QueueStorage } from './queue.ts';
export type {
  ActivateOutcome,
  Client,
  ClientOptions,
  FeedbackOutcome,
  Judgement,
  RecordOutcome,
  SubscribeOptions,
} from './types.ts';
