import { createRandom, drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import type { Gates, Policy, PolicyRequest } from '../../spec/index.ts';
import {
  createCanaryAnalysis,
  createLogScorer,
  faultOfDecision,
  isInCanary,
  judgeCanary,
  judgeOnLog,
} from './index.ts';

/** How often each of four items is clicked on. */
const clicks = [0.2, 0.3, 0.3, 0.4] as const;
const items = clicks.map((_, place) => ({ item: `item ${place}`, features: {} }));
const request: PolicyRequest = {
  subject: null,
  context: {},
  candidates: items,
  excluded: new Set(),
  size: 1,
  subjectState: null,
};

export const releaseKinds = ['better', 'equal', 'worse', 'throws', 'NaN'] as const;
export type ReleaseKind = (typeof releaseKinds)[number];

/** What serves chooses each item as often, for a mean reward of 0.3; candidates move some of that, for 5 % more, as much, or 5 % less. */
const servingShares = [0.25, 0.25, 0.25, 0.25] as const;
const shares: { readonly [Kind in ReleaseKind]: readonly number[] } = {
  better: [0.175, 0.25, 0.25, 0.325],
  equal: [0.25, 0.05, 0.45, 0.25],
  worse: [0.325, 0.25, 0.25, 0.175],
  throws: servingShares,
  NaN: servingShares,
};
/** One decision in so many is the one that a faulty policy cannot make. */
const faultEvery = 700;

/** A policy with these shares, whatever it is asked; faulty ones fail by chance. */
export function createSharesPolicy(kind: ReleaseKind, random: Random): Policy {
  const wanted = shares[kind];
  function fault(): boolean {
    return (kind === 'throws' || kind === 'NaN') && random.uniform() < 1 / faultEvery;
  }
  return {
    artifact: kind,
    distribution: () => Float64Array.from(wanted),
    logProbability: (_request, action) =>
      action.type === 'choice' ? Math.log(wanted[items.findIndex(({ item }) => item === action.item)] ?? 0) : -Infinity,
    decide(asked, seed) {
      const broken = fault();
      if (broken && kind === 'throws') throw new Error('a weight is missing');
      const place = drawIndex(wanted, createRandom(seed).uniform());
      return {
        action: { type: 'choice', item: items[place]?.item ?? '' },
        behaviour: { kind: 'exact', logProbability: broken ? NaN : Math.log(wanted[place] ?? 0) },
        scores: Float64Array.from(asked.candidates, () => 0),
      };
    },
    explain: (_request, item) => ({ item, score: 0, terms: [], rest: 0, probability: 0 }),
  };
}

export interface SimulatedRelease {
  readonly outcome: 'full' | 'rolledBack' | 'undecided';
  readonly stage: 'apprentice' | 'shadow' | 'canary';
  /** Subjects of the canary, and those among them that the candidate served. */
  readonly subjects: number;
  readonly served: number;
  /** Expected reward lost by serving them with the candidate, less what is won: of a worse one above 0. */
  readonly harm: number;
  readonly because: string;
}

/**
 * One release from its first gate to its end, over simulated clicks: the same scores, comparisons and gates that a running
 * loop has, without its store.
 *
 * @param options `most`: subjects after which nothing is waited for any more. `every`: subjects between two looks.
 */
export function simulateRelease(
  kind: ReleaseKind,
  seed: string,
  { gates, most, every }: { readonly gates: Gates; readonly most: number; readonly every: number },
): SimulatedRelease {
  const random = createRandom(`release ${seed}`);
  const policy = createSharesPolicy(kind, random);
  const loss = clicks.reduce(
    (sum, click, place) => sum + click * ((servingShares[place] ?? 0) - (shares[kind][place] ?? 0)),
    0,
  );
  for (const stage of ['apprentice', 'shadow'] as const) {
    const scorer = createLogScorer(policy, { range: [0, 1], alpha: gates.alpha });
    for (let made = 0; made < gates[stage].decisions; made += 1) {
      const place = drawIndex(servingShares, random.uniform());
      scorer.take({
        id: String(made),
        request,
        action: { type: 'choice', item: items[place]?.item ?? '' },
        probability: servingShares[place] ?? 0,
        reward: random.uniform() < (clicks[place] ?? 0) ? 1 : 0,
        seed: `${seed} ${stage} ${made}`,
      });
    }
    const { outcome, because } = judgeOnLog(stage, scorer.result(), gates, { waitedSeconds: 0 });
    if (outcome === 'rollBack') return { outcome: 'rolledBack', stage, subjects: 0, served: 0, harm: 0, because };
  }

  const artifact = `${kind} ${seed}`;
  const analysis = createCanaryAnalysis(artifact, gates, [0, 1]);
  let served = 0;
  for (let subjects = 1; subjects <= most; subjects += 1) {
    const unit = `subject ${subjects}`;
    let wanted: readonly number[] = servingShares;
    if (isInCanary(artifact, unit, gates.canary.share)) {
      served += 1;
      wanted = shares[kind];
      if (kind === 'throws' || kind === 'NaN') {
        const fault = faultOf(policy, `${seed} ${unit}`);
        if (fault !== null)
          return { outcome: 'rolledBack', stage: 'canary', subjects, served, harm: served * loss, because: fault };
      }
    }
    const place = drawIndex(wanted, random.uniform());
    analysis.observe({ unit, reward: random.uniform() < (clicks[place] ?? 0) ? 1 : 0, feedback: new Set() });
    if (subjects % every !== 0) continue;
    const { outcome, because } = judgeCanary(analysis.evidence(), gates, { waitedSeconds: 0 });
    if (outcome === 'wait') continue;
    const ended = outcome === 'advance' ? 'full' : 'rolledBack';
    return { outcome: ended, stage: 'canary', subjects, served, harm: served * loss, because };
  }
  return { outcome: 'undecided', stage: 'canary', subjects: most, served, harm: served * loss, because: 'not yet' };
}

function faultOf(policy: Policy, seed: string): string | null {
  try {
    return faultOfDecision(request, policy.decide(request, seed));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
