import { arrayNamed, drawIndex, expWeights, unpackArrays } from '../math/index.ts';
import { switchingCostsConfigurationSchema, switchingCostsFiles, switchingCostsFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat } from '../spec/index.ts';
import { createHeldPolicy } from './held-policy.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies that hold one item over a batch, drawn from weights; scores are the logarithms of the weights. */
export const switchingCostsFormat: PolicyFormat = {
  format: switchingCostsFormatName,
  formatVersions: [1],
  read: createSwitchingCostsPolicy,
};

function createSwitchingCostsPolicy(artifact: string, content: ArtifactContent): Policy {
  const { action, items, leastProbability, held, draw, progress } = readConfiguration(
    artifact,
    content,
    switchingCostsConfigurationSchema,
    'learning with switching costs',
  );
  const logWeights = arrayNamed(
    unpackArrays(fileNamed(artifact, content, switchingCostsFiles.weights)),
    'logWeights',
    'float64',
  );
  const logs = new Map(items.map((item, index) => [item, logWeights[index] ?? 0]));
  // The artifacts of a batch share its weights and its draw.
  const drawSeed = `${progress.seed} draw ${progress.batch}`;

  /** By weight; an item that was never met waits for the next batch, unless no other is there. */
  function probabilitiesOf(allowed: readonly Candidate[]): Float64Array {
    const costs = Float64Array.from(allowed, ({ item }) => -(logs.get(item) ?? -Infinity));
    return costs.some(Number.isFinite) ? expWeights(costs, 1) : costs.map(() => 1 / allowed.length);
  }

  const scoreOf = ({ item }: Candidate): number => logs.get(item) ?? 0;

  return createHeldPolicy({
    artifact,
    action,
    leastProbability,
    drawSeed,
    held: { item: held, seconds: null },
    sampler(allowed) {
      const probabilities = probabilitiesOf(allowed);
      const holding = allowed.findIndex(({ item }) => item === held);
      // By name, so that the order in which candidates come changes nothing.
      const order = [...allowed.keys()].toSorted((a, b) =>
        (allowed[a]?.item ?? '') < (allowed[b]?.item ?? '') ? -1 : 1,
      );
      const drawn =
        order[
          drawIndex(
            Float64Array.from(order, (row) => probabilities[row] ?? 0),
            draw,
          )
        ] ?? 0;
      return { scores: Float64Array.from(allowed, scoreOf), probabilities, place: holding < 0 ? drawn : holding };
    },
    explain(_request, candidate) {
      const score = scoreOf(candidate);
      return { score, terms: [{ name: 'log weight', value: score }] };
    },
  });
}
