import {
  arrayNamed,
  arraysUnder,
  createFeatureEncoder,
  lastInputsMlp,
  leavesOfRow,
  mlpFromArrays,
  treesFromArrays,
  unpackArrays,
} from '../math/index.ts';
import type { NamedArrays } from '../math/index.ts';
import { batchEnsembleConfigurationSchema, batchEnsembleFiles, batchEnsembleFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { denseRow, readOracle } from './batch-oracle.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { createEnsembleRule } from './ensemble-branches.ts';
import type { EnsembleReading } from './ensemble-branches.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies of bagging, online cover and RegCB over trees or networks. Before the first training all candidates are alike. */
export const batchEnsembleFormat: PolicyFormat = {
  format: batchEnsembleFormatName,
  formatVersions: [1],
  read: createBatchEnsemblePolicy,
};

function createBatchEnsemblePolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, batchEnsembleConfigurationSchema, 'a batch ensemble');
  const { oracle, method } = configuration;
  const encoder = createFeatureEncoder(configuration.features);
  const arrays = unpackArrays(fileNamed(artifact, content, batchEnsembleFiles.models));
  const columns = new Map([...arrayNamed(arrays, 'keys', 'uint32')].map((key, column) => [key, column]));
  // Online cover asks the second model and those after it.
  const count = Math.max(configuration.models, 2);
  const models = Array.from({ length: count }, (_, index) => readOracle(oracle, arraysUnder(arrays, index)));
  const spreadOf = method.name === 'reg-cb' ? readSpread(arraysUnder(arrays, 0)) : () => 0;
  const rule = createEnsembleRule(configuration);

  function read(request: PolicyRequest, candidates: readonly Candidate[]): EnsembleReading {
    const encoded = encoder.rows(request, candidates);
    const rows = candidates.map((_, row) => denseRow(columns, encoded, row));
    const beta = rule.beta(request.candidates.length);
    return {
      sums: models.map((sumOf) => Float64Array.from(rows, sumOf)),
      radii: Float64Array.from(rows, (row) => Math.sqrt(2 * beta * spreadOf(row))),
    };
  }

  return createBranchPolicy({
    artifact,
    action: configuration.action,
    sampler: (request, allowed) => rule.sample(read(request, allowed)),
    explain(request, candidate) {
      const reading = read(request, [candidate]);
      const score = rule.scoresOf(reading)[0] ?? NaN;
      if (method.name !== 'reg-cb') return { score, terms: [] };
      return { score, terms: [{ name: 'uncertainty', value: score - rule.toReward(reading.sums[0]?.[0] ?? NaN) }] };
    },
  });
}

/**
 * Makes the function from a row to how far its sum may lie off, squared, per unit of loss: 1 over the least curvature of
 * the leaves that it comes to; `φᵀ H⁻¹ φ` of a network's last layer; 1 where nothing was learned yet. One unit of curvature
 * is there beforehand.
 */
function readSpread(arrays: NamedArrays): (row: Float32Array) => number {
  if (arrays.has('last inverse')) {
    const network = mlpFromArrays(arrays);
    const inverse = arrayNamed(arrays, 'last inverse', 'float64');
    return (row) => Math.max(0, quadraticForm(inverse, [...lastInputsMlp(network, row), 1]));
  }
  if (!arrays.has('base')) return () => 1;
  const trees = treesFromArrays(arrays);
  const curvatures = arrayNamed(arrays, 'curvatures', 'float64');
  return (row) => {
    let least = Infinity;
    for (const leaf of leavesOfRow(trees, row)) least = Math.min(least, curvatures[leaf] ?? 0);
    return 1 / (1 + (least === Infinity ? 0 : least));
  };
}

/** `xᵀ A x`, with A by rows. */
function quadraticForm(matrix: Float64Array, x: readonly number[]): number {
  return x.reduce(
    (total, own, row) =>
      total + own * x.reduce((sum, other, column) => sum + (matrix[row * x.length + column] ?? 0) * other, 0),
    0,
  );
}
