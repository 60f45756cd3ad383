import { createRandom, greedyNext, uniformShare } from '../math/index.ts';
import type { Random } from '../math/index.ts';
import type { Action, Candidate, MarginalProbability, Policy, PolicyDecision, PolicyRequest } from '../spec/index.ts';
import { allowedOf, checkScores, drawOrder, explainer, orderOf, spread } from './branch-policy.ts';
import type { Allowed, BranchSource } from './branch-policy.ts';
import { withUniform } from './exploration.ts';
import type { Branch } from './mixture.ts';

/** What differs from one posterior to another. */
export interface DrawnSource {
  readonly artifact: string;
  readonly action: BranchSource['action'];
  readonly leastProbability: number;
  /** Draws that a marginal probability is estimated from. */
  readonly marginalDraws: number;
  /** The posterior of the allowed candidates' scores, on the scale of the rewards. */
  readonly posterior: (
    request: PolicyRequest,
    allowed: readonly Candidate[],
  ) => {
    readonly means: Float64Array;
    /** Draws all scores together. */
    readonly draw: (random: Random) => Float64Array;
  };
  readonly explain: BranchSource['explain'];
}

/**
 * Makes the policy that draws scores from their posterior and takes the best (Thompson sampling).
 *
 * Given its draw, a decision is all but certain: its own log-probability says how likely it was once the draw was made.
 * How likely the action is over all draws has no closed form; `distribution`, `logProbability` and `marginal` count it
 * over `marginalDraws` = M draws of fixed seeds. An action drawn m times has `(m + 1/A) / (M + 1)` of them, A being the
 * number of possible actions, so that none that may happen has probability 0.
 */
export function createDrawnPolicy(source: DrawnSource): Policy {
  const { artifact, action, leastProbability, marginalDraws } = source;
  const seeds = Array.from({ length: marginalDraws }, (_, index) => `marginal ${index}`);

  function prepare(request: PolicyRequest) {
    const allowed = allowedOf(request, action);
    const { means, draw } = source.posterior(request, allowed.candidates);
    checkScores(artifact, allowed, means);
    return { allowed, means, draw };
  }

  function branchesOf(count: number, scores: Float64Array): Branch[] {
    return withUniform(uniformShare(0, leastProbability, count), {
      name: 'draw',
      next: (taken) => greedyNext(scores, taken).map(Math.log),
    });
  }

  /** How often each order came, over the fixed draws. */
  function countOrders({ size }: Allowed, draw: (random: Random) => Float64Array): Map<string, number> {
    const counts = new Map<string, number>();
    for (const seed of seeds) {
      const key = bestOrder(draw(createRandom(seed)), size).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  function marginalOf(
    allowed: Allowed,
    counts: ReadonlyMap<string, number>,
    order: readonly number[],
  ): MarginalProbability {
    const orders = orderings(allowed.indices.length, order.length);
    const share = uniformShare(0, leastProbability, allowed.indices.length);
    const drawn = ((counts.get(order.join(' ')) ?? 0) + 1 / orders) / (marginalDraws + 1);
    return {
      probability: (1 - share) * drawn + share / orders,
      standardError: (1 - share) * Math.sqrt((drawn * (1 - drawn)) / marginalDraws),
      draws: marginalDraws,
    };
  }

  function marginal(request: PolicyRequest, asked: Action): MarginalProbability {
    const { allowed, draw } = prepare(request);
    const order = orderOf(asked, action, allowed);
    return order === null
      ? { probability: 0, standardError: 0, draws: marginalDraws }
      : marginalOf(allowed, countOrders(allowed, draw), order);
  }

  function distribution(request: PolicyRequest): Float64Array {
    const { allowed, draw } = prepare(request);
    const count = allowed.indices.length;
    const share = uniformShare(0, leastProbability, count);
    const firsts = new Float64Array(count).fill(1 / count);
    for (const [key, times] of countOrders(allowed, draw)) {
      const first = Number(key.split(' ')[0]);
      firsts[first] = (firsts[first] ?? 0) + times;
    }
    const probabilities = firsts.map((times) => ((1 - share) * times) / (marginalDraws + 1) + share / count);
    return spread(probabilities, allowed.indices, request.candidates.length, 0);
  }

  return {
    artifact,
    distribution,
    marginal,
    logProbability: (request, asked) => Math.log(marginal(request, asked).probability),
    decide(request, seed): PolicyDecision {
      const { allowed, means, draw } = prepare(request);
      const drawSeed = `${seed} draw`;
      const branches = branchesOf(allowed.indices.length, draw(createRandom(drawSeed)));
      const drawn = drawOrder(branches, action, allowed, seed);
      const marginalOfOrder = marginalOf(allowed, countOrders(allowed, draw), drawn.order);
      return {
        action: drawn.action,
        behaviour: { ...drawn.behaviour, draw: { seed: drawSeed, marginal: marginalOfOrder } },
        scores: spread(means, allowed.indices, request.candidates.length, NaN),
      };
    },
    explain: explainer(source.explain, distribution),
  };
}

/** Indices of the `size` largest scores, the largest first; of equals the first. */
function bestOrder(scores: Float64Array, size: number): number[] {
  if (size === 1) return [scores.indexOf(Math.max(...scores))];
  return [...scores.keys()].toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b).slice(0, size);
}

/** Number of ordered lists of `size` of `count` items. */
function orderings(count: number, size: number): number {
  let orders = 1;
  for (let place = 0; place < size; place += 1) orders *= count - place;
  return orders;
}
