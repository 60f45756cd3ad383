import { z } from 'zod';
import { namedOptionsSchema } from './loop.ts';

/** The artifact of the bandits without context: what is known of each item. */
export const armsFormatName = 'arms';

/** Names of the artifact's files: plays, rewards and losses per item; what training counts. */
export const armsFiles = { arms: 'arms', counts: 'counts' } as const;

/** Configuration of an arms artifact, format version 1. */
export const armsConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  /** Items met, in the order of the arrays. */
  items: z.array(z.string()),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  rule: z.discriminatedUnion('name', [
    z.object({ name: z.literal('ucb1'), scale: z.number().nonnegative() }),
    z.object({ name: z.literal('kl-ucb'), logLog: z.number().nonnegative() }),
    z.object({
      name: z.literal('thompson'),
      posterior: z.enum(['beta', 'gaussian']),
      noiseVariance: z.number().positive(),
      marginalDraws: z.number().int().min(1),
    }),
    z.object({ name: z.literal('exp3'), rate: z.number().positive() }),
  ]),
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type ArmsConfiguration = z.infer<typeof armsConfigurationSchema>;
