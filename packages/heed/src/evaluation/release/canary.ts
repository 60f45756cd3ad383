import type { Gates } from '../../spec/index.ts';
import { checkSampleRatio, createComparison, placeOf } from '../experiment/index.ts';
import type { CanaryEvidence } from './gates.ts';

/** What became of one subject of a loop with a canary, from its first decision on. */
export interface CanaryUnit {
  readonly unit: string;
  /** Mean reward of its decisions; `null` where none is known. */
  readonly reward: number | null;
  /** Of each guardrail's feedback: whether it was given. */
  readonly feedback: ReadonlySet<string>;
}

export interface CanaryAnalysis {
  /** Takes each unit once, in the order of their first decisions. */
  observe(unit: CanaryUnit): void;
  evidence(): CanaryEvidence;
}

/** Whether a subject is served by the candidate: the same one always, under one artifact. */
export function isInCanary(artifact: string, unit: string, share: number): boolean {
  return placeOf(`canary ${artifact}`, unit) < share;
}

/**
 * Follows a canary: the subjects that the candidate serves beside all others, in reward and in each guardrail.
 *
 * @throws RangeError on `observe`, where a reward lies outside the range.
 */
export function createCanaryAnalysis(
  artifact: string,
  { canary: { share }, alpha, guardrails }: Gates,
  range: readonly [number, number],
): CanaryAnalysis {
  const reward = createComparison({ share, range, alpha });
  const followed = guardrails.map((guardrail) => ({
    guardrail,
    comparison: createComparison({ share, alpha: alpha / guardrails.length }),
  }));
  const counts = [0, 0];
  return {
    observe({ unit, reward: outcome, feedback }) {
      const treated = isInCanary(artifact, unit, share);
      const arm = treated ? 1 : 0;
      counts[arm] = (counts[arm] ?? 0) + 1;
      if (outcome !== null) reward.observe({ treated, outcome });
      for (const { guardrail, comparison } of followed)
        comparison.observe({ treated, outcome: feedback.has(guardrail.feedback) ? 1 : 0 });
    },
    evidence: () => ({
      reward: reward.result(),
      guardrails: followed.map(({ guardrail, comparison }) => ({
        ...comparison.result(),
        name: guardrail.feedback,
        tolerance: guardrail.tolerance,
        higherIsBetter: guardrail.higherIsBetter,
      })),
      sampleRatio: checkSampleRatio(counts, [1 - share, share]),
    }),
  };
}
