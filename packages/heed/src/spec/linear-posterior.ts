import { z } from 'zod';
import { featuresSchema, namedOptionsSchema } from './loop.ts';

/** The artifact of `lin-ucb` and `linear-thompson`: ridge regressions with their covariances. */
export const linearPosteriorFormatName = 'linear-posterior';

/** Names of the artifact's files: what acting needs; what training needs beside it. */
export const linearPosteriorFiles = { posterior: 'posterior', counts: 'counts' } as const;

/** Configuration of a linear-posterior artifact, format version 1. */
export const linearPosteriorConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  features: featuresSchema,
  /** One regression over all items, or one for each: then the features of the item's own name are left out. */
  model: z.enum(['shared', 'disjoint']),
  /** Items that have a regression, in the order of their arrays; one unnamed for the shared model. */
  items: z.array(z.string()),
  ridge: z.number().positive(),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  rule: z.discriminatedUnion('name', [
    /** The best of `μ·x + α √(xᵀ A⁻¹ x)`. */
    z.object({ name: z.literal('upper-bound'), alpha: z.number().nonnegative() }),
    /** The best of `θ·x`, `θ ~ N(μ, scale² A⁻¹)`. */
    z.object({
      name: z.literal('thompson'),
      scale: z.number().nonnegative(),
      marginalDraws: z.number().int().min(1),
    }),
  ]),
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type LinearPosteriorConfiguration = z.infer<typeof linearPosteriorConfigurationSchema>;
