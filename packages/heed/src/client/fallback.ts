import { baselineItems, excludedItems } from '../spec/allowed.ts';
import type { Action, Baseline, Candidate, Condition, LoopConfiguration } from '../spec/index.ts';
import type { DecideReply, DecideRequest, RecordRequest } from '../loop/index.ts';

/** What the client must know of a loop to act where Heed cannot. The loops of a configuration fit. */
export interface LoopFallback {
  readonly action: LoopConfiguration['action'];
  /** Default: the order given. */
  readonly baseline?: Baseline | undefined;
  readonly exclusions?: readonly Condition[] | undefined;
  readonly deadlineMs?: number | undefined;
}

/** Why Heed did not decide. */
export type FallbackReason = 'late' | 'down';

/**
 * Acts as the loop's baseline would, over the candidates that are allowed. Of a loop that is not known (`null`) all candidates
 * come back in the order given, as a slate: that serves for a choice too, whose item is the first.
 */
export function fallBack(
  loop: string,
  fallback: LoopFallback | null,
  request: DecideRequest,
  made: {
    readonly id: string;
    readonly reason: FallbackReason;
    readonly decidedAt: string;
    readonly loopVersion: string | null;
  },
): DecideReply {
  const { context, exclude, size } = request;
  // Of a registered item its id alone is known here.
  const candidates = request.candidates.map((form): Candidate =>
    typeof form === 'string' ? { item: form, features: {} } : { item: form.item, features: form.features ?? {} },
  );
  const excluded = excludedItems(fallback?.exclusions ?? [], context, candidates, exclude);
  const chosen = baselineItems(
    fallback?.baseline ?? { type: 'given' },
    candidates,
    excluded,
    places(fallback, size ?? Infinity, candidates.length),
  );
  return {
    decision: made.id,
    loop,
    loopVersion: made.loopVersion ?? 'unknown',
    action: toAction(fallback, chosen),
    chosen,
    probability: 1,
    logProbability: 0,
    behaviour: 'deterministic',
    fallback: made.reason,
    artifact: null,
    subjectState: null,
    seed: null,
    token: null,
    decidedAt: made.decidedAt,
  };
}

/** The record of a decision that the client made itself. */
export function recordOf(reply: DecideReply, reason: FallbackReason, request: DecideRequest): RecordRequest {
  const { exclude: _exclude, size: _size, dryRun: _dryRun, ...kept } = request;
  return {
    ...kept,
    id: reply.decision,
    idempotencyKey: reply.decision,
    action: reply.action,
    behaviour: { kind: 'deterministic', logProbability: 0, fallback: reason },
    decidedAt: reply.decidedAt,
  };
}

function places(fallback: LoopFallback | null, asked: number, all: number): number {
  if (fallback?.action.type === 'choice') return 1;
  return Math.min(asked, fallback?.action.type === 'slate' ? fallback.action.size : all);
}

function toAction(fallback: LoopFallback | null, chosen: readonly string[]): Action {
  const [first] = chosen;
  return fallback?.action.type === 'choice' && first !== undefined
    ? { type: 'choice', item: first }
    : { type: 'slate', items: [...chosen] };
}
