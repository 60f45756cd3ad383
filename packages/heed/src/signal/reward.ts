import type { Decision, FeedbackTarget, FeedbackValue, RewardMapping, RewardTerm } from '../spec/index.ts';
import { closeOf, startOf } from './derivation.ts';
import type { Derivation, Outcome, WeighedEvidence } from './derivation.ts';
import { newestPerGiver } from './standing.ts';
import type { Judgement } from './standing.ts';

/** The name under which a loop's one reward stands in a signal. */
export const rewardName = 'reward';

/**
 * Rewards: one per shown item of a slate; for any other action one, for the decision; and one for each other item of
 * a choice that somebody told the worth of (a feedback's target `alternative`).
 *
 * Feedback counts when it was observed by the end of the window, `observedAt ≤ start + attributionWindowSeconds`,
 * where `start` is when the decision was made or, for a deferred one, shown. There is no earlier bound: clocks differ,
 * and feedback may come in before its decision does. When it arrives does not matter: what arrives after the signal
 * was settled, but was observed in time, supersedes it; what was observed after the window says nothing.
 *
 * What stands (see `judgementsOf`), once per giver and name, is turned into numbers, combined, and clipped to the
 * declared range. Without an answer the mapping's `missing` says what happens at the window's end; `wait` gives no
 * signal at all, or a censored one where every answer was taken back.
 * A deferred decision that was never shown has none. Silence about what was not chosen says nothing.
 */
export const rewardDerivation: Derivation = {
  targets: (decision, judgements) => [...rewardTargets(decision), ...alternativesJudged(decision, judgements)],
  outcome: (evidence, target) =>
    rewardOutcome(evidence, target, (reward) => ({ kind: 'reward', rewards: { [rewardName]: reward } })),
};

/** The targets of a decision's rewards. */
export function rewardTargets({ id, action }: Decision): FeedbackTarget[] {
  if (action.type !== 'slate') return [{ type: 'decision', decision: id }];
  return action.items.map((item) => ({ type: 'item', decision: id, item }));
}

/** The items of a choice that were not chosen, and that feedback names as such; each once. */
function alternativesJudged({ id, action }: Decision, judgements: readonly Judgement[]): FeedbackTarget[] {
  if (action.type !== 'choice') return [];
  const items = judgements.flatMap(({ targets }) => targets.flatMap((target) => alternativeOf(target, id) ?? []));
  return [...new Set(items)]
    .filter((item) => item !== action.item)
    .map((item) => ({ type: 'alternative', decision: id, action: { type: 'choice', item } }));
}

/** The item that a target names as one which this decision did not choose. */
function alternativeOf(target: FeedbackTarget, decision: string): string | null {
  return target.type === 'alternative' && target.decision === decision && target.action.type === 'choice'
    ? target.action.item
    : null;
}

/** What the evidence says of a target's reward; `toValue` puts the number into a signal's value. */
export function rewardOutcome(
  evidence: WeighedEvidence,
  target: FeedbackTarget,
  toValue: (reward: number) => Outcome['value'],
): Outcome | null {
  const { configuration, decision, judgements, now } = evidence;
  const mapping = configuration.reward;
  const start = startOf(evidence);
  const close = closeOf(evidence);
  if (start === null || close === null) return null;

  const relevant = judgements.filter(
    ({ feedback, name, targets, firstObserved }) =>
      feedback.loop === decision.loop &&
      name !== null &&
      Object.hasOwn(mapping.from, name) &&
      firstObserved <= close &&
      targets.some((each) => concerns(each, target, decision)),
  );
  const answers = newestPerGiver(relevant.filter(({ stands }) => stands)).flatMap((judgement) => {
    const number = numberOf(judgement, mapping);
    return number === null ? [] : [{ number, judgement }];
  });
  const used = answers.map(({ judgement }) => judgement.feedback);
  const closed = now >= close;

  if (answers.length > 0 && (closed || mapping.final === 'feedback')) {
    const availableAt =
      mapping.final === 'window' ? close : Math.max(start, ...answers.map(({ judgement }) => judgement.observed));
    return {
      status: 'final',
      value: toValue(
        clip(
          combine(
            answers.map(({ number }) => number),
            mapping,
          ),
          mapping,
        ),
      ),
      availableAt,
      used,
    };
  }
  const alternative = target.type === 'alternative';
  const waits = alternative || mapping.missing === 'wait';
  if (waits && relevant.length === 0) return null;
  if (!closed && (!waits || mapping.final === 'window'))
    return { status: 'provisional', value: null, availableAt: close, used: [] };
  if (typeof mapping.missing === 'object' && !alternative)
    return {
      status: 'defaulted',
      value: toValue(clip(mapping.missing.default, mapping)),
      availableAt: close,
      used: [],
    };
  return { status: 'censored', value: null, availableAt: close, used: [] };
}

/**
 * Turns a feedback's value into a number, as the mapping says; `null` where it says nothing.
 * A constant ignores the value; `scale · x + offset` takes a number or a probability; categories take a category.
 */
export function rewardOf(term: RewardTerm, value: FeedbackValue): number | null {
  if (typeof term === 'number') return term;
  if ('categories' in term)
    return value.type === 'category' && Object.hasOwn(term.categories, value.category)
      ? (term.categories[value.category] ?? null)
      : null;
  if (value.type === 'number') return term.scale * value.number + term.offset;
  return value.type === 'probability' ? term.scale * value.probability + term.offset : null;
}

function numberOf({ name, feedback }: Judgement, mapping: RewardMapping): number | null {
  const term = name === null ? undefined : mapping.from[name];
  return term === undefined ? null : rewardOf(term, feedback.value);
}

/** Whether feedback on `named` bears on the signal of `target`: feedback on a chosen item is feedback on its choice. */
function concerns(named: FeedbackTarget, target: FeedbackTarget, { id, action }: Decision): boolean {
  if (target.type === 'alternative') return alternativeOf(named, id) === alternativeOf(target, id);
  if (target.type === 'item') return named.type === 'item' && named.decision === id && named.item === target.item;
  if (named.type === 'item') return named.decision === id && action.type === 'choice' && action.item === named.item;
  return named.type === 'decision' && named.decision === id;
}

/** Combines the numbers of several answers, given oldest first. */
function combine(numbers: readonly number[], { combine: how }: RewardMapping): number {
  switch (how) {
    case 'sum':
      return numbers.reduce((sum, number) => sum + number, 0);
    case 'newest':
      return numbers.at(-1) ?? 0;
    case 'largest':
      return Math.max(...numbers);
    case 'smallest':
      return Math.min(...numbers);
  }
}

function clip(number: number, { range: [least, largest] }: RewardMapping): number {
  return Math.min(Math.max(number, least), largest);
}
