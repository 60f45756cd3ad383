import {
  arrayNamed,
  createFeatureEncoder,
  createPosteriorSampler,
  drawNormal,
  emptyPosterior,
  greedyNext,
  posteriorOf,
  readPosterior,
  uniformShare,
  unpackArrays,
} from '../math/index.ts';
import type { FeatureRows, LinearPosterior } from '../math/index.ts';
import { linearPosteriorConfigurationSchema, linearPosteriorFiles, linearPosteriorFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { createDrawnPolicy } from './drawn-policy.ts';
import { withUniform } from './exploration.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies over linear regressions with their covariances: LinUCB, whose scores are the upper bounds, and linear Thompson sampling. */
export const linearPosteriorFormat: PolicyFormat = {
  format: linearPosteriorFormatName,
  formatVersions: [1],
  read: createLinearPosteriorPolicy,
};

function createLinearPosteriorPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, linearPosteriorConfigurationSchema, 'a linear posterior');
  const { action, rule, ridge, leastProbability, rewardRange } = configuration;
  const [least, largest] = rewardRange;
  const width = largest - least;
  const encoder = createFeatureEncoder(configuration.features);
  const posteriors = readPosteriors(fileNamed(artifact, content, linearPosteriorFiles.posterior), configuration.items);
  const sampler = createPosteriorSampler(posteriors.get('') ?? emptyPosterior);
  const keyOf = ({ item }: Candidate): string => (configuration.model === 'disjoint' ? item : '');
  const posteriorFor = (candidate: Candidate): LinearPosterior => posteriors.get(keyOf(candidate)) ?? emptyPosterior;

  /** A row's mean, and what its upper bound adds; nothing where the rule draws. */
  function scoreOf(candidate: Candidate, rows: FeatureRows, row: number): { mean: number; bonus: number } {
    const { mean, quadratic } = readPosterior(posteriorFor(candidate), rows, row, ridge);
    return {
      mean: least + width * mean,
      bonus: rule.name === 'upper-bound' ? width * rule.alpha * Math.sqrt(quadratic) : 0,
    };
  }

  function scoresOf(request: PolicyRequest, candidates: readonly Candidate[]): Float64Array {
    const rows = encoder.rows(request, candidates);
    return Float64Array.from(candidates, (candidate, row) => {
      const { mean, bonus } = scoreOf(candidate, rows, row);
      return mean + bonus;
    });
  }

  function explain(request: PolicyRequest, candidate: Candidate) {
    const { columns, means } = posteriorFor(candidate);
    const { hashes, values, names } = encoder.named(request, candidate);
    const terms = names.map((name, at) => ({
      name,
      value: width * (means[columns.get(hashes[at] ?? 0) ?? -1] ?? 0) * (values[at] ?? 0),
    }));
    const { mean, bonus } = scoreOf(candidate, encoder.rows(request, [candidate]), 0);
    return { score: mean + bonus, terms: [...terms, { name: 'uncertainty', value: bonus }] };
  }

  if (rule.name === 'upper-bound')
    return createBranchPolicy({
      artifact,
      action,
      sampler(request, allowed) {
        const scores = scoresOf(request, allowed);
        const next = (taken: Uint8Array): Float64Array => greedyNext(scores, taken).map(Math.log);
        return {
          scores,
          branches: withUniform(uniformShare(0, leastProbability, allowed.length), { name: 'upper-bound', next }),
        };
      },
      explain,
    });

  return createDrawnPolicy({
    artifact,
    action,
    leastProbability,
    marginalDraws: rule.marginalDraws,
    posterior(request, allowed) {
      const rows = encoder.rows(request, allowed);
      const readings = allowed.map((candidate, row) => readPosterior(posteriorFor(candidate), rows, row, ridge));
      const means = Float64Array.from(readings, ({ mean }) => least + width * mean);
      if (configuration.model === 'shared') {
        const together = sampler(rows, rule.scale, ridge);
        return { means, draw: (random) => together(random).map((score) => least + width * score) };
      }
      // Regressions of their own are independent, so that each score may be drawn by itself.
      const deviations = readings.map(({ quadratic }) => width * rule.scale * Math.sqrt(quadratic));
      return { means, draw: (random) => means.map((mean, row) => mean + (deviations[row] ?? 0) * drawNormal(random)) };
    },
    explain,
  });
}

function readPosteriors(bytes: Uint8Array, items: readonly string[]): Map<string, LinearPosterior> {
  const arrays = unpackArrays(bytes);
  return new Map(
    items.map((item, index) => [
      item,
      posteriorOf(
        arrayNamed(arrays, `${index} keys`, 'uint32'),
        arrayNamed(arrays, `${index} means`, 'float64'),
        arrayNamed(arrays, `${index} inverse`, 'float64'),
      ),
    ]),
  );
}
