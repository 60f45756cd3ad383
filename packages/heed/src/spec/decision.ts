import { z } from 'zod';
import {
  actionSchema,
  hashSchema,
  idSchema,
  idempotencyKeySchema,
  itemSchema,
  nameSchema,
  partSchema,
  recordHead,
  subjectSchema,
  timeSchema,
} from './common.ts';

/** One branch of a mixture: its weight, the joint log-probability (nats) under it, and that of each prefix of a slate. `null` is −∞. */
const componentSchema = z.object({
  name: z.string(),
  weight: z.number().min(0).max(1),
  logProbability: z.number().nullable(),
  logPrefix: z.array(z.number().nullable()),
});

/**
 * What is known of how the action was drawn.
 * `logProbability` (nats) is the joint one; for mixtures the log-sum-exp of `log weight + logProbability` over the components.
 */
export const behaviourSchema = z.object({
  kind: z.enum(['exact', 'density', 'deterministic', 'unknown']),
  logProbability: z.number().nullable(),
  components: z.array(componentSchema).optional(),
  /** The component that the sampler took. */
  branch: z.string().optional(),
  /** The sampler's seed: with the artifact and the subject's state it gives the same action again. */
  seed: z.string().optional(),
  /** For Thompson draws: `logProbability` is conditional on the draw made with this seed. */
  draw: z
    .object({
      seed: z.string(),
      /** The action's probability over all draws, by Monte Carlo, with its standard error: what an estimator by weights needs. */
      marginal: z
        .object({
          probability: z.number().min(0).max(1),
          standardError: z.number().nonnegative(),
          draws: z.number().int(),
        })
        .optional(),
    })
    .optional(),
  /**
   * Per-token log-probabilities, a blob of float32, and the artifact that drew each span of tokens;
   * the entropy (nats) of what each token was drawn from, likewise, where it was kept.
   */
  tokens: z
    .object({
      logProbabilities: hashSchema,
      entropies: hashSchema.optional(),
      spans: z.array(z.object({ from: z.number().int(), to: z.number().int(), artifact: idSchema.nullable() })),
    })
    .optional(),
  /** Why the baseline acted instead of the policy. */
  fallback: z.enum(['late', 'down', 'unsure']).optional(),
});
export type Behaviour = z.infer<typeof behaviourSchema>;

export const candidatesReferenceSchema = z.object({
  /** Hash of the stored candidate set; `null` where the actions are not a list (numbers, text). */
  set: hashSchema,
  count: z.number().int().nonnegative(),
  /** Candidates that were not allowed this time. */
  excluded: z.array(itemSchema),
});

/** What a policy did, for whom, on what, and how likely it was. */
export const decisionSchema = z.object({
  ...recordHead,
  origin: z.enum(['served', 'recorded', 'imported']),
  loop: nameSchema,
  loopVersion: z.string(),
  artifact: idSchema.nullable(),
  subjectState: idSchema.nullable(),
  subject: subjectSchema.nullable(),
  agent: z.object({ id: z.string(), role: z.string() }).nullable(),
  episode: idSchema.nullable(),
  step: z.number().int().nonnegative().nullable(),
  /** Samples drawn for the same prompt share a group. */
  group: z.string().nullable(),
  parents: z.array(
    z.object({ id: idSchema, relation: z.enum(['answers', 'refines', 'criticises', 'plannedBy', 'retried']) }),
  ),
  context: z.array(partSchema),
  observations: z.array(partSchema),
  candidates: candidatesReferenceSchema.nullable(),
  action: actionSchema,
  heldFrom: timeSchema.nullable(),
  heldUntil: timeSchema.nullable(),
  behaviour: behaviourSchema,
  /** The experiment that it was made in, and the arm whose policy made it: probabilities are under that policy. */
  experiment: z.object({ id: idSchema, arm: nameSchema }).optional(),
  /** `deferred`: no evidence until an activation says that the action was shown. */
  activation: z.enum(['immediate', 'deferred']),
  decidedAt: timeSchema,
  idempotencyKey: idempotencyKeySchema.nullable(),
  traceId: z.string().nullable(),
  /** Its subject was forgotten: what was personal in it is gone. */
  forgotten: z.literal(true).optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Says that a deferred decision was shown after all. */
export const activationSchema = z.object({ ...recordHead, decision: idSchema, activatedAt: timeSchema });
export type Activation = z.infer<typeof activationSchema>;
