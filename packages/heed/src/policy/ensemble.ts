import { arrayNamed, createFeatureEncoder, linearSums, quadraticSums, unpackArrays } from '../math/index.ts';
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
import { createEnsembleRule } from './ensemble-branches.ts';
import type { EnsembleReading } from './ensemble-branches.ts';
import { termsOfReward } from './explanation.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies of bagging, online cover and RegCB. Scores are the models' mean, the regression's, and the bound. */
export const ensembleFormat: PolicyFormat = {
  format: ensembleFormatName,
  formatVersions: [1],
  read: createEnsemblePolicy,
};

function createEnsemblePolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, ensembleConfigurationSchema, 'an ensemble');
  const { method, rewardRange } = configuration;
  const encoder = createFeatureEncoder(configuration.features);
  const { weights, inverse, mask } = readModels(configuration, fileNamed(artifact, content, ensembleFiles.models));
  const rule = createEnsembleRule(configuration);

  function read(request: PolicyRequest, candidates: readonly Candidate[]): EnsembleReading {
    const rows = encoder.rows(request, candidates);
    const sums = weights.map((each) => linearSums(rows, each, mask));
    if (method.name !== 'reg-cb') return { sums, radii: new Float64Array(candidates.length) };
    const beta = rule.beta(request.candidates.length);
    return { sums, radii: quadraticSums(rows, inverse, mask).map((sum) => Math.sqrt(2 * beta * sum)) };
  }

  return createBranchPolicy({
    artifact,
    action: configuration.action,
    sampler: (request, allowed) => rule.sample(read(request, allowed)),
    explain(request, candidate) {
      const reading = read(request, [candidate]);
      const score = rule.scoresOf(reading)[0] ?? NaN;
      const { hashes, values, names } = encoder.named(request, candidate);
      const shown = method.name === 'bagging' ? weights : weights.slice(0, 1);
      const terms = names.map((name, at) => {
        const weight = shown.reduce((sum, each) => sum + (each[(hashes[at] ?? 0) & mask] ?? 0), 0) / shown.length;
        return { name, value: weight * (values[at] ?? 0) };
      });
      const mean = rule.toReward(terms.reduce((total, { value }) => total + value, 0));
      return {
        score,
        terms: [
          ...termsOfReward(terms, rule.toReward, rewardRange[1] - rewardRange[0]),
          ...(method.name === 'reg-cb' ? [{ name: 'uncertainty', value: score - mean }] : []),
        ],
      };
    },
  });
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
