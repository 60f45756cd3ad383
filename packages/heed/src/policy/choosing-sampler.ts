import { greedyNext, uniformShare } from '../math/index.ts';
import type { Candidate, PolicyRequest } from '../spec/index.ts';
import type { BranchSource } from './branch-policy.ts';
import { withUniform } from './exploration.ts';

/** How a policy scores, and which of the allowed candidates it then takes. */
export interface Choosing {
  readonly scoreOf: (request: PolicyRequest, candidate: Candidate) => number;
  /** Place among the allowed candidates of what is chosen, and why. */
  readonly choose: (
    request: PolicyRequest,
    allowed: readonly Candidate[],
    scores: Float64Array,
  ) => { readonly row: number; readonly name: string };
  readonly leastProbability: number;
}

/** Draws what is chosen already, less what the least probability gives to the others. */
export function choosingSampler({ scoreOf, choose, leastProbability }: Choosing): BranchSource['sampler'] {
  return (request, allowed) => {
    const scores = Float64Array.from(allowed, (candidate) => scoreOf(request, candidate));
    const { row, name } = choose(request, allowed, scores);
    const chosen = scores.map((_, index) => (index === row ? 1 : 0));
    return {
      scores,
      branches: withUniform(uniformShare(0, leastProbability, allowed.length), {
        name,
        next: (taken) => greedyNext(chosen, taken).map(Math.log),
      }),
    };
  };
}
