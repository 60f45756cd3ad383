export { defineHeed } from './define.ts';
export type {
  CandidateInput,
  ContextInput,
  FeedbackDefinition,
  FeedbackInput,
  GatesDefinition,
  HeedConfig,
  LoopDefinition,
  LoopName,
  Named,
  Personalizer,
  PersonalizerDefinition,
} from './define.ts';
export { flatFeatures } from './flat-features.ts';
export { importVowpalWabbit } from './import-vowpal-wabbit-log.ts';
export type { VowpalImport, VowpalImportOptions } from './import-vowpal-wabbit-log.ts';
export { vowpalFormats } from './import-vowpal-wabbit-logged.ts';
export type { VowpalFormat } from './import-vowpal-wabbit-logged.ts';
export { createHeed, embeddedFolder } from './create.ts';
export type { HeedOptions } from './create.ts';
export { keyDefaults } from './keys.ts';
export type { Keys, MadeKey, NewKey } from './keys.ts';
export type { Audit, AuditedAction, AuditOptions } from './audit.ts';
export { exportContents, readLimitDefaults } from './exchange/index.ts';
export type { ExportContent, ReadLimits } from './exchange/index.ts';
export { codeOf, toStoreError } from '../store/index.ts';
export { configureLoop, loopDefaults, loopVersion } from './configuration.ts';
export type * from './heed.ts';
export type { Health, HealthCheck, Monitor, StoreCounts, Vitals } from './vitals.ts';
export type { EventLog } from './event-log.ts';
export { signWebhook } from './webhooks.ts';
export { dryRunDefaults } from './dry-run.ts';
export type { DryRun } from './dry-run.ts';
export { powerDefaults, unitsNeeded } from '../evaluation/experiment/index.ts';
export { experimentDefaults } from './experiment-request.ts';
export type { ExperimentDefinition, ExperimentRequest } from './experiment-request.ts';
export type { ConcludeRequest, ExperimentDetail, Experiments } from './experiments.ts';
export { generationsDefaults } from './generations.ts';
export type { GenerationsOptions, LoopGenerations } from './generations.ts';
export type { CandidateStatus } from './releasing.ts';
export type { DeadWebhook, WebhookDefinition, WebhookEvent } from './webhooks.ts';
export * from './evaluate/index.ts';
