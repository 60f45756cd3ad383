import { isDeepStrictEqual } from 'node:util';
import { schemaVersion, targetKey } from '../spec/index.ts';
import type { Decision, Feedback, FeedbackTarget, NewId, Signal, SignalKind } from '../spec/index.ts';
import { demonstrationDerivation } from './demonstration.ts';
import type { Derivation, Evidence, Outcome } from './derivation.ts';
import { labelDerivation } from './label.ts';
import { pairDerivation } from './pair.ts';
import { rankingDerivation } from './ranking.ts';
import { rewardDerivation } from './reward.ts';
import { judgementsOf } from './standing.ts';
import { tokenWeightsDerivation } from './token-weights.ts';
import { transitionDerivation } from './transition.ts';

/** Raised whenever the same rows would give other signals: everything is then derived anew. */
const derivationVersion = 1;

const derivations = {
  reward: rewardDerivation,
  label: labelDerivation,
  pair: pairDerivation,
  ranking: rankingDerivation,
  tokenWeights: tokenWeightsDerivation,
  transition: transitionDerivation,
  demonstration: demonstrationDerivation,
} satisfies Record<SignalKind, Derivation>;

/** All kinds of signals. */
export const signalKinds = Object.keys(derivations) as readonly SignalKind[];

/** Evidence, with what was derived from it before. */
export interface DeriveRequest extends Evidence {
  /** As `derivationName` makes it, for the version of the loop that the decision names. */
  readonly derivation: string;
  /** The newest known version of each target's signal, by target key. */
  readonly latest: ReadonlyMap<string, Signal>;
  readonly newId: NewId;
  /** Default `reward`. */
  readonly kind?: SignalKind | undefined;
}

/** Names how signals of a kind are derived from what a version of a loop decided: other rules have another name. */
export function derivationName(loopVersion: string, kind: SignalKind = 'reward'): string {
  return `${kind}/${derivationVersion}@${loopVersion}`;
}

/** The targets that may have a signal of this kind: those whose newest versions `deriveSignals` must be given. */
export function signalTargets(
  decision: Decision,
  feedback: readonly Feedback[],
  kind: SignalKind = 'reward',
): FeedbackTarget[] {
  return derivations[kind].targets(decision, judgementsOf(feedback));
}

/**
 * Derives the signal versions that are new: those of targets whose status, value or weight differs from the newest
 * known version. Pure; the order in which the rows arrived changes nothing in the newest versions but their numbering.
 *
 * Deriving again from the same rows at the same time gives nothing.
 *
 * @returns versions to append, in the order of the decision's targets; each names the one that it supersedes.
 */
export function deriveSignals(request: DeriveRequest): Signal[] {
  const { decision, derivation, latest, newId, kind = 'reward' } = request;
  const { targets, outcome: outcomeOf } = derivations[kind];
  const judgements = judgementsOf(request.feedback);
  return targets(decision, judgements).flatMap((target) => {
    const key = targetKey(target);
    const before = latest.get(key) ?? null;
    const outcome = outcomeOf({ ...request, judgements }, target) ?? (before === null ? null : takenBack(before));
    if (outcome === null || (before !== null && saysTheSame(before, outcome))) return [];
    return [
      {
        schemaVersion,
        id: newId(),
        derivation,
        loop: decision.loop,
        target,
        targetKey: key,
        version: (before?.version ?? 0) + 1,
        kind,
        value: outcome.value,
        weight: 1,
        status: outcome.status,
        availableAt: new Date(outcome.availableAt).toISOString(),
        feedback: outcome.used.map(({ id }) => id),
        artifacts: [...new Set(outcome.used.map(({ source }) => source.artifact).filter((id) => id !== undefined))],
        supersedes: before?.id ?? null,
      },
    ];
  });
}

/** What is left of a signal that the evidence no longer supports at all. */
function takenBack({ availableAt }: Signal): Outcome {
  return { status: 'censored', value: null, availableAt: Date.parse(availableAt), used: [] };
}

/** Which feedback said it is not compared: saying it again must not be learned again. */
function saysTheSame(before: Signal, outcome: Outcome): boolean {
  return before.status === outcome.status && before.weight === 1 && isDeepStrictEqual(before.value, outcome.value);
}
