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

/** What a piece of feedback judges. */
export const targetSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('decision'), decision: idSchema }),
  z.object({
    type: z.literal('item'),
    decision: idSchema,
    item: itemSchema,
    position: z.number().int().nonnegative().optional(),
  }),
  /** An action that was not taken. */
  z.object({ type: z.literal('alternative'), decision: idSchema, action: actionSchema }),
  z.object({
    type: z.literal('span'),
    decision: idSchema,
    unit: z.enum(['token', 'character', 'step', 'part']),
    from: z.number().int().nonnegative(),
    to: z.number().int().nonnegative(),
    /** A rectangle [left, top, right, bottom] in an image part, in pixels. */
    region: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  }),
  z.object({
    type: z.literal('episode'),
    episode: idSchema,
    fromStep: z.number().int().optional(),
    toStep: z.number().int().optional(),
    agent: z.string().optional(),
  }),
  z.object({ type: z.literal('feedback'), feedback: idSchema, relation: z.enum(['retracts', 'supersedes', 'judges']) }),
  z.object({ type: z.literal('artifact'), artifact: idSchema }),
  z.object({ type: z.literal('loop'), loop: nameSchema, item: itemSchema.optional() }),
  z.object({ type: z.literal('subject'), subject: subjectSchema, item: itemSchema.optional() }),
  /** Content that no decision made: a demonstration, an answer from elsewhere. */
  z.object({ type: z.literal('content'), parts: z.array(partSchema) }),
]);
export type FeedbackTarget = z.infer<typeof targetSchema>;

export const feedbackKinds = [
  'reaction',
  'rating',
  'reward',
  'preference',
  'ranking',
  'comment',
  'critique',
  'correction',
  'demonstration',
  'verdict',
  'outcome',
  'retraction',
] as const;
export type FeedbackKind = (typeof feedbackKinds)[number];

export const feedbackValueSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('number'), number: z.number() }),
  /** Named numbers: several rewards, a game's metrics. */
  z.object({ type: z.literal('vector'), numbers: z.record(z.string(), z.number()) }),
  z.object({ type: z.literal('category'), category: z.string() }),
  /** That the first target is preferred to (or, alone, that it is right). */
  z.object({ type: z.literal('probability'), probability: z.number().min(0).max(1) }),
  /** One rank per target, 1 the best; equal ranks are ties. */
  z.object({ type: z.literal('ranking'), ranks: z.array(z.number().int().positive()) }),
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('content'), parts: z.array(partSchema) }),
]);
export type FeedbackValue = z.infer<typeof feedbackValueSchema>;

export const feedbackSourceSchema = z.object({
  type: z.enum(['person', 'system', 'environment', 'model']),
  id: z.string().optional(),
  artifact: idSchema.optional(),
  /** The decision that produced this judgement (a critic's, a debate's). */
  decision: idSchema.optional(),
  seen: z.enum(['nothing', 'part', 'everything', 'simulatedOutcome']),
  /** The evidence shown to the judge. */
  evidence: hashSchema.optional(),
  /** How sure the source says that it is. */
  confidence: z.number().min(0).max(1).optional(),
});

/** What came back: who said what of which target, and when. */
export const feedbackSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  targets: z.array(targetSchema).min(1),
  kind: z.enum(feedbackKinds),
  /** The loop's own name for it, as `upvote`; `null` where the loop declares none. */
  name: nameSchema.nullable(),
  value: feedbackValueSchema,
  source: feedbackSourceSchema,
  /** Who gave it. */
  subject: subjectSchema.nullable(),
  observedAt: timeSchema,
  receivedAt: timeSchema,
  /** Until when it is meant to hold ("not this week"); left out for what holds for ever. */
  expiresAt: timeSchema.optional(),
  idempotencyKey: idempotencyKeySchema.nullable(),
  /** Its subject was forgotten: words, content and who exactly it came from are gone. */
  forgotten: z.literal(true).optional(),
});
export type Feedback = z.infer<typeof feedbackSchema>;

/** The decision that a target belongs to, or `null`. */
export function decisionOfTarget(target: FeedbackTarget): string | null {
  return 'decision' in target ? target.decision : null;
}
