import { z } from 'zod';
import { ensembleMethodSchema } from './ensemble.ts';
import { featuresSchema, namedOptionsSchema } from './loop.ts';

/** The artifact of `bagging`, `online-cover` and `reg-cb` over an oracle that is fitted anew to the newest examples. */
export const batchEnsembleFormatName = 'batch-ensemble';

/** Names of the artifact's files: the models; the examples that training remembers. */
export const batchEnsembleFiles = { models: 'models', memory: 'memory' } as const;

/** Configuration of a batch-ensemble artifact, format version 1. */
export const batchEnsembleConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  features: featuresSchema,
  oracle: z.enum(['trees', 'mlp']),
  loss: z.enum(['squared', 'logistic']),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  method: ensembleMethodSchema,
  /** 0 before the first training: nothing is known of anything. */
  models: z.number().int().nonnegative(),
  /** Items that the memory has examples of, in the order of their numbers. */
  items: z.array(z.string()),
  seed: z.string(),
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type BatchEnsembleConfiguration = z.infer<typeof batchEnsembleConfigurationSchema>;
