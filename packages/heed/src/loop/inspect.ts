import { HeedError } from '../spec/index.ts';
import type { Decision, Explanation, JsonObject, PolicyRequest } from '../spec/index.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context } from './context.ts';
import { chosenItems } from './decide.ts';
import { readCandidates } from './candidate-sets.ts';
import { toPolicyRequest } from './experience.ts';
import type { DecisionDetail, ReplayReport } from './heed.ts';
import type { ServingState } from './serving-state.ts';

/** Items explained where the caller names none. */
const explainedItems = 20;
const explainedTerms = 3;
/** Whoever may judge a decision may judge it without end: what is shown of it is the newest. */
export const judgementsAtOnce = 1_000;

/** A decision with its candidates, its newest feedback and its signals. */
export async function showDecision(context: Context, id: string): Promise<DecisionDetail> {
  const { store } = context;
  const decision = await findDecision(context, id);
  const [activations, feedback, signals, candidates] = await Promise.all([
    store.activations.ofDecisions([id]),
    store.feedback.list({ target: id, limit: judgementsAtOnce }),
    store.signals.ofDecisions([id]),
    decision.candidates === null ? [] : readCandidates(store, decision.candidates.set),
  ]);
  return {
    decision,
    activatedAt: activations.get(id)?.activatedAt ?? null,
    candidates: candidates.map(({ item, features }) => ({ item, features: features as JsonObject })),
    feedback: feedback.items.toReversed(),
    signals: signals.get(id) ?? [],
  };
}

/** Asks the artifact and the subject state that decided why each item stands where it does. */
export async function explainDecision(
  context: Context,
  state: ServingState,
  id: string,
  { item, most = explainedTerms }: { readonly item?: string | undefined; readonly most?: number | undefined } = {},
): Promise<Explanation[]> {
  const decision = await findDecision(context, id);
  const { request, artifact } = await situation(context, state, decision);
  const items = item === undefined ? chosenItems(decision.action).slice(0, explainedItems) : [item];
  return items.map((each) => artifact.policy.explain(request, each, most));
}

/** How likely each candidate was to be chosen (for slates: first), in the order of the request. */
export async function probabilitiesOf(
  context: Context,
  state: ServingState,
  id: string,
): Promise<{ item: string; probability: number }[]> {
  const decision = await findDecision(context, id);
  const { request, artifact } = await situation(context, state, decision);
  const [first] = chosenItems(decision.action);
  // What the baseline chose, the policy could not.
  const distribution =
    decision.behaviour.fallback === undefined
      ? artifact.policy.distribution(request)
      : request.candidates.map(({ item }) => Number(item === first));
  return request.candidates.map(({ item }, place) => ({ item, probability: distribution[place] ?? 0 }));
}

/** Decides again with the stored artifact, subject state, candidates and seed, and compares bit for bit. */
export async function replayDecision(context: Context, state: ServingState, id: string): Promise<ReplayReport> {
  const decision = await findDecision(context, id);
  const { seed, logProbability } = decision.behaviour;
  if (seed === undefined)
    throw notReplayable(
      decision,
      'its sampler seed must be logged: it has none (the baseline or someone else made it)',
    );
  const { request, artifact } = await situation(context, state, decision);
  const again = artifact.policy.decide(request, seed);
  return {
    decision: id,
    matches:
      JSON.stringify(again.action) === JSON.stringify(decision.action) &&
      Object.is(again.behaviour.logProbability, logProbability),
    action: again.action,
    logProbability: again.behaviour.logProbability,
    loggedLogProbability: logProbability,
  };
}

/** The record that an idempotency key stands for; `null` where it was never used. */
export async function recordWithKey(
  { store }: Pick<Context, 'store'>,
  kind: 'decision' | 'episode',
  loop: string,
  key: string,
): Promise<string | null> {
  return (await store.findIdempotency(kind, loop, key, ''))?.record ?? null;
}

async function findDecision({ store }: Context, id: string): Promise<Decision> {
  const decision = await store.decisions.get(id);
  if (decision === null)
    throw new HeedError('not-found', `cannot show the decision ${id}, as it must be in the store: it is not`);
  return decision;
}

async function situation(
  context: Context,
  state: ServingState,
  decision: Decision,
): Promise<{ request: PolicyRequest; artifact: LoadedArtifact }> {
  if (decision.forgotten === true) throw notReplayable(decision, 'its subject must be known: it was forgotten');
  if (decision.artifact === null)
    throw notReplayable(decision, 'an artifact must have made it: it was recorded or imported');
  if (decision.candidates === null) throw notReplayable(decision, 'its candidates must be stored: it has none');
  const [artifact, candidates, subjectState] = await Promise.all([
    state.artifact(decision.artifact),
    readCandidates(context.store, decision.candidates.set),
    decision.subjectState === null ? null : state.stateById(decision.subjectState),
  ]);
  return { artifact, request: { ...toPolicyRequest(decision, candidates), subjectState } };
}

function notReplayable({ id }: Decision, because: string): HeedError {
  return new HeedError('not-replayable', `cannot replay the decision ${id}, as ${because}`);
}
