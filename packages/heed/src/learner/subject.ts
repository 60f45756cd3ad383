import {
  createFeatureEncoder,
  createHashedLinear,
  emptyDeviation,
  fromTable,
  hashName,
  observe,
  packTable,
  toTable,
  unpackTable,
} from '../math/index.ts';
import type { FeatureDefinition, HashedLinear, Observation } from '../math/index.ts';
import { HeedError, contextualBanditConfigurationSchema, contextualBanditFiles } from '../spec/index.ts';
import type {
  ArtifactContent,
  ContextualBanditConfiguration,
  Experience,
  LoopConfiguration,
  SubjectLearner,
} from '../spec/index.ts';
import { readOptions } from './options.ts';

/** Format of a subject's state: changing what its bytes mean makes states of the old kind unreadable, so it is in the key. */
const stateFormat = 1;

/**
 * The part that keeps to one subject: a Bayesian linear regression of what the global model leaves over, on the
 * namespaces named, in diagonal form. Deviations are in widths of the reward range, for either loss.
 */
export const contextualBanditSubjects: SubjectLearner = {
  key(configuration) {
    const { subject } = readOptions(configuration);
    if (subject === null) return null;
    const { priorVariance, noiseVariance } = subject;
    const { namespaces } = pickNamespaces(configuration.features, subject.namespaces);
    const [least, largest] = configuration.reward.range;
    const parts = JSON.stringify([
      stateFormat,
      Object.entries(namespaces).map(([name, { from, fields, normalise }]) => [name, from, fields ?? null, normalise]),
      configuration.features.seed,
      priorVariance,
      noiseVariance,
      largest - least,
    ]);
    return [1, 2].map((seed) => hashName(parts, seed).toString(16).padStart(8, '0')).join('');
  },
  update(content, state, experiences) {
    const { configuration, linear } = globalPart(content);
    const {
      subject,
      features,
      rewardRange: [least, largest],
    } = configuration;
    if (subject === null)
      throw new HeedError(
        'invalid-configuration',
        'cannot update a subject, as the artifact must keep a part per subject: it keeps none',
      );
    const encoder = createFeatureEncoder(pickNamespaces(features, subject.namespaces), { constant: false });
    const observations = experiences.flatMap(({ request, item, reward, weight }: Experience): Observation[] => {
      const candidate = request.candidates.find((each) => each.item === item);
      if (candidate === undefined) return [];
      const expected = linear.scores(request, [candidate])[0] ?? 0;
      const { hashes, values, starts } = encoder.rows(request, [candidate]);
      const to = starts.at(-1) ?? 0;
      const residual = (reward - expected) / (largest - least);
      const finite = Number.isFinite(residual) && values.subarray(0, to).every(Number.isFinite);
      return finite
        ? [{ hashes: hashes.slice(0, to), values: values.slice(0, to), from: 0, to, residual, weight }]
        : [];
    });
    const before = state === null ? emptyDeviation() : fromTable(unpackTable(state));
    return packTable(toTable(observe(before, observations, subject)));
  },
  count: (state) => fromTable(unpackTable(state)).count,
};

/** The features of the namespaces named, in the order in which the loop declares them; without crosses. */
function pickNamespaces(features: LoopConfiguration['features'], names: readonly string[]): FeatureDefinition {
  const namespaces = Object.fromEntries(Object.entries(features.namespaces).filter(([name]) => names.includes(name)));
  return { namespaces, crosses: [], seed: features.seed };
}

const globalParts = new WeakMap<
  ArtifactContent,
  { configuration: ContextualBanditConfiguration; linear: HashedLinear }
>();

/** The global model of an artifact, read once: every reaction of every subject asks for it. */
function globalPart(content: ArtifactContent): { configuration: ContextualBanditConfiguration; linear: HashedLinear } {
  const known = globalParts.get(content);
  if (known !== undefined) return known;
  const weights = content.files.find(({ name }) => name === contextualBanditFiles.weights);
  if (weights === undefined)
    throw new TypeError(
      `cannot update a subject, as the artifact must have a file ${contextualBanditFiles.weights}: it has none`,
    );
  const configuration = contextualBanditConfigurationSchema.parse(content.configuration);
  const made = { configuration, linear: createHashedLinear(configuration, unpackTable(weights.bytes)) };
  globalParts.set(content, made);
  return made;
}
