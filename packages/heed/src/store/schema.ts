import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  json,
  pgSchema,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  ApiKey,
  Artifact,
  Assignment,
  AuditEntry,
  Dataset,
  Episode,
  EvaluationReport,
  Experiment,
  Job,
  JsonObject,
  JsonValue,
  Loop,
  Release,
} from '../spec/index.ts';

/** PostgreSQL's text of a time ("2026-01-06 09:30:00.5+00", the session being in UTC) as ISO 8601 with milliseconds. */
function isoTime(written: string): string {
  const [day, rest] = [written.slice(0, 10), written.slice(11).replace(/(\+00(:00)?|Z)$/, '')];
  const [seconds, fraction = ''] = rest.split('.');
  return `${day}T${seconds}.${fraction.padEnd(3, '0')}Z`;
}

const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamptz(3)',
  fromDriver: isoTime,
});
const transactionIdType = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });
/** The transaction that wrote the row: what commit-safe cursors go by. */
const transactionId = () =>
  transactionIdType()
    .notNull()
    .default(sql`pg_current_xact_id()`);
const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
/** SHA-256: hexadecimal in records, bytes in rows. */
const hash = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (hexadecimal) => Buffer.from(hexadecimal, 'hex'),
  fromDriver: (stored) => stored.toString('hex'),
});
/** What needs no column. `json`, not `jsonb`: it keeps numbers, key order and every character as they were written. */
const body = <Content = JsonObject>() => json().$type<Content>().notNull();

/** What of an episode changes: a row for each change. */
export type EpisodeStatus = Pick<Episode, 'status' | 'finalObservation' | 'endedAt'>;

/** What of a job changes: a row for each change. */
export type JobStatus = Pick<
  Job,
  'status' | 'progress' | 'checkpoint' | 'outcome' | 'fencingToken' | 'startedAt' | 'heartbeatAt' | 'endedAt'
>;

const heed = pgSchema('heed');

export const decisions = heed.table('decision', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  loopVersion: text('loop_version').notNull(),
  origin: text().notNull(),
  artifact: uuid(),
  subjectState: uuid('subject_state'),
  subject: text(),
  episode: uuid(),
  step: integer(),
  group: text(),
  decidedAt: instant('decided_at').notNull(),
  schemaVersion: smallint('schema_version').notNull(),
  body: body(),
  /** What is personal, under the subject's key. */
  sealed: bytes(),
  forgotten: boolean(),
  xid: transactionId(),
});

export const feedback = heed.table('feedback', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  kind: text().notNull(),
  name: text(),
  subject: text(),
  observedAt: instant('observed_at').notNull(),
  receivedAt: instant('received_at').notNull(),
  schemaVersion: smallint('schema_version').notNull(),
  body: body(),
  sealed: bytes(),
  forgotten: boolean(),
  xid: transactionId(),
});

export const feedbackTargets = heed.table('feedback_target', { target: uuid().notNull(), feedback: uuid().notNull() });

export const activations = heed.table('activation', {
  decision: uuid().primaryKey(),
  id: uuid().notNull(),
  loop: text().notNull(),
  activatedAt: instant('activated_at').notNull(),
  schemaVersion: smallint('schema_version').notNull(),
  xid: transactionId(),
});

export const blobs = heed.table('blob', {
  hash: hash().primaryKey(),
  mediaType: text('media_type').notNull(),
  content: bytes().notNull(),
  /** Since 1970; `null`: kept for ever. */
  lastUsedDay: integer('last_used_day'),
});

export const loops = heed.table('loop', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  version: text().notNull(),
  createdAt: instant('created_at').notNull(),
  body: body<Loop>(),
});

export const loopUses = heed.table('loop_use', {
  sequence: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull(),
  loop: uuid().notNull(),
});

export const episodes = heed.table('episode', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  parent: uuid(),
  body: body<Episode>(),
});

export const episodeStatuses = heed.table('episode_status', {
  sequence: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  id: uuid().notNull().defaultRandom(),
  episode: uuid().notNull(),
  loop: text().notNull(),
  status: text().notNull(),
  body: body<EpisodeStatus>(),
  xid: transactionId(),
});

export const signals = heed.table('signal', {
  id: uuid().primaryKey(),
  derivation: text().notNull(),
  loop: text().notNull(),
  decision: uuid(),
  targetHash: uuid('target_hash').notNull(),
  version: integer().notNull(),
  kind: text().notNull(),
  status: text().notNull(),
  weight: doublePrecision().notNull(),
  availableAt: instant('available_at').notNull(),
  supersedes: uuid(),
  schemaVersion: smallint('schema_version').notNull(),
  body: body(),
  xid: transactionId(),
});

export const newestSignals = heed.table('signal_newest', {
  derivation: text().notNull(),
  targetHash: uuid('target_hash').notNull(),
  signal: uuid().notNull(),
  version: integer().notNull(),
  status: text().notNull(),
  availableAt: instant('available_at').notNull(),
});

export const signalUses = heed.table('signal_use', {
  lineage: text().notNull(),
  signal: uuid().notNull(),
  artifact: uuid().notNull(),
});

export const artifacts = heed.table('artifact', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  role: text().notNull(),
  createdAt: instant('created_at').notNull(),
  body: body<Artifact>(),
  xid: transactionId(),
});

export const subjectStates = heed.table('subject_state', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  artifact: uuid().notNull(),
  subject: text().notNull(),
  key: text().notNull(),
  counter: bigint({ mode: 'number' }).notNull(),
  statistics: hash().notNull(),
  updatedAt: instant('updated_at').notNull(),
  schemaVersion: smallint('schema_version').notNull(),
  /** The statistics, under the subject's key; `null` in rows whose statistics are a blob. */
  sealed: bytes(),
});

export const releases = heed.table('release', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  artifact: uuid().notNull(),
  step: text().notNull(),
  at: instant().notNull(),
  body: body<Release>(),
});

export const datasets = heed.table('dataset', {
  id: uuid().primaryKey(),
  loop: text(),
  name: text().notNull(),
  body: body<Dataset>(),
});

export const assignments = heed.table('assignment', {
  id: uuid().primaryKey(),
  experiment: text().notNull(),
  subject: text().notNull(),
  arm: text().notNull(),
  firstSeenAt: instant('first_seen_at').notNull(),
  body: body<Assignment>(),
});

/** What of an experiment is added when it ends. */
export type ExperimentEnd = Pick<Experiment, 'status' | 'end'>;

export const experiments = heed.table('experiment', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  name: text().notNull(),
  body: body<Experiment>(),
});

export const experimentEnds = heed.table('experiment_end', {
  experiment: uuid().primaryKey(),
  loop: text().notNull(),
  body: body<ExperimentEnd>(),
});

export const evaluationReports = heed.table('evaluation_report', {
  id: uuid().primaryKey(),
  loop: text(),
  artifact: uuid(),
  kind: text().notNull(),
  body: body<EvaluationReport>(),
});

export const jobs = heed.table('job', {
  id: uuid().primaryKey(),
  kind: text().notNull(),
  loop: text(),
  body: body<Job>(),
});

export const jobStatuses = heed.table('job_status', {
  sequence: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  job: uuid().notNull(),
  status: text().notNull(),
  fencingToken: bigint('fencing_token', { mode: 'number' }).notNull(),
  body: body<JobStatus>(),
});

export const apiKeys = heed.table('api_key', {
  id: uuid().primaryKey(),
  name: text().notNull(),
  start: text().notNull(),
  hash: hash().notNull(),
  scopes: text().array().$type<ApiKey['scopes']>().notNull(),
  loops: text().array(),
  createdAt: instant('created_at').notNull(),
  createdBy: text('created_by').notNull(),
  replaces: uuid(),
});

export const apiKeyEnds = heed.table('api_key_end', {
  id: uuid().primaryKey(),
  key: uuid().notNull(),
  endsAt: instant('ends_at').notNull(),
  why: text().$type<NonNullable<ApiKey['endsWhy']>>().notNull(),
});

export const apiKeyUses = heed.table('api_key_use', {
  key: uuid().primaryKey(),
  usedAt: instant('used_at').notNull(),
});

export const audits = heed.table('audit', {
  id: uuid().primaryKey(),
  at: instant().notNull(),
  key: uuid(),
  who: text().notNull(),
  action: text().notNull(),
  loop: text(),
  target: text(),
  outcome: text().$type<AuditEntry['outcome']>().notNull(),
  code: text(),
  begun: uuid(),
  detail: body(),
});

export const itemVersions = heed.table('item_version', {
  id: uuid().primaryKey(),
  loop: text().notNull(),
  item: text().notNull(),
  version: integer().notNull(),
  features: json().$type<JsonObject>(),
  putAt: instant('put_at').notNull(),
});

export const settings = heed.table('setting', {
  name: text().primaryKey(),
  value: json().$type<JsonValue>().notNull(),
});
