import { coverLeast, greedyNext, linkReward01, uniformNext, uniformShare } from '../math/index.ts';
import type { EnsembleMethod } from '../spec/index.ts';
import { withUniform } from './exploration.ts';
import type { Branch } from './mixture.ts';

/** What the models of an ensemble say of the candidates. */
export interface EnsembleReading {
  /** For each model, the sums of all candidates. */
  readonly sums: readonly Float64Array[];
  /** How far the sums may lie off, for RegCB. */
  readonly radii: Float64Array;
}

interface EnsembleSettings {
  readonly method: EnsembleMethod;
  readonly loss: 'squared' | 'logistic';
  readonly rewardRange: readonly [number, number];
  readonly leastProbability: number;
  readonly examples: number;
}

/** How an ensemble acts on what its models say. Scores are the models' mean, the regression's, and the bound. */
export function createEnsembleRule({ method, loss, rewardRange, leastProbability, examples }: EnsembleSettings) {
  const [least, largest] = rewardRange;
  const toReward = (sum: number): number => least + (largest - least) * linkReward01(loss, sum);
  /** A bound on a reward does not leave the declared range. */
  const toBound = (sum: number): number => Math.min(largest, Math.max(least, toReward(sum)));

  function scoresOf({ sums, radii }: EnsembleReading): Float64Array {
    const [first = new Float64Array()] = sums;
    if (method.name === 'online-cover') return first.map(toReward);
    if (method.name === 'bagging')
      return first.map((_, row) => sums.reduce((sum, each) => sum + toReward(each[row] ?? NaN), 0) / sums.length);
    return first.map((sum, row) => (method.rule === 'optimistic' ? toBound(sum + (radii[row] ?? 0)) : toReward(sum)));
  }

  function branchesOf({ sums, radii }: EnsembleReading, scores: Float64Array, count: number): Branch[] {
    switch (method.name) {
      case 'bagging':
        return vote('model', sums, uniformShare(0, leastProbability, count));
      case 'online-cover': {
        const own = count * coverLeast(count, examples);
        return vote('policy', sums.slice(1), uniformShare(own, leastProbability, count));
      }
      case 'reg-cb': {
        const [first = new Float64Array()] = sums;
        const upper = first.map((sum, row) => toBound(sum + (radii[row] ?? 0)));
        const lower = first.map((sum, row) => toBound(sum - (radii[row] ?? 0)));
        const next =
          method.rule === 'optimistic'
            ? (taken: Uint8Array) => greedyNext(scores, taken).map(Math.log)
            : (taken: Uint8Array) => eliminationNext(upper, lower, taken);
        return withUniform(uniformShare(0, leastProbability, count), { name: `reg-cb ${method.rule}`, next });
      }
    }
  }

  return {
    toReward,
    scoresOf,
    /** What a policy draws from: the scores of so many candidates, and the branches of the mixture. */
    sample(reading: EnsembleReading) {
      const scores = scoresOf(reading);
      return { scores, branches: branchesOf(reading, scores, scores.length) };
    },
    /** RegCB's β for so many candidates: how much worse a regression may be. */
    beta: (count: number): number =>
      method.name === 'reg-cb' ? method.mellowness * Math.log(1 + count * examples) : 0,
  };
}

/** Models of equal weight that each take their best, and the uniform branch. */
function vote(name: string, sums: readonly Float64Array[], share: number): Branch[] {
  const voters = sums.map((each, index): Branch => ({
    name: `${name} ${index}`,
    weight: (1 - share) / sums.length,
    next: (taken) => greedyNext(each, taken).map(Math.log),
  }));
  const uniform: Branch = { name: 'uniform', weight: share, next: uniformNext };
  return [...voters, uniform].filter(({ weight }) => weight > 0);
}

/** Log-probabilities where each candidate that may be the best is as likely. */
function eliminationNext(upper: Float64Array, lower: Float64Array, taken: Uint8Array): Float64Array {
  let bar = -Infinity;
  lower.forEach((value, row) => {
    if (taken[row] !== 1) bar = Math.max(bar, value);
  });
  const stays = upper.map((value, row) => (taken[row] !== 1 && value >= bar ? 1 : 0));
  const count = stays.reduce((sum, each) => sum + each, 0);
  return stays.map((each) => (each === 1 ? -Math.log(count) : -Infinity));
}
