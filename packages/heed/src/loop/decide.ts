import { createHash } from 'node:crypto';
import { HeedError, baselineItems, excludedItems, isHeedError, schemaVersion } from '../spec/index.ts';
import type { Action, Behaviour, Decision, JsonObject, Part, Policy, PolicyRequest } from '../spec/index.ts';
import { faultOfDecision } from '../evaluation/release/index.ts';
import { signToken } from '../feedback/index.ts';
import { idempotencyConflict, timeOfId } from '../store/index.ts';
import type { BlobContent, HotInsertOptions, Idempotency } from '../store/index.ts';
import { canonicalJson } from './canonical-json.ts';
import { normaliseContext } from './candidate-sets.ts';
import type { LoadedArtifact } from './artifacts.ts';
import { resolveCandidates } from './candidates.ts';
import type { Context, RunningLoop } from './context.ts';
import type { ServedArm } from './experiment-assign.ts';
import { heldTimes } from './held.ts';
import type { DecideReply, DecideRequest } from './heed.ts';
import { pastOf, pastPart } from './past.ts';
import type { ServingState } from './serving-state.ts';

/** Days that a feedback token outlives the loop's attribution window. */
const tokenGraceDays = 1;

/** Chooses for one request, stores the decision, and answers once it is on disk. */
export async function decide(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  request: DecideRequest,
): Promise<DecideReply> {
  return settle(context, loop, await draft(context, state, loop, request));
}

/**
 * As `decide`, for many requests: all are stored, or none. None is unless a choice could be made for each, under an id that is
 * free and a key that is free or stands for the same request.
 */
export async function decideBatch(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  requests: readonly DecideRequest[],
): Promise<DecideReply[]> {
  const drafts = await Promise.all(requests.map((request) => draft(context, state, loop, request)));
  const fresh = drafts.flatMap(({ decision, write }) => (write === null ? [] : [{ ...write, record: decision }]));
  requireOnce(fresh.map(({ record }) => record.id));
  const stored = await context.store.decisions.insertAll(fresh);
  let next = 0;
  return drafts.map(({ decision, write, dryRun }) => {
    const kept = write === null ? decision : (stored[next++]?.stored ?? decision);
    return reply(context, loop, kept, { dryRun });
  });
}

/** @throws HeedError `invalid-input` for an id that is there twice. */
function requireOnce(ids: readonly string[]): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id))
      throw new HeedError('invalid-input', `cannot decide this batch, as each id must be there once: ${id} is not`);
    seen.add(id);
  }
}

/** A decision on its way to the store, or the one that its key stands for already. */
interface Draft {
  readonly decision: Decision;
  /** What `insert` needs; `null` where nothing is to be stored. */
  readonly write: HotInsertOptions | null;
  readonly dryRun: boolean;
}

/**
 * Checks a request and makes its choice; stores nothing. Whether its key was used before is not asked: the store says so when
 * the decision is written. Only where no choice can be made any more, as an item is gone, is the one made then looked for.
 */
async function draft(context: Context, state: ServingState, loop: RunningLoop, request: DecideRequest): Promise<Draft> {
  const { configuration, validators } = loop;
  const { action } = configuration;
  const dryRun = request.dryRun === true;
  if (action.type === 'free')
    throw new HeedError(
      'invalid-input',
      `cannot decide in the loop ${configuration.name}, as its action must be a choice or a slate: it is free (record its decisions instead)`,
    );
  validators.context(request.context);

  const idempotency =
    request.idempotencyKey === undefined
      ? undefined
      : { key: request.idempotencyKey, payload: payloadHash('decide', request) };
  try {
    const { decision, blob } = await makeDecision(context, state, loop, request);
    return { decision, write: dryRun ? null : { idempotency, blobs: [blob] }, dryRun };
  } catch (error) {
    const earlier = idempotency === undefined || dryRun ? null : await earlierDecision(context, loop, idempotency);
    if (earlier === null) throw error;
    return { decision: earlier, write: null, dryRun };
  }
}

/** Makes the choice of a request, and packs what it chose from. */
async function makeDecision(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  request: DecideRequest,
): Promise<{ readonly decision: Decision; readonly blob: BlobContent }> {
  const { configuration } = loop;
  const { action } = configuration;
  const resolved = resolveCandidates(context, loop, request.candidates);
  const [serving, subject, { blob, candidates, given }] = await Promise.all([
    state.serving(loop),
    state.state(loop, request.subject ?? null),
    resolved,
  ]);
  const head = decisionHead(context, loop, request);
  const { subject: unit, decidedAt } = head;
  // Before the decision, so that no decision of an arm is without its assignment.
  const arm =
    unit === null ? null : await state.arm(loop, { subject: unit, decidedAt, dryRun: request.dryRun === true });
  const candidate = arm === null ? state.candidate(loop, unit ?? head.id) : null;
  const past = await pastOf(context, loop, unit, [serving, candidate, arm?.loaded ?? null]);
  const policyRequest: PolicyRequest = {
    subject: request.subject ?? null,
    context: normaliseContext(request.context),
    candidates,
    excluded: excludedItems(configuration.exclusions, request.context, given, request.exclude),
    size: action.type === 'slate' ? Math.min(request.size ?? action.size, action.size) : 1,
    subjectState: subject?.statistics ?? null,
    ...(past !== null && { past }),
  };
  const acted = act({ context, state, loop, serving, candidate, arm, request: policyRequest });
  const decision: Decision = {
    ...head,
    ...heldTimes(state.held(loop), { ...acted, decidedAt }),
    origin: 'served',
    subjectState: subject?.state.id ?? null,
    context: [contextPart(request.context), ...(past === null ? [] : [pastPart(past)])],
    candidates: { set: blob.hash, count: candidates.length, excluded: [...policyRequest.excluded] },
    ...acted,
  };
  return { decision, blob };
}

async function settle(context: Context, loop: RunningLoop, { decision, write, dryRun }: Draft): Promise<DecideReply> {
  if (write === null) return reply(context, loop, decision, { dryRun });
  const { stored } = await context.store.decisions.insert(decision, write);
  return reply(context, loop, stored);
}

async function earlierDecision(
  { store }: Context,
  { configuration }: RunningLoop,
  { key, payload }: Idempotency,
): Promise<Decision | null> {
  const earlier = await store.findIdempotency('decision', configuration.name, key, payload);
  if (earlier?.samePayload === false) throw idempotencyConflict('decision', key);
  return earlier === null ? null : store.decisions.get(earlier.record);
}

/** Clocks of callers may go ahead of ours by this much. */
const aheadMs = 86_400_000;

/**
 * A decision lies in the day of its id, and is kept by it: ids of any day would make tables without end, rows that retention
 * takes at once, and others that it never takes.
 *
 * @throws HeedError `invalid-input`
 */
function requireTimely(id: string, nowMs: number, { name, retentionDays }: RunningLoop['configuration']): void {
  const ageMs = nowMs - timeOfId(id);
  if (ageMs >= -aheadMs && ageMs <= retentionDays * 86_400_000) return;
  throw new HeedError(
    'invalid-input',
    `cannot store a decision in the loop ${name}, as its id must be a UUIDv7 of the last ${retentionDays} days: the time in ${id} is ${ageMs < 0 ? 'yet to come' : 'before them'}`,
  );
}

/**
 * The fields that every way of making a decision fills alike.
 *
 * @throws HeedError `invalid-input` for an id of another time.
 */
export function decisionHead(
  { clock, newId }: Context,
  { configuration, version }: RunningLoop,
  request: Pick<
    DecideRequest,
    | 'id'
    | 'subject'
    | 'agent'
    | 'episode'
    | 'step'
    | 'group'
    | 'parents'
    | 'observations'
    | 'activation'
    | 'idempotencyKey'
    | 'traceId'
  >,
) {
  const now = clock();
  if (request.id !== undefined) requireTimely(request.id, now, configuration);
  return {
    schemaVersion,
    id: request.id ?? newId(),
    loop: configuration.name,
    loopVersion: version,
    subject: request.subject ?? null,
    agent: request.agent ?? null,
    episode: request.episode ?? null,
    step: request.step ?? null,
    group: request.group ?? null,
    parents: request.parents ?? [],
    observations: [...(request.observations ?? [])],
    heldFrom: null,
    heldUntil: null,
    activation: request.activation ?? 'immediate',
    decidedAt: new Date(now).toISOString(),
    idempotencyKey: request.idempotencyKey ?? null,
    traceId: request.traceId ?? null,
  } satisfies Partial<Decision>;
}

/** A JSON context as a part of the record. */
export function contextPart(value: JsonObject): Part {
  return { type: 'json', name: 'context', value };
}

/** SHA-256 over what was asked: a key that comes back with another hash is a mistake of the caller's. A retry may have an id and a trace of its own. */
export function payloadHash(call: string, request: object): string {
  return createHash('sha256')
    .update(call)
    .update(canonicalJson({ ...request, id: null, traceId: null }))
    .digest('hex');
}

interface Acting {
  readonly context: Context;
  readonly state: ServingState;
  readonly loop: RunningLoop;
  readonly serving: LoadedArtifact;
  readonly candidate: LoadedArtifact | null;
  readonly arm: ServedArm | null;
  readonly request: PolicyRequest;
}

type Acted = Pick<Decision, 'artifact' | 'action' | 'behaviour' | 'experiment'>;

/**
 * Lets the arm of an experiment decide, or the candidate, where it is their turn; where one has a fault, what serves decides
 * in its place, and the experiment ends or the candidate is sent back.
 */
function act({ context, state, loop, serving, candidate, arm, request }: Acting): Acted {
  requireAllowed(loop, request);
  if (arm !== null) {
    const experiment = { id: arm.experiment, arm: arm.name };
    if (arm.loaded === null) return { artifact: null, ...byBaseline(loop, request), experiment };
    const tried = attempt(arm.loaded.policy, request, context.newSeed());
    if ('action' in tried) return { artifact: arm.loaded.artifact.id, ...tried, experiment };
    if (tried.unsure)
      return { artifact: arm.loaded.artifact.id, ...fallBack(context, loop, request, tried.fault), experiment };
    state.stopExperiment(loop, arm, tried.fault);
  }
  if (candidate !== null) {
    const tried = attempt(candidate.policy, request, context.newSeed());
    if ('action' in tried) return { artifact: candidate.artifact.id, ...tried };
    state.sendBack(loop, candidate.artifact.id, tried.fault);
  }
  if (loop.configuration.release.gates === undefined)
    return { artifact: serving.artifact.id, ...choose(context, loop, serving.policy, request) };
  const made = attempt(serving.policy, request, context.newSeed());
  if ('action' in made) return { artifact: serving.artifact.id, ...made };
  if (!made.unsure) state.sendBack(loop, serving.artifact.id, made.fault);
  return { artifact: serving.artifact.id, ...fallBack(context, loop, request, made.fault) };
}

/** A decision that is sound, or why there is none. */
function attempt(
  policy: Policy,
  request: PolicyRequest,
  seed: string,
): { action: Action; behaviour: Behaviour } | { fault: string; unsure: boolean } {
  try {
    const decision = policy.decide(request, seed);
    const fault = faultOfDecision(request, decision);
    if (fault !== null) return { fault, unsure: false };
    return { action: decision.action, behaviour: decision.behaviour };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error), unsure: isHeedError(error) };
  }
}

function requireAllowed(loop: RunningLoop, request: PolicyRequest): void {
  const { name } = loop.configuration;
  if (request.candidates.every(({ item }) => request.excluded.has(item))) {
    throw new HeedError(
      'invalid-input',
      `cannot decide in the loop ${name}, as at least one candidate must be allowed: all ${request.candidates.length} are excluded`,
    );
  }
}

/** Lets the policy draw; where it cannot, the baseline acts and says so. */
function choose(
  context: Context,
  loop: RunningLoop,
  policy: Policy,
  request: PolicyRequest,
): { action: Action; behaviour: Behaviour } {
  try {
    const { action: chosen, behaviour } = policy.decide(request, context.newSeed());
    return { action: chosen, behaviour };
  } catch (error) {
    if (!isHeedError(error)) throw error;
    return fallBack(context, loop, request, error.message);
  }
}

function fallBack(
  context: Context,
  loop: RunningLoop,
  request: PolicyRequest,
  why: string,
): { action: Action; behaviour: Behaviour } {
  context.log(`the policy of ${loop.configuration.name} could not decide, so its baseline did: ${why}`);
  const { action, behaviour } = byBaseline(loop, request);
  return { action, behaviour: { ...behaviour, fallback: 'unsure' } };
}

function byBaseline(
  { configuration: { baseline, action } }: RunningLoop,
  request: PolicyRequest,
): { action: Action; behaviour: Behaviour } {
  const items = baselineItems(baseline, request.candidates, request.excluded, request.size);
  return { action: toAction(action.type, items), behaviour: { kind: 'deterministic', logProbability: 0 } };
}

function toAction(type: 'choice' | 'slate' | 'free', items: string[]): Action {
  const [first] = items;
  return type === 'choice' && first !== undefined ? { type: 'choice', item: first } : { type: 'slate', items };
}

/** The items of an action, best place first; none for actions that are not items. */
export function chosenItems(action: Action): readonly string[] {
  if (action.type === 'choice') return [action.item];
  return action.type === 'slate' ? action.items : [];
}

function reply(context: Context, loop: RunningLoop, decision: Decision, { dryRun = false } = {}): DecideReply {
  const { behaviour } = decision;
  return {
    decision: decision.id,
    loop: decision.loop,
    loopVersion: decision.loopVersion,
    action: decision.action,
    chosen: chosenItems(decision.action),
    probability: behaviour.logProbability === null ? null : Math.exp(behaviour.logProbability),
    logProbability: behaviour.logProbability,
    behaviour: behaviour.kind,
    fallback: behaviour.fallback ?? null,
    artifact: decision.artifact,
    subjectState: decision.subjectState,
    seed: behaviour.seed ?? null,
    token: dryRun ? null : tokenFor(context, loop, decision),
    decidedAt: decision.decidedAt,
  };
}

/** A token that judges this decision until its attribution window, and a day of grace, are over. */
export function tokenFor(
  { tokenSecret }: Context,
  { configuration }: RunningLoop,
  { id, loop, subject, decidedAt }: Pick<Decision, 'id' | 'loop' | 'subject' | 'decidedAt'>,
): string {
  const expiresAt = Date.parse(decidedAt) + (configuration.attributionWindowSeconds + tokenGraceDays * 86_400) * 1_000;
  return signToken(tokenSecret, { decision: id, loop, subject, expiresAt });
}
