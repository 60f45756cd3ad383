import { z } from 'zod';
import {
  arrayNamed,
  createFeatureEncoder,
  emptyPosterior,
  learnPosterior,
  packArrays,
  posteriorOf,
  readPosterior,
  withoutItems,
} from '../math/index.ts';
import type { LinearPosterior } from '../math/index.ts';
import { linearPosteriorConfigurationSchema, linearPosteriorFiles, linearPosteriorFormatName } from '../spec/index.ts';
import type {
  ArtifactContent,
  Experience,
  JsonObject,
  Learner,
  LinearPosteriorConfiguration,
  LoopConfiguration,
} from '../spec/index.ts';
import { arraysOf } from './artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import { exampleFeatures } from './example-features.ts';
import { parseOptions, refuseExploration } from './parse-options.ts';

/*
 * LinUCB and linear Thompson sampling: ridge regressions of the reward with their covariances, one over all items
 * (shared) or one for each (disjoint). With y the reward from 0 (lower end of the declared range) to 1:
 *
 *     A = λ 1 + Σ w x xᵀ     μ = A⁻¹ Σ w x y
 *     LinUCB: the best of  μ·x + α √(xᵀ A⁻¹ x)        Thompson: the best of  θ·x,  θ ~ N(μ, v² A⁻¹)
 *
 * Li, Chu, Langford, Schapire 2010, A contextual-bandit approach to personalized news article recommendation,
 * algorithm 1; Agrawal, Goyal 2013, Thompson sampling for contextual bandits with linear payoffs, algorithm 1.
 * Deviations: 1. features are hashed names that get columns when they are met, `mostFeatures` at most per regression.
 * 2. A⁻¹ is kept instead of A, by Sherman and Morrison's update. 3. v and α are constants: they do not grow with time.
 */

/** What both learners do where their options say nothing. */
export const linearPosteriorDefaults = {
  model: 'disjoint',
  ridge: 1,
  mostFeatures: 256,
  alpha: 0.5,
  scale: 0.25,
  marginalDraws: 200,
} as const;

const defaults = linearPosteriorDefaults;
const common = {
  model: z.enum(['shared', 'disjoint']).default(defaults.model),
  ridge: z.number().positive().default(defaults.ridge),
  mostFeatures: z.number().int().min(1).max(4_096).default(defaults.mostFeatures),
};
const schemas = {
  'lin-ucb': z.strictObject({ ...common, alpha: z.number().nonnegative().default(defaults.alpha) }),
  'linear-thompson': z.strictObject({
    ...common,
    scale: z.number().nonnegative().default(defaults.scale),
    marginalDraws: z.number().int().min(1).max(100_000).default(defaults.marginalDraws),
  }),
};
type Name = keyof typeof schemas;
type Options<N extends Name> = z.infer<(typeof schemas)[N]>;

export interface LinearPosteriorState {
  readonly configuration: LoopConfiguration;
  readonly options: Options<Name>;
  /** By item; under the empty name for the shared model. */
  readonly posteriors: ReadonlyMap<string, LinearPosterior>;
  readonly counts: Counts;
}

/**
 * Learns by LinUCB: acts on upper confidence bounds of linear regressions.
 *
 * @param options.model `disjoint`: one regression per item, without the item's name among the features; `shared`: one
 * over all items. Default disjoint.
 * @param options.alpha α, widths of the confidence bound, not negative. Default 0.5.
 * @param options.ridge λ, above 0. Default 1.
 * @param options.mostFeatures features per regression, 1 to 4,096: memory and time grow with its square. Default 256.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = linUcb({ alpha: 1 });
 */
export function linUcb(options: z.input<(typeof schemas)['lin-ucb']> = {}): {
  name: 'lin-ucb';
  options: Options<'lin-ucb'>;
} {
  return { name: 'lin-ucb', options: parseOptions('lin-ucb', schemas['lin-ucb'], options) };
}

/**
 * Learns by linear Thompson sampling: acts on coefficients drawn from their posterior.
 *
 * @param options.model as for `linUcb`. Default disjoint.
 * @param options.scale v: the posterior's standard deviations are multiplied by it; about the noise of one reward in
 * widths of the declared range. Default 0.25.
 * @param options.ridge λ, above 0. Default 1.
 * @param options.mostFeatures as for `linUcb`. Default 256.
 * @param options.marginalDraws draws from which the probability over all draws is estimated. Default 200.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function linearThompson(options: z.input<(typeof schemas)['linear-thompson']> = {}): {
  name: 'linear-thompson';
  options: Options<'linear-thompson'>;
} {
  return { name: 'linear-thompson', options: parseOptions('linear-thompson', schemas['linear-thompson'], options) };
}

/** The learner called `lin-ucb`. */
export const linUcbLearner: Learner<LinearPosteriorState> = createLearner('lin-ucb');
/** The learner called `linear-thompson`. */
export const linearThompsonLearner: Learner<LinearPosteriorState> = createLearner('linear-thompson');

function createLearner(name: Name): Learner<LinearPosteriorState> {
  const init = (configuration: LoopConfiguration): LinearPosteriorState => {
    refuseExploration(configuration);
    const options = parseOptions(name, schemas[name], configuration.learner.options);
    return { configuration, options, posteriors: new Map(), counts: noCounts };
  };
  return {
    name,
    needs(configuration) {
      init(configuration);
      return { signal: 'reward', propensity: false, rewardRange: true };
    },
    init,
    update,
    toArtifact: (state) => toArtifact(name, state),
    fromArtifact: (configuration, content) => fromArtifact(init(configuration), content),
    subjects: null,
  };
}

function update(state: LinearPosteriorState, experiences: readonly Experience[]): LinearPosteriorState {
  const { configuration, options } = state;
  const [least, largest] = configuration.reward.range;
  const width = largest - least;
  const disjoint = options.model === 'disjoint';
  const encoder = createFeatureEncoder(disjoint ? withoutItems(configuration.features) : configuration.features);
  const posteriors = new Map(state.posteriors);
  let { counts } = state;
  for (const experience of experiences) {
    const features = exampleFeatures(encoder, experience);
    if (features === null || experience.weight <= 0) {
      counts = countSkipped(counts);
      continue;
    }
    const key = disjoint ? experience.item : '';
    const before = posteriors.get(key) ?? emptyPosterior;
    const rows = { ...features, sharedEnd: 0, starts: [0, features.length] };
    const prediction = least + width * readPosterior(before, rows, 0, options.ridge).mean;
    counts = countExample(counts, experience.reward, prediction);
    const label = (experience.reward - least) / width;
    posteriors.set(key, learnPosterior(before, features, label, experience.weight, options));
  }
  return { configuration, options, posteriors, counts };
}

function toArtifact(name: Name, { configuration, options, posteriors, counts }: LinearPosteriorState): ArtifactContent {
  const { ridge, model } = options;
  const sorted = [...posteriors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const written: LinearPosteriorConfiguration = {
    action: configuration.action.type,
    features: model === 'disjoint' ? withoutItems(configuration.features) : configuration.features,
    model,
    items: sorted.map(([item]) => item),
    ridge,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    rule:
      'alpha' in options
        ? { name: 'upper-bound', alpha: options.alpha }
        : { name: 'thompson', scale: options.scale, marginalDraws: options.marginalDraws },
    examples: counts.examples,
    learner: { name, options },
  };
  const arrays = new Map<string, Float64Array | Uint32Array>();
  sorted.forEach(([, { keys, means, inverse }], index) => {
    arrays.set(`${index} keys`, Uint32Array.from(keys));
    arrays.set(`${index} means`, means);
    arrays.set(`${index} inverse`, inverse);
  });
  return {
    format: linearPosteriorFormatName,
    formatVersion: 1,
    // Through JSON, so that what is written is what a store gives back.
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      { name: linearPosteriorFiles.posterior, bytes: packArrays(arrays) },
      { name: linearPosteriorFiles.counts, bytes: packArrays(new Map([['counts', countsToNumbers(counts)]])) },
    ],
    metrics: {
      ...metricsOf(counts),
      regressions: sorted.length,
      features: sorted.reduce((sum, [, { keys }]) => sum + keys.length, 0),
    },
  };
}

/** Goes on where `content` ended. Where features, model, λ or the scale of the labels have become others, starts anew. */
function fromArtifact(fresh: LinearPosteriorState, content: ArtifactContent): LinearPosteriorState {
  const parsed = linearPosteriorConfigurationSchema.safeParse(content.configuration);
  if (content.format !== linearPosteriorFormatName || !parsed.success) return fresh;
  const before = parsed.data;
  const { reward, features } = fresh.configuration;
  const comparable =
    before.model === fresh.options.model &&
    before.ridge === fresh.options.ridge &&
    before.features.seed === features.seed &&
    before.rewardRange[0] === reward.range[0] &&
    before.rewardRange[1] === reward.range[1];
  if (!comparable) return fresh;
  const arrays = arraysOf(content, linearPosteriorFiles.posterior);
  const posteriors = before.items.map((item, index): [string, LinearPosterior] => [
    item,
    posteriorOf(
      arrayNamed(arrays, `${index} keys`, 'uint32'),
      arrayNamed(arrays, `${index} means`, 'float64'),
      arrayNamed(arrays, `${index} inverse`, 'float64'),
    ),
  ]);
  const counts = arrayNamed(arraysOf(content, linearPosteriorFiles.counts), 'counts', 'float64');
  return { ...fresh, posteriors: new Map(posteriors), counts: countsFrom(counts) };
}
