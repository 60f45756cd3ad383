import { createHashedLinear, linkReward, unpackTable } from '../math/index.ts';
import {
  contextualBanditConfigurationSchema,
  contextualBanditFiles,
  contextualBanditFormatName,
} from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { termsOfReward } from './explanation.ts';
import { branchesOf, readExploration } from './exploration.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';
import { createSubjectPart } from './subject-part.ts';

/**
 * Policies over hashed linear scores: the global model's, plus what the subject's state adds, with exploration on top.
 * Format version 1 answers the same for ever.
 */
export const contextualBanditFormat: PolicyFormat = {
  format: contextualBanditFormatName,
  formatVersions: [1],
  read: createContextualBanditPolicy,
};

function createContextualBanditPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(
    artifact,
    content,
    contextualBanditConfigurationSchema,
    'a contextual bandit',
  );
  const { rewardRange, examples, leastProbability } = configuration;
  const exploration = readExploration(configuration.exploration);
  const linear = createHashedLinear(
    configuration,
    unpackTable(fileNamed(artifact, content, contextualBanditFiles.weights)),
  );
  const subjectPart = createSubjectPart(configuration);
  const width = rewardRange[1] - rewardRange[0];

  function scoresOf(request: PolicyRequest, candidates: readonly Candidate[]): Float64Array {
    const scores = linear.scores(request, candidates);
    const additions = subjectPart?.additions(request, candidates);
    return additions === undefined ? scores : scores.map((score, index) => score + (additions[index] ?? 0));
  }

  return createBranchPolicy({
    artifact,
    action: configuration.action,
    sampler(request, allowed) {
      const scores = scoresOf(request, allowed);
      return { scores, branches: branchesOf(exploration, { scores, rewardRange, examples, leastProbability }) };
    },
    explain(request, candidate) {
      const { hashes, values, names } = linear.encoder.named(request, candidate);
      const weighted = names.map((name, at) => ({ name, value: linear.weight(hashes[at] ?? 0) * (values[at] ?? 0) }));
      const terms = termsOfReward(weighted, (sum) => linkReward(configuration, sum), width);
      return {
        score: scoresOf(request, [candidate])[0] ?? NaN,
        terms: [...terms, ...(subjectPart?.terms(request, candidate) ?? [])],
      };
    },
  });
}
