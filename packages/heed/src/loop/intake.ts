import { HeedError, decisionOfTarget, schemaVersion } from '../spec/index.ts';
import type { Activation, Feedback } from '../spec/index.ts';
import { readToken, toFeedback, tokenUseKey } from '../feedback/index.ts';
import type { Idempotency } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { payloadHash } from './decide.ts';
import type { FeedbackReply, FeedbackRequest } from './heed.ts';
import { traced } from './tracing.ts';

/** Takes judgements in: checks all, gives each its place in the records, and answers once they are on disk. Where one is refused, none is stored. */
export async function takeFeedback(context: Context, requests: readonly FeedbackRequest[]): Promise<FeedbackReply[]> {
  return traced('heed.feedback', null, async (span) => {
    const drafts = await Promise.all(requests.map((request) => draft(context, request)));
    const [first] = drafts;
    if (first !== undefined) span.setAttribute('heed.loop', first.feedback.loop);
    const judged = drafts.flatMap(({ feedback }) =>
      feedback.targets.flatMap((target) => decisionOfTarget(target) ?? []),
    );
    span.setAttribute('heed.decisions', [...new Set(judged)]);
    return settle(context, drafts);
  });
}

interface Draft {
  readonly feedback: Feedback;
  readonly idempotency: Idempotency | undefined;
  readonly byToken: boolean;
}

/** Checks a judgement and finds what it judges; stores nothing. */
async function draft(context: Context, request: FeedbackRequest): Promise<Draft> {
  const token = request.token === undefined ? null : readToken(context.tokenSecret, request.token, context.clock());
  const addressed: FeedbackRequest =
    token === null
      ? request
      : { ...request, loop: token.loop, decision: token.decision, subject: token.subject ?? request.subject };
  if (
    token !== null &&
    (request.targets !== undefined || (request.decision !== undefined && request.decision !== token.decision))
  ) {
    throw new HeedError(
      'token-invalid',
      'cannot take this feedback, as a token judges its own decision only: another target was given with it',
    );
  }
  if (token !== null && !context.loops.has(token.loop))
    throw new HeedError('token-invalid', 'cannot take this feedback, as its token must be of a loop here: it is not');
  const loop = await loopOf(context, addressed);
  // Taking back what was said under a name needs no value of that name's.
  if (addressed.name !== undefined && addressed.kind !== 'retraction')
    loop.validators.feedback(addressed.name, addressed.value ?? null);
  const feedback: Feedback = toFeedback(addressed, {
    configuration: loop.configuration,
    id: context.newId(),
    receivedAt: new Date(context.clock()).toISOString(),
  });
  const key = token === null ? request.idempotencyKey : tokenUseKey(token, feedback);
  const { targets, kind, name, value } = feedback;
  // With a token the key stands for "this kind, this item, once": the same word again is a duplicate, another word is a second judgement.
  const payload = payloadHash(
    'feedback',
    token === null ? { ...request, observedAt: null } : { targets, kind, name, value },
  );
  return {
    feedback: { ...feedback, idempotencyKey: key ?? null },
    idempotency: key === undefined ? undefined : { key, payload },
    byToken: token !== null,
  };
}

async function settle({ store }: Context, drafts: readonly Draft[]): Promise<FeedbackReply[]> {
  const inserts = drafts.map(({ feedback, idempotency }) => ({ record: feedback, idempotency }));
  try {
    const results = await store.feedback.insertAll(inserts);
    return results.map(({ stored, repeated }) => ({
      feedback: stored.id,
      status: repeated ? 'duplicate' : 'accepted',
    }));
  } catch (error) {
    if (drafts.every(({ byToken }) => byToken) && error instanceof HeedError && error.code === 'idempotency-conflict') {
      throw new HeedError(
        'already-judged',
        'cannot take this feedback, as a token judges once per kind and item: it was already used with another value',
        { cause: error },
      );
    }
    throw error;
  }
}

/** Says that a deferred decision was shown. The first activation counts. */
export async function activate(
  { store, clock, newId }: Context,
  decision: string,
  { idempotencyKey }: { readonly idempotencyKey?: string | undefined } = {},
): Promise<Activation> {
  const shown = await store.decisions.get(decision);
  if (shown === null)
    throw new HeedError('not-found', `cannot activate the decision ${decision}, as it must be in the store: it is not`);
  const row: Activation = { schemaVersion, id: newId(), decision, activatedAt: new Date(clock()).toISOString() };
  const idempotency =
    idempotencyKey === undefined ? undefined : { key: idempotencyKey, payload: payloadHash('activate', { decision }) };
  return (await store.activations.insert(row, { loop: shown.loop, idempotency })).stored;
}

/** The loop that a feedback belongs to: named, or that of the decision judged, or the only one there is. */
async function loopOf({ loops, store }: Context, request: FeedbackRequest): Promise<RunningLoop> {
  const name =
    request.loop ?? (await loopOfTarget(store, request)) ?? (loops.size === 1 ? [...loops.keys()][0] : undefined);
  const loop = name === undefined ? undefined : loops.get(name);
  if (loop !== undefined) return loop;
  throw new HeedError(
    'invalid-input',
    `cannot take this feedback, as loop must be one of ${[...loops.keys()].join(', ')}: it is ${name ?? 'missing, and its decision is not known'}`,
  );
}

async function loopOfTarget(
  store: Context['store'],
  { decision, targets = [] }: FeedbackRequest,
): Promise<string | undefined> {
  for (const target of targets) {
    if (target.type === 'loop') return target.loop;
    if (target.type === 'feedback') return (await store.feedback.get(target.feedback))?.loop;
  }
  const judged = decision ?? targets.map(decisionOfTarget).find((id) => id !== null);
  return judged === undefined ? undefined : (await store.decisions.get(judged))?.loop;
}
