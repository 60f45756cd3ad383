import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LimitedHeed, Personalizer } from '../../loop/index.ts';
import { HeedError } from '../../spec/index.ts';
import { keyOf, traceOf } from '../headers.ts';
import type { RouteContext, Server } from '../routes/route.ts';
import { handlePersonalizerErrors } from './errors.ts';
import { eventKey, toContextAndCandidates, toRanking } from './mapping.ts';
import { rankSlots } from './multi-slot.ts';
import { giveRewards } from './rewarding.ts';
import {
  eventParams,
  multiSlotEventParams,
  multiSlotRankParams,
  multiSlotRankRequest,
  multiSlotRankResponse,
  multiSlotRewardRequest,
  personalizerError,
  rankParams,
  rankRequest,
  rankResponse,
  rewardRequest,
} from './schemas.ts';
import type { RankRequest, RankResponse } from './schemas.ts';

const prefix = '/personalizer/:version';
const config = { subscriptionKey: true };
const tags = ['personalizer'];
const nothing = { 204: z.null().describe('Taken'), default: personalizerError };

/** Ranks, rewards and activations in the paths and shapes of Azure Personalizer. */
export function personalizerRoutes(server: Server, { log }: Pick<RouteContext, 'log'>, settings: Personalizer): void {
  server.setErrorHandler(handlePersonalizerErrors(log));
  rankRoutes(server, settings);
  eventRoutes(server, settings);
  multiSlotEventRoutes(server, settings);
}

function rankRoutes(server: Server, { loop, multiSlotLoop }: Personalizer): void {
  server.post(
    `${prefix}/rank`,
    {
      config,
      schema: {
        operationId: 'personalizerRank',
        tags,
        summary: 'Rank actions',
        description:
          "As Personalizer's rank: a decision of the configured loop, known by its `eventId`; the same one again gives the same answer.",
        params: rankParams,
        body: rankRequest,
        response: { 201: rankResponse, default: personalizerError },
      },
    },
    async ({ heed, body, headers }, reply) =>
      reply.code(201).send(await rank(heed, loop, body, traceOf(headers.traceparent))),
  );
  server.post(
    `${prefix}/multislot/rank`,
    {
      config,
      schema: {
        operationId: 'personalizerMultiSlotRank',
        tags,
        summary: 'Choose an action for each slot',
        description:
          "As Personalizer's multi-slot rank: one decision of the configured loop for each slot, joined by an episode.",
        params: multiSlotRankParams,
        body: multiSlotRankRequest,
        response: { 201: multiSlotRankResponse, default: personalizerError },
      },
    },
    async ({ heed, body, headers }, reply) =>
      reply.code(201).send(await rankSlots(heed, multiSlotLoop, body, traceOf(headers.traceparent))),
  );
}

function eventRoutes(server: Server, settings: Personalizer): void {
  const { loop } = settings;
  const url = `${prefix}/events/:eventId`;
  server.post(
    `${url}/reward`,
    {
      config,
      schema: {
        operationId: 'personalizerReward',
        tags,
        summary: 'Reward an event',
        description:
          'Gives the decision of the event a reward. Of several the first counts, or their sum, as configured; `Idempotency-Key` then makes a repetition count once.',
        params: eventParams,
        body: rewardRequest,
        response: nothing,
      },
    },
    async ({ heed, params: { eventId }, body: { value }, headers }, reply) => {
      const decision = await decisionOf(heed, loop, eventId);
      const once = keyOf({}, headers);
      await giveRewards(heed, settings, [{ loop, event: eventKey(eventId), decision, value, once }]);
      return reply.code(204).send(null);
    },
  );
  server.post(
    `${url}/activate`,
    {
      config,
      schema: {
        operationId: 'personalizerActivate',
        tags,
        summary: 'Activate an event',
        description: 'Says that a decision with deferred activation was shown: it counts from now on.',
        params: eventParams,
        response: nothing,
      },
    },
    async ({ heed, params: { eventId } }, reply) => {
      await heed.activate(await decisionOf(heed, loop, eventId));
      return reply.code(204).send(null);
    },
  );
}

function multiSlotEventRoutes(server: Server, settings: Personalizer): void {
  const { multiSlotLoop: loop } = settings;
  const url = `${prefix}/multislot/events/:eventId`;
  server.post(
    `${url}/reward`,
    {
      config,
      schema: {
        operationId: 'personalizerMultiSlotReward',
        tags,
        summary: 'Reward slots of an event',
        description: "Gives the decisions of the event's slots their rewards, as `personalizerReward`: all, or none.",
        params: multiSlotEventParams,
        body: multiSlotRewardRequest,
        response: nothing,
      },
    },
    async ({ heed, params: { eventId }, body, headers }, reply) => {
      const rewards = await Promise.all(
        body.reward.map(async ({ slotId, value }, place) => {
          const decision = await decisionOf(heed, loop, eventId, slotId);
          return { loop, event: eventKey(eventId, slotId), decision, value, once: keyOf({}, headers, place) };
        }),
      );
      await giveRewards(heed, settings, rewards);
      return reply.code(204).send(null);
    },
  );
  server.post(
    `${url}/activate`,
    {
      config,
      schema: {
        operationId: 'personalizerMultiSlotActivate',
        tags,
        summary: 'Activate all slots of an event',
        description: 'Says that the slots of an event with deferred activation were shown: they count from now on.',
        params: multiSlotEventParams,
        response: nothing,
      },
    },
    async ({ heed, params: { eventId } }, reply) => {
      const episode = await heed.lookup.episode(loop, eventKey(eventId));
      if (episode === null) throw unknownEvent(eventId);
      const { rows } = await heed.decisions.list({ loop, episode, limit: 1_000 });
      await Promise.all(rows.map(({ id }) => heed.activate(id)));
      return reply.code(204).send(null);
    },
  );
}

async function rank(
  heed: LimitedHeed,
  loop: string,
  request: RankRequest,
  traceId: string | undefined,
): Promise<RankResponse> {
  const { eventId: given, excludedActions, deferActivation } = request;
  const eventId = given ?? randomUUID();
  const { decision, chosen } = await heed.decide(loop, {
    ...toContextAndCandidates(request),
    exclude: excludedActions ?? [],
    activation: deferActivation === true ? 'deferred' : 'immediate',
    traceId,
    idempotencyKey: eventKey(eventId),
  });
  const [rewardActionId = ''] = chosen;
  const probabilities = await heed.lookup.probabilities(decision);
  return { ranking: toRanking(probabilities, rewardActionId, new Set(excludedActions)), eventId, rewardActionId };
}

async function decisionOf(heed: LimitedHeed, loop: string, ...names: readonly [string, ...string[]]): Promise<string> {
  const decision = await heed.lookup.decision(loop, eventKey(...names));
  if (decision === null) throw unknownEvent(names.join(', slot '));
  return decision;
}

function unknownEvent(eventId: string): HeedError {
  return new HeedError('not-found', `cannot find the event ${eventId}, as a rank must have made it: none has`);
}
