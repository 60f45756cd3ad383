import { z } from 'zod';
import { featuresSchema, namedOptionsSchema } from './loop.ts';

/** The artifact of `batch-erm`: a supervised model fitted to a window of the newest examples. */
export const batchErmFormatName = 'batch-erm';

/** Names of the artifact's files: what acting needs; the examples that training remembers. */
export const batchErmFiles = { model: 'model', memory: 'memory' } as const;

/** Configuration of a batch-erm artifact, format version 1. */
export const batchErmConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  features: featuresSchema,
  oracle: z.enum(['logistic', 'logistic-per-item', 'trees', 'mlp']),
  /** Items that the memory has examples of, in the order of their coefficients. */
  items: z.array(z.string()),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  exploration: namedOptionsSchema,
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type BatchErmConfiguration = z.infer<typeof batchErmConfigurationSchema>;
