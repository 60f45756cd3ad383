import { z } from 'zod';
import { hashSchema, idSchema, jsonObjectSchema, nameSchema, recordHead, timeSchema } from './common.ts';
import { targetSchema } from './feedback.ts';
import type { FeedbackTarget } from './feedback.ts';

export const signalValueSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reward'), rewards: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('label'), label: z.union([z.string(), z.number(), z.boolean()]) }),
  /** `probability` that the chosen one is preferred; 1 where the judge was sure. */
  z.object({
    kind: z.literal('pair'),
    chosen: targetSchema,
    rejected: targetSchema,
    probability: z.number().min(0).max(1),
  }),
  z.object({ kind: z.literal('ranking'), targets: z.array(targetSchema), ranks: z.array(z.number().int().positive()) }),
  z.object({ kind: z.literal('tokenWeights'), weights: z.union([z.array(z.number()), hashSchema]) }),
  z.object({
    kind: z.literal('transition'),
    reward: z.number(),
    next: idSchema.nullable(),
    terminal: z.boolean(),
    extra: jsonObjectSchema.optional(),
  }),
  z.object({ kind: z.literal('demonstration'), target: targetSchema }),
]);
export type SignalValue = z.infer<typeof signalValueSchema>;
export type SignalKind = SignalValue['kind'];

/**
 * What a learner can use, derived from decisions and feedback and rebuildable from them at any time.
 * Keyed by (derivation, targetKey); a later answer makes `version` + 1.
 * `value` is `null` while provisional and where censored.
 */
export const signalSchema = z.object({
  ...recordHead,
  derivation: z.string(),
  loop: nameSchema,
  target: targetSchema,
  targetKey: z.string(),
  version: z.number().int().positive(),
  kind: z.enum(['reward', 'label', 'pair', 'ranking', 'tokenWeights', 'transition', 'demonstration']),
  value: signalValueSchema.nullable(),
  weight: z.number().nonnegative(),
  status: z.enum(['provisional', 'final', 'defaulted', 'censored']),
  /** When a learner may use it; for a provisional one, when its window closes. */
  availableAt: timeSchema,
  feedback: z.array(idSchema),
  artifacts: z.array(idSchema),
  supersedes: idSchema.nullable(),
});
export type Signal = z.infer<typeof signalSchema>;

/** One string per target: two targets are the same exactly when their keys are. */
export function targetKey(target: FeedbackTarget): string {
  switch (target.type) {
    case 'decision':
      return `decision:${target.decision}`;
    case 'item':
      return `item:${target.decision}:${target.item}`;
    case 'alternative':
      return `alternative:${target.decision}:${JSON.stringify(target.action)}`;
    case 'span':
      return `span:${target.decision}:${target.unit}:${target.from}-${target.to}${target.region ? `:${target.region.join(',')}` : ''}`;
    case 'episode':
      return `episode:${target.episode}:${target.fromStep ?? ''}-${target.toStep ?? ''}:${target.agent ?? ''}`;
    case 'feedback':
      return `feedback:${target.feedback}:${target.relation}`;
    case 'artifact':
      return `artifact:${target.artifact}`;
    case 'loop':
      return `loop:${target.loop}:${target.item ?? ''}`;
    case 'subject':
      return `subject:${target.subject}:${target.item ?? ''}`;
    case 'content':
      return `content:${JSON.stringify(target.parts)}`;
  }
}
