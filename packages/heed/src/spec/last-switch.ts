import { z } from 'zod';
import { namedOptionsSchema } from './loop.ts';

/** The artifact of `last-switch`: what items pay by how rested they are, and the schedule made of that. */
export const lastSwitchFormatName = 'last-switch';

/** Names of the artifact's files: plays, rewards and means per item and state; what training counts. */
export const lastSwitchFiles = { states: 'states', counts: 'counts' } as const;

/** Configuration of a last-switch artifact, format version 1. */
export const lastSwitchConfigurationSchema = z.object({
  action: z.literal('choice'),
  /** Items met, in the order of the arrays; without the idle one. */
  items: z.array(z.string()),
  /** The item that stands for doing nothing, where there is one. */
  idle: z.string().nullable(),
  tauMax: z.number().int().min(1),
  phiMax: z.number().int().min(1),
  /** Samples of each state that come before the schedule. */
  samples: z.number().int().min(0),
  monotone: z.boolean(),
  rewardRange: z.tuple([z.number(), z.number()]),
  leastProbability: z.number(),
  /** Items by their place, each with its rest, its plays in a row, and its place in time. */
  schedule: z.array(
    z.object({
      arm: z.number().int().nonnegative(),
      tau: z.number().int().nonnegative(),
      phi: z.number().int().min(1),
      offset: z.number().int().nonnegative(),
    }),
  ),
  /** What the schedule was made for, and its reward per round and that of the relaxation, from 0 to 1. */
  plan: z
    .object({
      items: z.array(z.string()),
      examples: z.number().int().nonnegative(),
      reward: z.number(),
      bound: z.number(),
    })
    .nullable(),
  seed: z.string(),
  learner: namedOptionsSchema,
});
export type LastSwitchConfiguration = z.infer<typeof lastSwitchConfigurationSchema>;
