import { z } from 'zod';
import {
  actionSchema,
  activationSchema,
  apiKeySchema,
  artifactSchema,
  auditEntrySchema,
  behaviourSchema,
  decisionSchema,
  episodeSchema,
  evaluationReportSchema,
  experimentSchema,
  feedbackSchema,
  idSchema,
  jobSchema,
  loopSchema,
  releaseSchema,
  signalSchema,
  timeSchema,
} from '../spec/index.ts';
import type { Explanation } from '../spec/index.ts';
import type {
  CandidateStatus,
  DecideReply,
  DecisionDetail,
  DryRun,
  ExperimentDetail,
  Health,
  HeedEvent,
  ImportReport,
  Item,
  ItemDetail,
  LoopGenerations,
  LoopStatus,
  Page,
  RecordReply,
  ReplayReport,
  SubjectDeletion,
  SubjectHoldings,
} from '../loop/index.ts';
import { anyJsonObject, named } from './components.ts';

const decision = named('Decision', decisionSchema);
export const feedback = named('Feedback', feedbackSchema);
export const episode = named('Episode', episodeSchema);
export const artifact = named('Artifact', artifactSchema);
export const release = named('Release', releaseSchema);
export const evaluationReport = named('EvaluationReport', evaluationReportSchema);
export const experiment = named('Experiment', experimentSchema);
export const job = named('Job', jobSchema);
export const apiKey = named('ApiKey', apiKeySchema);
export const keyList = named('KeyList', z.object({ keys: z.array(apiKey) }));
export const madeKey = named('MadeKey', z.object({ key: apiKey, secret: z.string() }));
const auditEntry = named('AuditEntry', auditEntrySchema);
const loop = named('Loop', loopSchema);
const signal = named('Signal', signalSchema);

/** RFC 9457, with Heed's stable `code`. */
export const problemSchema = named(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  }),
);
export type Problem = z.infer<typeof problemSchema>;

export const decideReply: z.ZodType<DecideReply> = named(
  'DecideReply',
  z.object({
    decision: idSchema,
    loop: z.string(),
    loopVersion: z.string(),
    action: actionSchema,
    chosen: z.array(z.string()),
    probability: z.number().nullable(),
    logProbability: z.number().nullable(),
    behaviour: behaviourSchema.shape.kind,
    fallback: z.enum(['late', 'down', 'unsure']).nullable(),
    artifact: idSchema.nullable(),
    subjectState: idSchema.nullable(),
    seed: z.string().nullable(),
    token: z.string().nullable(),
    decidedAt: timeSchema,
  }),
);
export const decideBatchReply = named('DecideBatchReply', z.object({ replies: z.array(decideReply) }));

export const recordReply: z.ZodType<RecordReply> = named(
  'RecordReply',
  z.object({ decision: idSchema, token: z.string() }),
);

const refused = named('Refused', z.object({ status: z.literal('refused'), problem: problemSchema }));

export const recordBatchReply = named(
  'RecordBatchReply',
  z.object({
    results: z.array(
      z.union([z.object({ status: z.literal('accepted'), decision: idSchema, token: z.string() }), refused]),
    ),
  }),
);
export type RecordBatchReply = z.infer<typeof recordBatchReply>;

export const feedbackReply = named(
  'FeedbackReply',
  z.object({ feedback: idSchema, status: z.enum(['accepted', 'duplicate']) }),
);
export const feedbackBatchReply = named(
  'FeedbackBatchReply',
  z.object({ results: z.array(z.union([feedbackReply, refused])) }),
);
export type FeedbackBatchReply = z.infer<typeof feedbackBatchReply>;

export const activationReply = named('ActivationReply', z.object({ activatedAt: activationSchema.shape.activatedAt }));

export const decisionDetail: z.ZodType<DecisionDetail> = named(
  'DecisionDetail',
  z.object({
    decision,
    activatedAt: timeSchema.nullable(),
    candidates: z.array(z.object({ item: z.string(), features: anyJsonObject })),
    feedback: z.array(feedback),
    signals: z.array(signal),
  }),
);

const explanation: z.ZodType<Explanation> = named(
  'Explanation',
  z.object({
    item: z.string(),
    score: z.number(),
    terms: z.array(z.object({ name: z.string(), value: z.number() })),
    rest: z.number(),
    probability: z.number(),
  }),
);
export const explanations = named('Explanations', z.object({ explanations: z.array(explanation) }));

export const replayReport: z.ZodType<ReplayReport> = named(
  'ReplayReport',
  z.object({
    decision: idSchema,
    matches: z.boolean(),
    action: actionSchema,
    logProbability: z.number().nullable(),
    loggedLogProbability: z.number().nullable(),
  }),
);

export const loopStatus: z.ZodType<LoopStatus> = named(
  'LoopStatus',
  z.object({ loop, serving: release.nullable(), artifact: artifact.nullable() }),
);
export const loopList = named('LoopList', z.object({ loops: z.array(loopStatus) }));
export const releaseList = named('ReleaseList', z.object({ releases: z.array(release) }));

const candidateStatus: z.ZodType<CandidateStatus> = named(
  'CandidateStatus',
  z.object({ release, report: evaluationReport }),
);
export const releaseCandidate = named('ReleaseCandidate', z.object({ candidate: candidateStatus.nullable() }));

export const experimentDetail: z.ZodType<ExperimentDetail> = named(
  'ExperimentDetail',
  z.object({ experiment, report: evaluationReport }),
);

const ends = { lower: z.number(), upper: z.number() };
const generation = named(
  'Generation',
  z.object({
    artifact: idSchema,
    decisions: z.number().int(),
    rewards: z.number().int(),
    reward: z.number().nullable(),
    interval: z.object(ends).nullable(),
    zeroShare: z.number().nullable(),
    shaped: z.number().int(),
    explorationRate: z.number().nullable(),
    entropy: z.number().nullable(),
    otherProbability: z.number().nullable(),
    difference: z.object({ ...ends, to: idSchema, value: z.number(), level: z.number() }).nullable(),
    degraded: z.boolean(),
  }),
);
export const loopGenerations: z.ZodType<LoopGenerations> = named(
  'LoopGenerations',
  z.object({
    loop: z.string(),
    generations: z.array(generation),
    oscillation: z.object({
      generations: z.number().int(),
      autocorrelation: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      level: z.number(),
      oscillating: z.boolean(),
    }),
  }),
);

export const dryRun: z.ZodType<DryRun> = named(
  'DryRun',
  z.object({
    artifact: idSchema,
    loop: z.string(),
    decisions: z.number().int(),
    failures: z.number().int(),
    firstFailure: z.object({ decision: idSchema, why: z.string() }).nullable(),
    changed: z.number().nullable(),
    changedAnyhow: z.number().nullable(),
    shifts: z.array(z.object({ item: z.string(), before: z.number(), after: z.number() })),
    examples: z.array(
      z.object({ decision: idSchema, done: z.string(), probability: z.number(), likeliest: z.string() }),
    ),
    scored: z.number().int(),
    difference: z.object({ estimate: z.number(), lower: z.number(), upper: z.number() }).nullable(),
    largestWeight: z.number(),
  }),
);

export const importReport: z.ZodType<ImportReport> = named(
  'ImportReport',
  z.object({
    decisions: z.number().int(),
    feedback: z.number().int(),
    others: z.number().int(),
    duplicates: z.number().int(),
  }),
);

export const deadWebhookList = named(
  'DeadWebhookList',
  z.object({
    webhooks: z.array(
      z.object({
        id: z.string(),
        url: z.string(),
        type: z.string(),
        loop: z.string().nullable(),
        record: idSchema,
        since: timeSchema,
      }),
    ),
  }),
);

export const event: z.ZodType<HeedEvent> = named(
  'Event',
  z.object({
    type: z.enum(['decision', 'feedback', 'artifact', 'release', 'experiment', 'subjectState', 'job']),
    loop: z.string().nullable(),
    id: z.string(),
    at: timeSchema,
  }),
);

export const healthReply: z.ZodType<Health> = named(
  'Health',
  z.object({
    ok: z.boolean(),
    status: z.enum(['ok', 'degraded']),
    store: z.object({ kind: z.enum(['embedded', 'url']), latencyMs: z.number() }),
    checks: z.array(
      z.object({
        name: z.enum(['store', 'writer', 'worker', 'events', 'disk', 'versions']),
        status: z.enum(['ok', 'degraded']),
        detail: z.string(),
      }),
    ),
  }),
);

const subjectCounts = {
  decisions: z.number().int(),
  feedback: z.number().int(),
  signals: z.number().int(),
  subjectStates: z.number().int(),
};

export const subjectHoldings: z.ZodType<SubjectHoldings> = named(
  'SubjectHoldings',
  z.object({
    subject: z.string(),
    counts: z.object(subjectCounts),
    subjectStates: z.array(
      z.object({
        loop: z.string(),
        key: z.string(),
        counter: z.number().int(),
        updatedAt: timeSchema,
        states: z.number().int(),
      }),
    ),
    decisions: z.array(decision),
    feedback: z.array(feedback),
    next: z.string().nullable(),
  }),
);

export const subjectDeletion: z.ZodType<SubjectDeletion> = named(
  'SubjectDeletion',
  z.object({ ...subjectCounts, artifacts: z.array(idSchema), jobs: z.array(idSchema) }),
);

const itemShape = { item: z.string(), version: z.number().int(), features: anyJsonObject, putAt: timeSchema };
const item: z.ZodType<Item> = named('Item', z.object(itemShape));
export const itemList = named('ItemList', z.object({ items: z.array(item) }));
export const itemDetail: z.ZodType<ItemDetail> = named(
  'ItemDetail',
  z.object({
    ...itemShape,
    versions: z.array(z.object({ version: z.number().int(), putAt: timeSchema, features: anyJsonObject.nullable() })),
  }),
);
export const takenOff = named('ItemTakenOff', z.object({ item: z.string(), version: z.number().int() }));

/** A page of rows; `next` goes into `after` for the next one. */
function pageOf<Row>(id: string, row: z.ZodType<Row>): z.ZodType<Page<Row>> {
  return named(id, z.object({ rows: z.array(row), next: z.string().nullable() }));
}
export const decisionPage = pageOf('DecisionPage', decision);
export const feedbackPage = pageOf('FeedbackPage', feedback);
export const episodePage = pageOf('EpisodePage', episode);
export const artifactPage = pageOf('ArtifactPage', artifact);
export const experimentPage = pageOf('ExperimentPage', experiment);
export const itemPage = pageOf('ItemPage', item);
export const jobPage = pageOf('JobPage', job);
export const evaluationPage = pageOf('EvaluationPage', evaluationReport);
export const auditPage = pageOf('AuditPage', auditEntry);
