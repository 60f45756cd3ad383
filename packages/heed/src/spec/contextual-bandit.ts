import { z } from 'zod';
import { featuresSchema, namedOptionsSchema } from './loop.ts';

/** The artifact that the contextual-bandit learner writes and the policy of the same name reads. */
export const contextualBanditFormatName = 'contextual-bandit';

/**
 * Names of the artifact's files: the global weights; what training needs beside them; hashes that share a slot; and,
 * where steps are Newton's, how surely weights are known together.
 */
export const contextualBanditFiles = {
  weights: 'weights',
  optimiser: 'optimiser',
  collisions: 'collisions',
  covariances: 'covariances',
} as const;

/** The part that keeps to one subject: how far its scores lie from the global ones. Variances are in squared widths of the reward range. */
export const subjectOptionsSchema = z.strictObject({
  /** Namespaces of the loop's features that the part sees. */
  namespaces: z.array(z.string()).min(1),
  /** Variance of a feature's deviation before anything is known. */
  priorVariance: z.number().positive(),
  /** Variance of one reward around its mean. */
  noiseVariance: z.number().positive(),
  /** After n experiences the deviation counts n / (n + shrink). */
  shrink: z.number().nonnegative(),
});
export type SubjectOptions = z.infer<typeof subjectOptionsSchema>;

/** Configuration of a contextual-bandit artifact, format version 1: all that acting needs beside the weights. */
export const contextualBanditConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  features: featuresSchema,
  loss: z.enum(['squared', 'logistic']),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  exploration: namedOptionsSchema,
  subject: subjectOptionsSchema.nullable(),
  /** Examples learned from: the clock of SquareCB's γ. */
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type ContextualBanditConfiguration = z.infer<typeof contextualBanditConfigurationSchema>;
