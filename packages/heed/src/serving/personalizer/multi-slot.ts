import { createHash, randomUUID } from 'node:crypto';
import { flatFeatures } from '../../loop/index.ts';
import type { LimitedHeed } from '../../loop/index.ts';
import { HeedError } from '../../spec/index.ts';
import { eventKey, toContextAndCandidates } from './mapping.ts';
import { takeable } from './matching.ts';
import type { MultiSlotRankRequest, MultiSlotRankResponse, Slot } from './schemas.ts';

/**
 * Fills the slots in their order: one decision each, joined by an episode, among the actions that are left. A slot's
 * features are part of its context, its baseline action comes first among its candidates, and it takes none that a later
 * slot cannot do without, so that each probability is exact, given the slots before.
 *
 * The decisions count from when all are made: before that they are deferred, and a retry goes on with those that are there.
 */
export async function rankSlots(
  heed: LimitedHeed,
  loop: string,
  request: MultiSlotRankRequest,
  traceId: string | undefined,
): Promise<MultiSlotRankResponse> {
  requireSense(request);
  const { slots, eventId: given, deferActivation } = request;
  const eventId = given ?? randomUUID();
  const { context, candidates } = toContextAndCandidates(request);
  const allowed = slots.map((slot) => allowedIn(slot, request));
  const asked = slots.map((slot, step) => ({
    context: { ...context, ...slotContext(slot) },
    candidates,
    exclude: candidates.map(({ item }) => item).filter((item) => allowed[step]?.has(item) !== true),
  }));
  // What a loop refuses is refused before anything is stored.
  for (const each of asked) await heed.decide(loop, { ...each, dryRun: true });
  const episode = await heed.episodes.start({
    loop,
    // Another request under the same id is another task, and refused.
    task: `multi-slot rank ${createHash('sha256').update(JSON.stringify(request)).digest('hex')}`,
    idempotencyKey: eventKey(eventId),
  });
  const made: { readonly id: string; readonly rewardActionId: string; readonly decision: string }[] = [];
  for (const [step, slot] of slots.entries()) {
    const free = candidates.filter(({ item }) => made.every(({ rewardActionId }) => rewardActionId !== item));
    const may = new Set(
      takeable(
        free.map(({ item }) => item),
        allowed.slice(step + 1),
      ),
    );
    const { decision, chosen } = await heed.decide(loop, {
      context: asked[step]?.context ?? context,
      candidates: free.toSorted(
        (a, b) => Number(b.item === slot.baselineAction) - Number(a.item === slot.baselineAction),
      ),
      exclude: free.map(({ item }) => item).filter((item) => !may.has(item) || !allowed[step]?.has(item)),
      episode: episode.id,
      step,
      activation: 'deferred',
      traceId,
      idempotencyKey: eventKey(eventId, slot.id),
    });
    made.push({ id: slot.id, rewardActionId: chosen[0] ?? '', decision });
  }
  if (episode.status === 'open') await heed.episodes.end(episode.id, { status: 'terminated' });
  if (deferActivation !== true) await Promise.all(made.map(({ decision }) => heed.activate(decision)));
  return { slots: made.map(({ id, rewardActionId }) => ({ id, rewardActionId })), eventId };
}

function allowedIn({ excludedActions }: Slot, { actions }: MultiSlotRankRequest): ReadonlySet<string> {
  return new Set(actions.map(({ id }) => id).filter((id) => excludedActions?.includes(id) !== true));
}

function slotContext({ features, positionFeatures }: Slot): ReturnType<typeof flatFeatures> {
  return flatFeatures([...(features ?? []), ...(positionFeatures ?? [])].map((dictionary) => ({ slot: dictionary })));
}

/** @throws HeedError `invalid-input`. */
function requireSense({ actions, slots }: MultiSlotRankRequest): void {
  const ids = new Set(actions.map(({ id }) => id));
  const [names, baselines] = [new Set<string>(), new Set<string>()];
  for (const { id, baselineAction, excludedActions } of slots) {
    if (names.has(id)) throw refuse("each slot's id must be there once", `${id} is there twice`);
    if (!ids.has(baselineAction))
      throw refuse(`the baselineAction of ${id} must be an action`, `it is ${baselineAction}`);
    if (baselines.has(baselineAction))
      throw refuse("each slot's baselineAction must be its own", `${id} has another's`);
    if (excludedActions?.includes(baselineAction) === true)
      throw refuse(`the baselineAction of ${id} must not be excluded`, `${baselineAction} is`);
    names.add(id);
    baselines.add(baselineAction);
  }
}

function refuse(must: string, is: string): HeedError {
  return new HeedError('invalid-input', `cannot rank for slots, as ${must}: ${is}`);
}
