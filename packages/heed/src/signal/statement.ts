import { decisionOfTarget, targetKey } from '../spec/index.ts';
import type { FeedbackKind, FeedbackTarget, SignalValue } from '../spec/index.ts';
import { closeOf } from './derivation.ts';
import type { Derivation } from './derivation.ts';
import { giverOf } from './standing.ts';
import type { Judgement } from './standing.ts';

/**
 * Derives a signal from each statement that stands by itself: a preference, a ranking, a correction, a verdict.
 *
 * What one giver says of the same targets under one name is one statement, however often it is said or corrected:
 * its target is the first feedback that made it, its value that of the newest which stands. It is final at once,
 * and censored where all of it was taken back; what was observed after the window is left out.
 * A statement on several decisions belongs to the first one that it names.
 */
export function statementDerivation(
  kinds: readonly FeedbackKind[],
  toValue: (judgement: Judgement) => SignalValue | null,
): Derivation {
  function statements(decision: string, judgements: readonly Judgement[], close: number): Judgement[][] {
    const own = judgements.filter(
      (judgement) =>
        kinds.includes(judgement.feedback.kind) &&
        judgement.firstObserved <= close &&
        ownerOf(judgement) === decision &&
        toValue(judgement) !== null,
    );
    return [
      ...Map.groupBy(own, ({ feedback, name, targets }) =>
        JSON.stringify([name, giverOf(feedback), targets.map(targetKey)]),
      ).values(),
    ];
  }
  return {
    targets: ({ id }, judgements) =>
      statements(id, judgements, Infinity).flatMap((said) =>
        said.map(({ feedback }): FeedbackTarget => ({ type: 'feedback', feedback: feedback.id, relation: 'judges' })),
      ),
    outcome: (evidence, target) => {
      const close = closeOf(evidence);
      if (close === null || target.type !== 'feedback') return null;
      const said = statements(evidence.decision.id, evidence.judgements, close).find(
        ([first]) => first?.feedback.id === target.feedback,
      );
      if (said === undefined) return null;
      const newest = said.findLast(({ stands }) => stands);
      const availableAt = Math.max(...said.map(({ observed }) => observed));
      if (newest === undefined) return { status: 'censored', value: null, availableAt, used: [] };
      return { status: 'final', value: toValue(newest), availableAt, used: [newest.feedback] };
    },
  };
}

function ownerOf({ targets }: Judgement): string | null {
  return targets.map(decisionOfTarget).find((id) => id !== null) ?? null;
}
