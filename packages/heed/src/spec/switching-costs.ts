import { z } from 'zod';
import { namedOptionsSchema } from './loop.ts';

/** The artifact of `switching-costs`: a distribution over items, and the one that was drawn from it and is held. */
export const switchingCostsFormatName = 'switching-costs';

/** Names of the artifact's files: what acting needs; what training needs beside it. */
export const switchingCostsFiles = { weights: 'weights', counts: 'counts', observations: 'observations' } as const;

/** Configuration of a switching-costs artifact, format version 1. */
export const switchingCostsConfigurationSchema = z.object({
  action: z.literal('choice'),
  /** Items met, in the order of the weights. */
  items: z.array(z.string()),
  leastProbability: z.number(),
  /** What is played until the batch is over; `null` before any item was met. */
  held: z.string().nullable(),
  /** In [0, 1): draws the item where the held one is not there. */
  draw: z.number().min(0).lt(1),
  learner: namedOptionsSchema,
  /** What is still to be observed of this batch. */
  plan: z.object({
    batch: z.number().int().nonnegative(),
    /** Rounds of the batch that are left. */
    rounds: z.number().int().nonnegative(),
    /** Observations wanted of one of them; 0 where the batch has its own. */
    observations: z.number().int().nonnegative(),
    /** The items whose rewards are wanted. */
    items: z.array(z.string()),
  }),
  /** What training goes on from. */
  progress: z.object({
    seed: z.string(),
    batch: z.number().int().nonnegative(),
    /** Rounds of the batch that are over. */
    rounds: z.number().int().nonnegative(),
    /** Rounds of the batch that were observed in full. */
    complete: z.number().int().nonnegative(),
    /** Items that were candidates in this batch. */
    present: z.array(z.string()),
    switches: z.number().int().nonnegative(),
    observations: z.number().int().nonnegative(),
    unobserved: z.number().int().nonnegative(),
  }),
});
export type SwitchingCostsConfiguration = z.infer<typeof switchingCostsConfigurationSchema>;
