import { createLowerSequence } from '../../math/index.ts';
import type { Action, Policy, PolicyRequest } from '../../spec/index.ts';
import { faultOfDecision, faultOfDistribution } from './sound.ts';

/** A decision that was made, and what it was worth, where that is known. */
export interface LoggedDecision {
  readonly id: string;
  readonly request: PolicyRequest;
  readonly action: Action;
  /** Joint probability of the action under whatever chose it; `null` where it is not known. */
  readonly probability: number | null;
  /** Within the declared range; `null` where it is not known yet. */
  readonly reward: number | null;
  /** Seed with which the policy is to decide once more, as if it served; left out: it is asked for its distribution alone. */
  readonly seed?: string | undefined;
}

export interface ItemShift {
  readonly item: string;
  /** Mean probability of being chosen (first, in slates): as logged, and under the policy. */
  readonly before: number;
  readonly after: number;
}

/** A decision that the policy would most probably have made otherwise. */
export interface ChangedDecision {
  readonly decision: string;
  readonly done: string;
  /** Probability of what was done, under the policy. */
  readonly probability: number;
  readonly likeliest: string;
}

/** What a policy would do in place of what was done. */
export interface LogScore {
  readonly decisions: number;
  /** Decisions that the policy could not make, and why not the first of them. */
  readonly failures: number;
  readonly firstFailure: { readonly decision: string; readonly why: string } | null;
  /** Mean probability that the policy would have done something else than what was done. */
  readonly changed: number;
  /** The same of whatever chose, by its own logged probabilities: what exploration changes anyhow. `null` where unknown. */
  readonly changedAnyhow: number | null;
  /** The items whose place changes most. */
  readonly shifts: readonly ItemShift[];
  /** Those in which what was done is least likely under the policy. */
  readonly examples: readonly ChangedDecision[];
  /** Decisions with a known probability and reward. */
  readonly scored: number;
  /** Mean reward under the policy less the mean reward as logged, by importance weights; an interval that holds at every count. */
  readonly difference: { readonly estimate: number; readonly lower: number; readonly upper: number } | null;
  readonly largestWeight: number;
}

export interface LogScorer {
  take(decision: LoggedDecision): void;
  result(): LogScore;
}

interface Asked {
  readonly distribution: Float64Array;
  readonly probability: number;
}

const mostShifts = 10;
const mostExamples = 10;

/**
 * Scores a policy on logged decisions without letting it act.
 *
 * The difference is the mean of `(w − 1) r` with `w = π(a) / π_logged(a)`. As `E w = 1`, it is minus the mean of
 * `(w − 1)(b − r)` as well; both are bounded below, and two lower sequences give an interval however large weights are.
 *
 * @param options `range`: declared range of rewards. `alpha`: as in `createLowerSequence`, for both ends together.
 * @throws RangeError on `take`, where a reward lies outside the range or a logged probability outside (0, 1].
 * @example
 * const scorer = createLogScorer(policy, { range: [0, 1] });
 * scorer.take({ id: '1', request, action: { type: 'choice', item: 'a' }, probability: 0.5, reward: 1 });
 * const { changed, difference } = scorer.result();
 */
export function createLogScorer(
  policy: Policy,
  {
    range: [from, to],
    alpha = 0.05,
  }: { readonly range: readonly [number, number]; readonly alpha?: number | undefined },
): LogScorer {
  const scale = to - from;
  // In units of the range, (w − 1) r is −1 at least.
  const gains = createLowerSequence({ from: -1, scale: 2, alpha: alpha / 2 });
  const losses = createLowerSequence({ from: -1, scale: 2, alpha: alpha / 2 });
  const items = new Map<string, { before: number; after: number }>();
  let [decisions, failures, changed, known, changedAnyhow, largestWeight] = [0, 0, 0, 0, 0, 0];
  let firstFailure: LogScore['firstFailure'] = null;
  const examples: ChangedDecision[] = [];

  function ask({ request, action, seed }: LoggedDecision): Asked {
    const distribution = policy.distribution(request);
    const fault = faultOfDistribution(request, distribution);
    if (fault !== null) throw new Error(fault);
    const probability = Math.exp(policy.logProbability(request, action));
    if (!(probability >= 0)) throw new Error(`its log-probability of what was done is NaN`);
    const drawn = seed === undefined ? null : faultOfDecision(request, policy.decide(request, seed));
    if (drawn !== null) throw new Error(drawn);
    return { distribution, probability };
  }

  function shift({ request, action }: LoggedDecision, distribution: Float64Array): void {
    const first = action.type === 'choice' ? action.item : action.type === 'slate' ? action.items[0] : undefined;
    request.candidates.forEach(({ item }, place) => {
      const share = items.get(item) ?? { before: 0, after: 0 };
      share.before += item === first ? 1 : 0;
      share.after += distribution[place] ?? 0;
      items.set(item, share);
    });
  }

  function keepExample({ id, request, action }: LoggedDecision, { distribution, probability }: Asked): void {
    const done = action.type === 'choice' ? action.item : action.type === 'slate' ? action.items.join(', ') : '';
    const likeliest = request.candidates[distribution.indexOf(Math.max(...distribution))]?.item ?? '';
    const place = examples.findIndex((other) => other.probability > probability);
    examples.splice(place === -1 ? examples.length : place, 0, { decision: id, done, probability, likeliest });
    if (examples.length > mostExamples) examples.pop();
  }

  function weigh({ probability, reward }: LoggedDecision, asked: number): void {
    if (probability === null) return;
    if (!(probability > 0 && probability <= 1 + 1e-9))
      throw new RangeError(
        `cannot score a decision, as its logged probability must be in (0, 1]: it is ${probability}`,
      );
    known += 1;
    changedAnyhow += 1 - probability;
    if (reward === null) return;
    const r = (reward - from) / scale;
    if (!(r >= -1e-9 && r <= 1 + 1e-9))
      throw new RangeError(`cannot score a decision, as its reward must lie in ${from} to ${to}: it is ${reward}`);
    const weight = asked / probability;
    largestWeight = Math.max(largestWeight, weight);
    gains.observe(Math.max(-1, (weight - 1) * r));
    losses.observe(Math.max(-1, (weight - 1) * (1 - r)));
  }

  return {
    take(decision) {
      decisions += 1;
      let asked: Asked;
      try {
        asked = ask(decision);
      } catch (error) {
        failures += 1;
        firstFailure ??= { decision: decision.id, why: error instanceof Error ? error.message : String(error) };
        return;
      }
      changed += 1 - asked.probability;
      shift(decision, asked.distribution);
      keepExample(decision, asked);
      weigh(decision, asked.probability);
    },
    result() {
      const made = decisions - failures;
      const [gain, loss] = [gains.interval(), losses.interval()];
      return {
        decisions,
        failures,
        firstFailure,
        changed: made === 0 ? NaN : changed / made,
        changedAnyhow: known === 0 ? null : changedAnyhow / known,
        shifts: [...items]
          .map(([item, share]) => ({ item, before: share.before / made, after: share.after / made }))
          .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
          .slice(0, mostShifts),
        examples: [...examples],
        scored: gains.count,
        difference:
          gains.count === 0
            ? null
            : {
                estimate: scale * gain.estimate,
                lower: scale * Math.max(-1, gain.lower),
                upper: scale * Math.min(1, -loss.lower),
              },
        largestWeight,
      };
    },
  };
}
