import { uniformShare } from '../math/index.ts';
import type { Candidate, MarginalProbability, Policy, PolicyDecision, PolicyRequest } from '../spec/index.ts';
import { allowedOf, checkScores, drawOrder, explainer, orderOf, spread } from './branch-policy.ts';
import type { BranchSource } from './branch-policy.ts';
import { withUniform } from './exploration.ts';

/** What differs from one policy that holds an item to another. */
export interface HeldSource {
  readonly artifact: string;
  readonly action: BranchSource['action'];
  readonly leastProbability: number;
  /** Names the draw by which the artifact has its item. */
  readonly drawSeed: string;
  readonly held: NonNullable<Policy['held']>;
  /** Scores of the allowed candidates, the probability that each is the one held, and which of them is. */
  readonly sampler: (allowed: readonly Candidate[]) => {
    readonly scores: Float64Array;
    readonly probabilities: Float64Array;
    readonly place: number;
  };
  readonly explain: BranchSource['explain'];
}

/**
 * Makes the policy that plays the item which was drawn when its artifact was made.
 *
 * Given that draw a decision is all but certain: its own log-probability says so. `distribution`, `logProbability` and
 * `marginal` are over the draw, and exact.
 */
export function createHeldPolicy(source: HeldSource): Policy {
  const { artifact, action, leastProbability, drawSeed, held } = source;

  function prepare(request: PolicyRequest) {
    const allowed = allowedOf(request, action);
    const { scores, probabilities, place } = source.sampler(allowed.candidates);
    checkScores(artifact, allowed, scores);
    const count = allowed.indices.length;
    const share = uniformShare(0, leastProbability, count);
    return { allowed, scores, place, share, overDraws: probabilities.map((p) => (1 - share) * p + share / count) };
  }

  function marginal(request: PolicyRequest, asked: Parameters<Policy['logProbability']>[1]): MarginalProbability {
    const { allowed, overDraws } = prepare(request);
    const [row = -1] = orderOf(asked, action, allowed) ?? [];
    return marginalOf(overDraws[row] ?? 0);
  }

  function distribution(request: PolicyRequest): Float64Array {
    const { allowed, overDraws } = prepare(request);
    return spread(overDraws, allowed.indices, request.candidates.length, 0);
  }

  return {
    artifact,
    held,
    distribution,
    marginal,
    logProbability: (request, asked) => Math.log(marginal(request, asked).probability),
    decide(request, seed): PolicyDecision {
      const { allowed, scores, place, share, overDraws } = prepare(request);
      const certain = Float64Array.from(scores, (_, row) => (row === place ? 0 : -Infinity));
      const drawn = drawOrder(withUniform(share, { name: 'held', next: () => certain }), action, allowed, seed);
      return {
        action: drawn.action,
        behaviour: {
          ...drawn.behaviour,
          draw: { seed: drawSeed, marginal: marginalOf(overDraws[drawn.order[0] ?? -1] ?? 0) },
        },
        scores: spread(scores, allowed.indices, request.candidates.length, NaN),
      };
    },
    explain: explainer(source.explain, distribution),
  };
}

/** Over the artifact's draw, which is one: exact. */
function marginalOf(probability: number): MarginalProbability {
  return { probability, standardError: 0, draws: 1 };
}
