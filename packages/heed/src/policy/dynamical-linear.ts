import { arrayNamed, greedyNext, uniformShare, unpackArrays, vectorOfFields, vectorUpperBound } from '../math/index.ts';
import {
  HeedError,
  dynamicalLinearConfigurationSchema,
  dynamicalLinearFiles,
  dynamicalLinearFormatName,
} from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat } from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { withUniform } from './exploration.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies over vectors: what is held is played until the next training; where it is not there, the best upper bound. */
export const dynamicalLinearFormat: PolicyFormat = {
  format: dynamicalLinearFormatName,
  formatVersions: [1],
  read: createDynamicalLinearPolicy,
};

function createDynamicalLinearPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(
    artifact,
    content,
    dynamicalLinearConfigurationSchema,
    'a bandit over vectors',
  );
  const { action, fields, width, held, leastProbability } = configuration;
  const arrays = unpackArrays(fileNamed(artifact, content, dynamicalLinearFiles.bounds));
  const [estimate, matrix] = [arrayNamed(arrays, 'estimate', 'float64'), arrayNamed(arrays, 'matrix', 'float64')];

  function vectorOf({ item, features }: Candidate): Float64Array {
    const vector = vectorOfFields(features, fields);
    if (vector === null)
      throw new HeedError(
        'invalid-input',
        `cannot decide by the artifact ${artifact}, as each candidate must have the numbers ${fields.join(', ')}: ${item} has not`,
      );
    return vector;
  }

  const boundOf = (candidate: Candidate): number => vectorUpperBound(vectorOf(candidate), estimate, matrix, width);

  const policy = createBranchPolicy({
    artifact,
    action,
    sampler(_request, allowed) {
      const scores = Float64Array.from(allowed, boundOf);
      const holding = allowed.findIndex(({ item }) => item === held?.item);
      // Rounding must not break a tie between vectors of one length.
      const compared = scores.map((score, row) =>
        holding < 0 ? Number(score.toPrecision(12)) : row === holding ? 1 : 0,
      );
      return {
        scores,
        branches: withUniform(uniformShare(0, leastProbability, allowed.length), {
          name: holding < 0 ? 'upper-bound' : 'held',
          next: (taken) => greedyNext(compared, taken).map(Math.log),
        }),
      };
    },
    explain(_request, candidate) {
      const vector = vectorOf(candidate);
      const score = boundOf(candidate);
      const terms = fields.map((name, at) => ({ name, value: (estimate[at] ?? 0) * (vector[at] ?? 0) }));
      const worth = terms.reduce((sum, { value }) => sum + value, 0);
      return { score, terms: [...terms, { name: 'uncertainty', value: score - worth }] };
    },
  });
  return held === null ? policy : { ...policy, held: { item: held.item, seconds: held.seconds } };
}
