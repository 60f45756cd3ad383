import { z } from 'zod';
import { plainTextSchema } from '../../spec/index.ts';
import { anyJsonObject, named } from '../components.ts';

/** The versions of Personalizer's API whose shapes are spoken. */
const versions = ['v1.0', 'v1.1-preview.1', 'v1.1-preview.2', 'v1.1-preview.3'] as const;
const mostSlots = 50;

const text = plainTextSchema.min(1).max(256);
const dictionaries = z.array(anyJsonObject);
const reward = z.number().min(-1).max(1);

const rankableAction = named('PersonalizerAction', z.object({ id: text, features: dictionaries }));

const event = {
  contextFeatures: dictionaries.nullish(),
  actions: z.array(rankableAction).min(1),
  eventId: text.nullish(),
  deferActivation: z.boolean().nullish(),
};

/** Unknown fields are left out, as Personalizer left them out. */
export const rankRequest = named(
  'PersonalizerRankRequest',
  z.object({ ...event, excludedActions: z.array(text).nullish() }),
);
export type RankRequest = z.infer<typeof rankRequest>;

export const rankResponse = named(
  'PersonalizerRankResponse',
  z.object({
    ranking: z.array(z.object({ id: z.string(), probability: z.number() })),
    eventId: z.string(),
    rewardActionId: z.string(),
  }),
);
export type RankResponse = z.infer<typeof rankResponse>;

const slot = named(
  'PersonalizerSlot',
  z.object({
    id: text,
    /** `positionFeatures` is what some samples call them. */
    features: dictionaries.nullish(),
    positionFeatures: dictionaries.nullish(),
    excludedActions: z.array(text).nullish(),
    baselineAction: text,
  }),
);
export type Slot = z.infer<typeof slot>;

export const multiSlotRankRequest = named(
  'PersonalizerMultiSlotRankRequest',
  z.object({ ...event, slots: z.array(slot).min(1).max(mostSlots) }),
);
export type MultiSlotRankRequest = z.infer<typeof multiSlotRankRequest>;

export const multiSlotRankResponse = named(
  'PersonalizerMultiSlotRankResponse',
  z.object({ slots: z.array(z.object({ id: z.string(), rewardActionId: z.string() })), eventId: z.string() }),
);
export type MultiSlotRankResponse = z.infer<typeof multiSlotRankResponse>;

export const rewardRequest = named('PersonalizerReward', z.object({ value: reward }));
export const multiSlotRewardRequest = named(
  'PersonalizerMultiSlotReward',
  z.object({
    reward: z
      .array(z.object({ slotId: text, value: reward }))
      .min(1)
      .max(mostSlots),
  }),
);

export const rankParams = z.object({ version: z.enum(versions) });
export const eventParams = z.object({ version: z.enum(versions), eventId: text });
/** There were no slots before the previews of 1.1. */
export const multiSlotRankParams = z.object({ version: z.enum(versions).exclude(['v1.0']) });
export const multiSlotEventParams = z.object({ version: z.enum(versions).exclude(['v1.0']), eventId: text });

export const personalizerError = named(
  'PersonalizerError',
  z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.array(z.object({ code: z.string(), message: z.string(), target: z.string() })).optional(),
      /** Heed's own code. */
      innerError: z.object({ code: z.string() }),
    }),
  }),
);
export type PersonalizerError = z.infer<typeof personalizerError>;
