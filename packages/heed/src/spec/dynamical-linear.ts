import { z } from 'zod';
import { namedOptionsSchema } from './loop.ts';

/** The artifact of `dyn-lin-ucb` and `d-lin-ucb`: what vectors are believed to be worth, and which of them is held. */
export const dynamicalLinearFormatName = 'dynamical-linear';

/** Names of the artifact's files: what acting needs; what training needs beside it. */
export const dynamicalLinearFiles = { bounds: 'bounds', learning: 'learning' } as const;

const vectorSchema = z.array(z.number());

/** Configuration of a dynamical-linear artifact, format version 1. */
export const dynamicalLinearConfigurationSchema = z.object({
  action: z.literal('choice'),
  /** Fields of a candidate that make its vector, in their order. */
  fields: z.array(z.string()).min(1),
  /** β: by how many of its deviations a vector's bound lies above its estimate. */
  width: z.number().nonnegative(),
  leastProbability: z.number(),
  /** What is played until its rounds are over, with the vector that it was chosen for; and the seconds that are left, where known. */
  held: z.object({ item: z.string(), vector: vectorSchema, seconds: z.number().positive().nullable() }).nullable(),
  learner: namedOptionsSchema,
  /** What training goes on from. */
  progress: z.object({
    seed: z.string(),
    round: z.number().int().nonnegative(),
    epoch: z.number().int().positive(),
    run: z.object({ item: z.string(), vector: vectorSchema, length: z.number().int().nonnegative() }).nullable(),
  }),
});
export type DynamicalLinearConfiguration = z.infer<typeof dynamicalLinearConfigurationSchema>;
