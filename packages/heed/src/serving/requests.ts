import { z } from 'zod';
import {
  actionSchema,
  armPolicySchema,
  behaviourSchema,
  decisionSchema,
  episodeSchema,
  feedbackKinds,
  feedbackSourceSchema,
  idSchema,
  horizonSchema,
  idempotencyKeySchema,
  itemSchema,
  jsonSchema,
  nameSchema,
  partSchema,
  scopeSchema,
  subjectSchema,
  targetSchema,
  timeSchema,
} from '../spec/index.ts';
import { generationsDefaults } from '../loop/index.ts';
import { anyJson, anyJsonObject, named } from './components.ts';

/** Requests in one call of a batch route. */
const largestBatch = 1_000;

named('JsonValue', jsonSchema);
named('Part', partSchema);
named('Action', actionSchema);
named('Behaviour', behaviourSchema);
named('FeedbackTarget', targetSchema);
named('FeedbackSource', feedbackSourceSchema);

const decisionOptions = {
  /** An id made by the caller, so that it can name the decision where the answer never came. */
  id: idSchema.optional(),
  subject: subjectSchema.optional(),
  agent: z.strictObject({ id: z.string(), role: z.string() }).optional(),
  episode: idSchema.optional(),
  step: z.number().int().nonnegative().optional(),
  group: z.string().optional(),
  parents: decisionSchema.shape.parents.optional(),
  observations: z.array(partSchema).optional(),
  traceId: z.string().max(128).optional(),
  activation: z.enum(['immediate', 'deferred']).optional(),
  idempotencyKey: idempotencyKeySchema.optional(),
};

const item = named('NewItem', z.strictObject({ item: itemSchema, features: anyJsonObject }));
export const itemsSchema = named('Items', z.strictObject({ items: z.array(item).min(1).max(largestBatch) }));

/** With its features, or a registered item by its id alone. */
const candidateForm = named(
  'Candidate',
  z.union([z.strictObject({ item: itemSchema, features: anyJsonObject.optional() }), itemSchema]),
);

export const decideRequestSchema = named(
  'DecideRequest',
  z.strictObject({
    ...decisionOptions,
    context: anyJsonObject,
    candidates: z.array(candidateForm).min(1),
    exclude: z.array(itemSchema).optional(),
    size: z.number().int().positive().optional(),
    dryRun: z.boolean().optional(),
  }),
);

export const decideBatchRequestSchema = named(
  'DecideBatchRequest',
  z.strictObject({ requests: z.array(decideRequestSchema).min(1).max(largestBatch) }),
);

export const recordRequestSchema = named(
  'RecordRequest',
  z.strictObject({
    ...decisionOptions,
    context: z.union([anyJsonObject, z.array(partSchema)]),
    candidates: z.array(candidateForm).min(1).optional(),
    action: actionSchema,
    probability: z.number().positive().max(1).optional(),
    behaviour: behaviourSchema.optional(),
    decidedAt: timeSchema.optional(),
    heldFrom: timeSchema.optional(),
    heldUntil: timeSchema.optional(),
    /** `imported`: from a log, long after. */
    origin: z.enum(['recorded', 'imported']).optional(),
  }),
);

export const recordBatchRequestSchema = named(
  'RecordBatchRequest',
  z.strictObject({ requests: z.array(recordRequestSchema).min(1).max(largestBatch) }),
);

const judgement = {
  item: itemSchema.optional(),
  name: nameSchema.optional(),
  kind: z.enum(feedbackKinds).optional(),
  value: anyJson.optional(),
  observedAt: timeSchema.optional(),
  expiresAt: timeSchema.optional(),
};

const feedbackRequestSchema = named(
  'FeedbackRequest',
  z.strictObject({
    ...judgement,
    loop: nameSchema.optional(),
    token: z.string().max(2_000).optional(),
    decision: idSchema.optional(),
    targets: z.array(targetSchema).min(1).optional(),
    source: feedbackSourceSchema.optional(),
    subject: subjectSchema.optional(),
    idempotencyKey: idempotencyKeySchema.optional(),
  }),
);

export const feedbackBatchSchema = named(
  'FeedbackBatch',
  z.strictObject({ feedback: z.array(feedbackRequestSchema).min(1).max(largestBatch) }),
);
export const tokenFeedbackSchema = named(
  'TokenFeedback',
  z.strictObject({ ...judgement, token: z.string().max(2_000) }),
);

export const reasonSchema = named(
  'Reason',
  z.strictObject({
    by: z.string().min(1).max(200),
    why: z.string().min(1).max(2_000),
    idempotencyKey: idempotencyKeySchema.optional(),
  }),
);

const reason = { by: z.string().min(1).max(200), why: z.string().min(1).max(2_000) };
/** Of what is done once anyhow: a second time it is refused. */
export const plainReasonSchema = named('PlainReason', z.strictObject(reason));

export const experimentStartSchema = named(
  'ExperimentStart',
  z.strictObject({
    ...reason,
    loop: nameSchema,
    name: nameSchema,
    arms: z
      .array(z.strictObject({ name: nameSchema, weight: z.number().positive().optional(), policy: armPolicySchema }))
      .min(2)
      .max(20),
    unit: z.literal('subject').optional(),
    goals: z
      .array(z.strictObject({ feedback: nameSchema, higherIsBetter: z.boolean().optional() }))
      .max(20)
      .optional(),
    guardrails: z
      .array(
        z.strictObject({
          feedback: nameSchema,
          tolerance: z.number().nonnegative().max(1).optional(),
          higherIsBetter: z.boolean().optional(),
        }),
      )
      .max(20)
      .optional(),
    alpha: z.number().positive().max(0.5).optional(),
    outcomeSeconds: z.number().positive().optional(),
    covariateSeconds: z.number().positive().nullable().optional(),
    horizon: horizonSchema.optional(),
    salt: z.string().min(1).max(200).optional(),
    idempotencyKey: idempotencyKeySchema.optional(),
  }),
);

export const concludeSchema = named(
  'ExperimentConclusion',
  z.strictObject({
    ...reason,
    winner: nameSchema,
    promote: z.boolean().optional(),
    idempotencyKey: idempotencyKeySchema.optional(),
  }),
);

export const episodeStartSchema = named(
  'EpisodeStart',
  z.strictObject({
    loop: nameSchema,
    task: z.string(),
    seed: z.string().optional(),
    parent: idSchema.optional(),
    participants: episodeSchema.shape.participants.optional(),
    idempotencyKey: idempotencyKeySchema.optional(),
  }),
);

export const episodeEndSchema = named(
  'EpisodeEnd',
  z.strictObject({
    status: z.enum(['terminated', 'truncated', 'abandoned']),
    finalObservation: z.array(partSchema).optional(),
  }),
);

export const newKeySchema = named(
  'NewKey',
  z.strictObject({
    name: z.string().min(1).max(200),
    scopes: z.array(scopeSchema).min(1).max(4),
    /** The loops that it may see; left out: all of them. */
    loops: z.array(nameSchema).min(1).max(100).optional(),
  }),
);

export const idParams = z.object({ id: idSchema });
export const loopParams = z.object({ loop: nameSchema });

export const generationsQuery = z.strictObject({
  last: z.coerce.number().int().min(1).max(generationsDefaults.mostGenerations).optional(),
});

/** What every list takes: the row to start after, newest first, and how many. */
export const listQuery = z.strictObject({
  loop: nameSchema.optional(),
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
});
