import {
  arrayNamed,
  coverLeast,
  createFeatureEncoder,
  greedyNext,
  linearSums,
  linkReward01,
  quadraticSums,
  uniformNext,
  uniformShare,
  unpackArrays,
} from '../math/index.ts';
import { ensembleConfigurationSchema, ensembleFiles, ensembleFormatName } from '../spec/index.ts';
import type {
  ArtifactContent,
  Candidate,
  EnsembleConfiguration,
  Policy,
  PolicyFormat,
  PolicyRequest,
} from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { termsOfReward } from './explanation.ts';
import { withUniform } from './exploration.ts';
import type { Branch } from './mixture.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies of bagging, online cover and RegCB. Scores are the models' mean, the regression's, and the bound. */
export const ensembleFormat: PolicyFormat = {
  format: ensembleFormatName,
  formatVersions: [1],
  read: createEnsemblePolicy,
};

function createEnsemblePolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, ensembleConfigurationSchema, 'an ensemble');
  const { method, loss, examples, leastProbability } = configuration;
  const [least, largest] = configuration.rewardRange;
  const width = largest - least;
  const encoder = createFeatureEncoder(configuration.features);
  const { weights, inverse, mask } = readModels(configuration, fileNamed(artifact, content, ensembleFiles.models));

  /** For each model, the sums of all candidates; for RegCB also how far they may lie off. */
  function read(
    request: PolicyRequest,
    candidates: readonly Candidate[],
  ): { sums: Float64Array[]; radii: Float64Array } {
    const rows = encoder.rows(request, candidates);
    const sums = weights.map((each) => linearSums(rows, each, mask));
    if (method.name !== 'reg-cb') return { sums, radii: new Float64Array(candidates.length) };
    const beta = method.mellowness * Math.log(1 + request.candidates.length * examples);
    return { sums, radii: quadraticSums(rows, inverse, mask).map((sum) => Math.sqrt(2 * beta * sum)) };
  }

  const toReward = (sum: number): number => least + width * linkReward01(loss, sum);
  /** A bound on a reward does not leave the declared range. */
  const toBound = (sum: number): number => Math.min(largest, Math.max(least, toReward(sum)));

  function scoresOf({ sums, radii }: ReturnType<typeof read>): Float64Array {
    const [first = new Float64Array()] = sums;
    if (method.name === 'online-cover') return first.map(toReward);
    if (method.name === 'bagging')
      return first.map((_, row) => sums.reduce((sum, each) => sum + toReward(each[row] ?? NaN), 0) / sums.length);
    return first.map((sum, row) => (method.rule === 'optimistic' ? toBound(sum + (radii[row] ?? 0)) : toReward(sum)));
  }

  function branchesOf(reading: ReturnType<typeof read>, scores: Float64Array, count: number): Branch[] {
    switch (method.name) {
      case 'bagging':
        return vote('model', reading.sums, uniformShare(0, leastProbability, count));
      case 'online-cover': {
        const own = count * coverLeast(count, examples);
        return vote('policy', reading.sums.slice(1), uniformShare(own, leastProbability, count));
      }
      case 'reg-cb': {
        const [first = new Float64Array()] = reading.sums;
        const upper = first.map((sum, row) => toBound(sum + (reading.radii[row] ?? 0)));
        const lower = first.map((sum, row) => toBound(sum - (reading.radii[row] ?? 0)));
        const next =
          method.rule === 'optimistic'
            ? (taken: Uint8Array) => greedyNext(scores, taken).map(Math.log)
            : (taken: Uint8Array) => eliminationNext(upper, lower, taken);
        return withUniform(uniformShare(0, leastProbability, count), { name: `reg-cb ${method.rule}`, next });
      }
    }
  }

  return createBranchPolicy({
    artifact,
    action: configuration.action,
    sampler(request, allowed) {
      const reading = read(request, allowed);
      const scores = scoresOf(reading);
      return { scores, branches: branchesOf(reading, scores, allowed.length) };
    },
    explain(request, candidate) {
      const reading = read(request, [candidate]);
      const score = scoresOf(reading)[0] ?? NaN;
      const { hashes, values, names } = encoder.named(request, candidate);
      const shown = method.name === 'bagging' ? weights : weights.slice(0, 1);
      const terms = names.map((name, at) => {
        const weight = shown.reduce((sum, each) => sum + (each[(hashes[at] ?? 0) & mask] ?? 0), 0) / shown.length;
        return { name, value: weight * (values[at] ?? 0) };
      });
      const mean = toReward(terms.reduce((total, { value }) => total + value, 0));
      return {
        score,
        terms: [
          ...termsOfReward(terms, toReward, width),
          ...(method.name === 'reg-cb' ? [{ name: 'uncertainty', value: score - mean }] : []),
        ],
      };
    },
  });
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

function readModels(
  { features, models }: EnsembleConfiguration,
  bytes: Uint8Array,
): { weights: Float64Array[]; inverse: Float64Array; mask: number } {
  const arrays = unpackArrays(bytes);
  const keys = arrayNamed(arrays, 'keys', 'uint32');
  const slots = 2 ** features.bits;
  const mask = slots - 1;
  const table = (name: string, empty: number, change: (value: number) => number): Float64Array => {
    const values = arrayNamed(arrays, name, 'float64');
    const all = new Float64Array(slots).fill(empty);
    keys.forEach((key, row) => {
      all[key & mask] = change(values[row] ?? 0);
    });
    return all;
  };
  return {
    weights: Array.from({ length: models }, (_, index) => table(`${index} weights`, 0, (value) => value)),
    inverse: table('curvatures', 1, (value) => 1 / (1 + value)),
    mask,
  };
}
