import { z } from 'zod';
import { namedOptionsSchema } from './loop.ts';

/** The artifact of `ar2`: what each item paid last and when, and which of them are to be looked at again. */
export const autoregressiveFormatName = 'autoregressive';

/** Name of the artifact's file: what training counts. */
export const autoregressiveFiles = { counts: 'counts' } as const;

const round = z.number().int().nonnegative();

/** Configuration of an autoregressive artifact, format version 1. */
export const autoregressiveConfigurationSchema = z.object({
  action: z.literal('choice'),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  /** α: the share of what an item pays, above the middle of the range, that is left a round later. */
  memory: z.number(),
  /** Rounds that had been played when this was made. */
  round,
  /** Round in which the epoch began: in rounds of odd number since then others than the best are looked at. */
  epochStart: round,
  /** The better one of the two items played last. */
  best: z.string().nullable(),
  /** Items met, sorted. */
  arms: z.array(
    z.object({
      item: z.string(),
      /** Last reward, above the middle of the range and in its widths. */
      last: z.number(),
      playedAt: round,
      /** Since when it may be as good as the best. */
      triggeredAt: round.nullable(),
      /** Not yet played in this epoch: comes before all else. */
      fresh: z.boolean(),
    }),
  ),
  learner: namedOptionsSchema,
});
export type AutoregressiveConfiguration = z.infer<typeof autoregressiveConfigurationSchema>;
