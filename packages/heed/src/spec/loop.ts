import { z } from 'zod';
import { feedbackKinds } from './feedback.ts';
import { itemSchema, jsonObjectSchema, jsonSchema, nameSchema, recordHead, timeSchema } from './common.ts';

/** How choices are explored where a loop names nothing: in full, so that what is learned under it says what it means. */
export const explorationOfChoices = {
  name: 'square-cb',
  options: { gammaScale: 300, gammaExponent: 0.5 },
} as const;

/** A plain test on one field of the context or of a candidate. */
export const conditionSchema = z.object({
  from: z.enum(['context', 'candidate']),
  field: z.string(),
  is: z.enum(['equal', 'notEqual', 'above', 'below', 'includes']),
  value: z.union([z.string(), z.number(), z.boolean()]),
});
export type Condition = z.infer<typeof conditionSchema>;

/** What acts where the policy cannot: the order given, one named item, or an order by one of the candidates' fields. */
export const baselineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('given') }),
  z.object({ type: z.literal('item'), item: itemSchema }),
  z.object({ type: z.literal('field'), field: z.string(), order: z.enum(['ascending', 'descending']) }),
]);
export type Baseline = z.infer<typeof baselineSchema>;

/**
 * How a feedback's value becomes a number: a constant (the value is ignored), a linear map of a numeric value
 * or of a probability, or a number per category.
 */
export const rewardTermSchema = z.union([
  z.number(),
  z.object({ scale: z.number(), offset: z.number().default(0) }),
  z.object({ categories: z.record(z.string(), z.number()) }),
]);
export type RewardTerm = z.infer<typeof rewardTermSchema>;

export const rewardMappingSchema = z.object({
  /** Feedback name → number; names left out say nothing about the reward. */
  from: z.record(nameSchema, rewardTermSchema),
  /** Several answers on one target: added, the newest one, the largest, the smallest. */
  combine: z.enum(['sum', 'newest', 'largest', 'smallest']).default('sum'),
  /** Declared range of a target's reward; what falls outside is clipped to it. */
  range: z.tuple([z.number(), z.number()]),
  /** `feedback`: final as soon as one answer is there (a later one supersedes); `window`: when the window closes. */
  final: z.enum(['feedback', 'window']).default('window'),
  /** A target without an answer. */
  missing: z.union([z.literal('wait'), z.literal('censor'), z.object({ default: z.number() })]),
});
export type RewardMapping = z.infer<typeof rewardMappingSchema>;

export const namespaceSchema = z.object({
  /** `subject`: who it is for, as one category. */
  from: z.enum(['context', 'candidate', 'item', 'subject']),
  /** Fields that belong to it; all of them where left out. */
  fields: z.array(z.string()).optional(),
  /** Divide the namespace's values by their Euclidean norm. */
  normalise: z.boolean().default(false),
});
export type Namespace = z.infer<typeof namespaceSchema>;

export const featuresSchema = z.object({
  namespaces: z.record(nameSchema, namespaceSchema),
  /** Products of namespaces, each a list of two or three names. */
  crosses: z.array(z.array(nameSchema).min(2).max(3)).default([]),
  /** The weight table has 2^bits slots. */
  bits: z.number().int().min(4).max(24).default(18),
  seed: z.number().int().nonnegative().default(0),
});
export type FeatureConfiguration = z.infer<typeof featuresSchema>;

export const namedOptionsSchema = z.object({ name: nameSchema, options: jsonObjectSchema });
export type NamedOptions = z.infer<typeof namedOptionsSchema>;

export const feedbackDefinitionSchema = z.object({
  kind: z.enum(feedbackKinds),
  /** JSON schema of the value that comes in; `null` where saying it is all there is. */
  value: jsonObjectSchema.nullable(),
});

/** What a new policy must show on its way into service. */
export const gatesSchema = z.object({
  /** Logged decisions that it is scored on before anything else. */
  apprentice: z.object({ decisions: z.number().int().positive() }),
  /** Decisions, made from then on by what serves, that it makes as well, for nobody. */
  shadow: z.object({ decisions: z.number().int().positive() }),
  canary: z.object({
    /** Share of the subjects that it serves. */
    share: z.number().positive().max(0.5),
    /** Subjects that it must have served. */
    leastSubjects: z.number().int().positive(),
    /** How long after a subject's first decision its outcome is counted. */
    outcomeSeconds: z.number().positive(),
  }),
  /** How much lower its mean reward may be than that of what serves, in units of reward. */
  tolerance: z.number().positive(),
  /** Probability that a policy that is no worse is ever sent back for its reward. */
  alpha: z.number().positive().max(0.5),
  /** Feedback whose share of the subjects must not move to the bad side by more than the tolerance. */
  guardrails: z.array(
    z.object({ feedback: nameSchema, tolerance: z.number().positive().max(1), higherIsBetter: z.boolean() }),
  ),
  /** After so long without a verdict it is sent back. */
  patienceSeconds: z.number().positive(),
});
export type Gates = z.infer<typeof gatesSchema>;

/** A loop as data: everything that makes its version. */
export const loopConfigurationSchema = z.object({
  name: nameSchema,
  context: jsonObjectSchema,
  candidate: jsonObjectSchema,
  action: z.discriminatedUnion('type', [
    z.object({ type: z.literal('choice') }),
    z.object({ type: z.literal('slate'), size: z.number().int().min(1).max(100) }),
    /** Made elsewhere and recorded here: text, numbers, tool calls. */
    z.object({ type: z.literal('free') }),
  ]),
  feedback: z.record(nameSchema, feedbackDefinitionSchema),
  reward: rewardMappingSchema,
  attributionWindowSeconds: z.number().positive(),
  baseline: baselineSchema,
  exclusions: z.array(conditionSchema),
  /** Least probability of any allowed action (of an item at the first position, for slates). */
  leastProbability: z.number().min(0).max(0.5),
  deadlineMs: z.number().int().positive(),
  retentionDays: z.number().int().positive(),
  features: featuresSchema,
  learner: namedOptionsSchema,
  exploration: namedOptionsSchema,
  release: z.object({
    /** `automatic`: a finished training serves at once; `manual`: an operator promotes it; `gated`: it serves once it has passed the gates. */
    promote: z.enum(['automatic', 'manual', 'gated']),
    /** There where `promote` is `gated`. */
    gates: gatesSchema.optional(),
    /** Train once this many new final signals wait … */
    everySignals: z.number().int().positive(),
    /** … or this long after the last training, where at least one does. */
    everySeconds: z.number().positive(),
    /** … and only on what at least this many subjects said: one person's taste is not everybody's. */
    leastSubjects: z.number().int().nonnegative(),
  }),
});
export type LoopConfiguration = z.infer<typeof loopConfigurationSchema>;

/** The stored loop: its configuration and the hash of it, which is its version. */
export const loopSchema = z.object({
  ...recordHead,
  name: nameSchema,
  version: hashedVersion(),
  configuration: loopConfigurationSchema,
  createdAt: timeSchema,
});
export type Loop = z.infer<typeof loopSchema>;

function hashedVersion() {
  return z.string().regex(/^[0-9a-f]{16}$/, 'must be the first 16 hexadecimal digits of a SHA-256');
}

/** A value of a candidate's or context's feature. Numbers are taken as float32. */
export const featureValueSchema = z.union([
  z.number(),
  z.string(),
  z.boolean(),
  z.null(),
  z.array(z.number()),
  z.array(z.string()),
  z.record(z.string(), z.number()),
]);
export type FeatureValue = z.infer<typeof featureValueSchema>;

/** One thing that may be chosen. */
export const candidateSchema = z.object({ item: itemSchema, features: z.record(z.string(), jsonSchema).default({}) });
export interface Candidate {
  readonly item: string;
  readonly features: { readonly [field: string]: unknown };
  /** Where its features are all numbers and lie in a table: its row. */
  readonly numbers?: { readonly table: NumberTable; readonly row: number };
}

/** Candidates that have numbers under the same names and nothing else: the numbers, one column after the other. */
export interface NumberTable {
  /** Sorted. */
  readonly names: readonly string[];
  /** `names.length × rows` numbers: that of candidate `row` in column `column` is at `column · rows + row`. */
  readonly values: Float32Array;
  readonly rows: number;
}
