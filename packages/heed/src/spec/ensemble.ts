import { z } from 'zod';
import { featuresSchema, namedOptionsSchema } from './loop.ts';

/** The artifact of `bagging`, `online-cover` and `reg-cb`: hashed linear models that vote, or one that knows how sure it is. */
export const ensembleFormatName = 'ensemble';

/** Names of the artifact's files: weights of all models, with what they learned from; what training needs beside it. */
export const ensembleFiles = { models: 'models', training: 'training' } as const;

/** How the models of an ensemble come to act. */
export const ensembleMethodSchema = z.discriminatedUnion('name', [
  /** Each of the models takes its best, and all are as likely to be asked. */
  z.object({ name: z.literal('bagging') }),
  /** The first model predicts rewards; the others vote, and each candidate has at least `min(1/K, 1/√(K t))`. */
  z.object({ name: z.literal('online-cover') }),
  /** One model, and how much curvature each weight has seen: bounds on what it may yet turn out to say. */
  z.object({
    name: z.literal('reg-cb'),
    rule: z.enum(['optimistic', 'elimination']),
    mellowness: z.number().nonnegative(),
  }),
]);
export type EnsembleMethod = z.infer<typeof ensembleMethodSchema>;

/** Configuration of an ensemble artifact, format version 1. */
export const ensembleConfigurationSchema = z.object({
  action: z.enum(['choice', 'slate', 'free']),
  features: featuresSchema,
  loss: z.enum(['squared', 'logistic']),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  method: ensembleMethodSchema,
  models: z.number().int().min(1),
  seed: z.string(),
  examples: z.number().int().nonnegative(),
  learner: namedOptionsSchema,
});
export type EnsembleConfiguration = z.infer<typeof ensembleConfigurationSchema>;
