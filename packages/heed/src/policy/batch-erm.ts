import { arrayNamed, createFeatureEncoder, sigmoid, unpackArrays } from '../math/index.ts';
import type { FeatureRows } from '../math/index.ts';
import { batchErmConfigurationSchema, batchErmFiles, batchErmFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { denseRow, placesOf, readOracle } from './batch-oracle.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { termsOfReward } from './explanation.ts';
import { branchesOf, readExploration } from './exploration.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies over a supervised model of the newest examples, with exploration on top. Items that it never saw score half way. */
export const batchErmFormat: PolicyFormat = {
  format: batchErmFormatName,
  formatVersions: [1],
  read: createBatchErmPolicy,
};

function createBatchErmPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, batchErmConfigurationSchema, 'a batch-ERM bandit');
  const { oracle, rewardRange, examples, leastProbability } = configuration;
  const [least, largest] = rewardRange;
  const exploration = readExploration(configuration.exploration);
  const encoder = createFeatureEncoder(configuration.features);
  const arrays = unpackArrays(fileNamed(artifact, content, batchErmFiles.model));
  const keys = arrayNamed(arrays, 'keys', 'uint32');
  const columns = new Map([...keys].map((key, column) => [key, column]));
  const items = new Map(configuration.items.map((item, index) => [item, index]));
  const sumOf = oracle === 'trees' || oracle === 'mlp' ? readOracle(oracle, arrays) : null;
  const coefficients = sumOf === null ? arrayNamed(arrays, 'coefficients', 'float64') : new Float64Array();

  /** Where an item's coefficients begin; −1 for an item of which nothing is known. */
  function offsetOf({ item }: Candidate): number {
    return oracle === 'logistic' ? 0 : (items.get(item) ?? -1) * keys.length;
  }

  function logitOf(candidate: Candidate, rows: FeatureRows, row: number): number {
    if (sumOf !== null) return sumOf(denseRow(columns, rows, row));
    const offset = offsetOf(candidate);
    if (offset < 0) return 0;
    let sum = 0;
    for (const at of placesOf(rows, row)) {
      const column = columns.get(rows.hashes[at] ?? 0);
      if (column !== undefined) sum += (coefficients[offset + column] ?? 0) * (rows.values[at] ?? 0);
    }
    return sum;
  }

  const toReward = (logit: number): number => least + (largest - least) * sigmoid(logit);

  function scoresOf(request: PolicyRequest, candidates: readonly Candidate[]): Float64Array {
    const rows = encoder.rows(request, candidates);
    return Float64Array.from(candidates, (candidate, row) => toReward(logitOf(candidate, rows, row)));
  }

  return createBranchPolicy({
    artifact,
    action: configuration.action,
    sampler(request, allowed) {
      const scores = scoresOf(request, allowed);
      return { scores, branches: branchesOf(exploration, { scores, rewardRange, examples, leastProbability }) };
    },
    explain(request, candidate) {
      const score = scoresOf(request, [candidate])[0] ?? NaN;
      const offset = offsetOf(candidate);
      if (sumOf !== null || offset < 0) return { score, terms: [] };
      const { hashes, values, names } = encoder.named(request, candidate);
      const terms = names.map((name, at) => {
        const column = columns.get(hashes[at] ?? 0);
        return { name, value: column === undefined ? 0 : (coefficients[offset + column] ?? 0) * (values[at] ?? 0) };
      });
      return { score, terms: termsOfReward(terms, toReward, largest - least) };
    },
  });
}
