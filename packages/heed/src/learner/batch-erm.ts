import { z } from 'zod';
import {
  arrayNamed,
  createFeatureEncoder,
  denseRows,
  fitBoostedTrees,
  fitLogistic,
  fitLogisticPerAction,
  mlpToArrays,
  packArrays,
  treesToArrays,
  withoutItems,
} from '../math/index.ts';
import type { NamedArrays } from '../math/index.ts';
import { batchErmConfigurationSchema, batchErmFiles, batchErmFormatName } from '../spec/index.ts';
import type {
  ArtifactContent,
  BatchErmConfiguration,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../spec/index.ts';
import { arraysOf } from './artifact-files.ts';
import { treeDefaults, treeOptionsSchema } from './batch-oracle.ts';
import { exampleFeatures } from './example-features.ts';
import { itemsOf, memoryFrom, memoryToArrays, memoryToRows } from './memory.ts';
import type { Remembered } from './memory.ts';
import { fitMlps, mlpOptionsSchema } from './mlp-oracle.ts';
import type { MlpOptions } from './mlp-oracle.ts';
import { parseOptions } from './parse-options.ts';

/*
 * Empirical risk minimisation on a short memory: each training fits a supervised model anew to the newest
 * `batches · batchExamples` examples, and the loop's exploration acts on its scores until the next one. Rewards that
 * have not arrived are no examples yet. With y the reward from 0 (lower end of the declared range) to 1:
 *
 *     f = argmin  Σ w [log-loss of f(x, a) against y]  +  λ/2 |θ|²  (logistic)
 *
 * Vangara, Egg 2024, Contextual bandits in payment processing (arXiv 2412.00569).
 * Deviations: 1. the window counts examples, so that how a training is cut into pieces does not matter. 2. Examples of
 * items that were retired stay until they are too old: what they teach of shared features is not lost.
 */

/** What batch ERM does where its options say nothing. */
export const batchErmDefaults = {
  oracle: 'logistic',
  batches: 2,
  batchExamples: 3_000,
  l2: 1,
  mostFeatures: 512,
  importance: 'none',
  importanceCap: 20,
  trees: treeDefaults,
} as const;

const defaults = batchErmDefaults;
const fieldsSchema = z.strictObject({
  oracle: z.enum(['logistic', 'logistic-per-item', 'trees', 'mlp']).default(defaults.oracle),
  batches: z.number().int().min(1).default(defaults.batches),
  batchExamples: z.number().int().min(1).default(defaults.batchExamples),
  l2: z.number().positive().default(defaults.l2),
  mostFeatures: z.number().int().min(1).max(4_096).default(defaults.mostFeatures),
  importance: z.enum(['none', 'inverse']).default(defaults.importance),
  importanceCap: z.number().min(1).default(defaults.importanceCap),
  trees: treeOptionsSchema.prefault({}),
  mlp: mlpOptionsSchema.optional(),
});
type Fields = Omit<z.infer<typeof fieldsSchema>, 'mlp'>;
/** What the network's options leave out is filled in only where there is one: other loops stay the version that they are. */
const optionsSchema = fieldsSchema.transform(({ mlp, ...rest }): Fields | (Fields & { mlp: MlpOptions }) =>
  mlp === undefined && rest.oracle !== 'mlp' ? rest : { ...rest, mlp: mlpOptionsSchema.parse(mlp ?? {}) },
);
export type BatchErmOptions = z.infer<typeof optionsSchema>;

export interface BatchErmState {
  readonly configuration: LoopConfiguration;
  readonly options: BatchErmOptions;
  /** The newest examples, oldest first. */
  readonly memory: readonly Remembered[];
  /** The network, where the oracle is one, as it was settled last. */
  readonly network: NamedArrays | null;
  readonly examples: number;
  readonly skipped: number;
}

/**
 * Learns by fitting a supervised model to the newest examples alone, anew in each training.
 *
 * @param options.oracle `logistic`: one regression over all features; `logistic-per-item`: one for each item, without
 * the item's name among the features; `trees`: boosted trees with the logistic loss; `mlp`: a network with the logistic
 * loss, which learns outside the calling thread. Default logistic.
 * @param options.batches W, batches that are remembered. Default 2.
 * @param options.batchExamples examples in a batch. Default 3,000.
 * @param options.l2 λ of the logistic oracles, above 0, on every coefficient. Default 1.
 * @param options.mostFeatures features of the model, 1 to 4,096. Default 512.
 * @param options.importance `inverse` weighs examples by 1 / probability, at most `importanceCap`. Default none.
 * @param options.importanceCap at least 1. Default 20.
 * @param options.trees `learningRate` (0.1), `maxTrees` (100), `maxLeaves` (31), `minLeafRows` (20), `l2` (0).
 * @param options.mlp `hidden` ([32, 32]), `learningRate` (0.003), `passes` (20), `batchRows` (64), `weightDecay` (0.01),
 * `seed` (0).
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = batchErm({ oracle: 'trees', batches: 1 });
 */
export function batchErm(options: z.input<typeof optionsSchema> = {}): {
  name: typeof batchErmFormatName;
  options: BatchErmOptions;
} {
  return { name: batchErmFormatName, options: parseOptions(batchErmFormatName, optionsSchema, options) };
}

/** The learner called `batch-erm`. */
export const batchErmLearner: Learner<BatchErmState> = {
  name: batchErmFormatName,
  needs(configuration) {
    const { options } = init(configuration);
    return { signal: 'reward', propensity: options.importance === 'inverse', rewardRange: true };
  },
  init,
  update,
  settle,
  toArtifact,
  fromArtifact,
  subjects: null,
};

function init(configuration: LoopConfiguration): BatchErmState {
  const options = parseOptions(batchErmFormatName, optionsSchema, configuration.learner.options);
  return { configuration, options, memory: [], network: null, examples: 0, skipped: 0 };
}

function featuresOf({ configuration, options }: BatchErmState): LoopConfiguration['features'] {
  return options.oracle === 'logistic-per-item' ? withoutItems(configuration.features) : configuration.features;
}

function update(state: BatchErmState, experiences: readonly Experience[]): BatchErmState {
  const { configuration, options } = state;
  const [least, largest] = configuration.reward.range;
  const encoder = createFeatureEncoder(featuresOf(state));
  const added: Remembered[] = [];
  for (const experience of experiences) {
    const features = exampleFeatures(encoder, experience);
    const { reward, weight, probability, item } = experience;
    const weighed = options.importance === 'inverse';
    if (features === null || weight <= 0 || (weighed && (probability === null || probability <= 0))) continue;
    const importance = weighed ? Math.min(options.importanceCap, 1 / (probability ?? 1)) : 1;
    added.push({
      hashes: features.hashes.slice(0, features.length),
      values: features.values.slice(0, features.length),
      label: Math.min(1, Math.max(0, (reward - least) / (largest - least))),
      weight: weight * importance,
      item,
    });
  }
  return {
    ...state,
    memory: [...state.memory, ...added].slice(-options.batches * options.batchExamples),
    examples: state.examples + added.length,
    skipped: state.skipped + experiences.length - added.length,
  };
}

function toArtifact(state: BatchErmState): ArtifactContent {
  const { configuration, options, memory, examples, skipped } = state;
  const items = itemsOf(memory);
  const written: BatchErmConfiguration = {
    action: configuration.action.type,
    features: featuresOf(state),
    oracle: options.oracle,
    items,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    exploration: configuration.exploration,
    examples,
    learner: { name: batchErmFormatName, options },
  };
  const counts: NamedArrays = new Map([['counts', Float64Array.of(examples, skipped)]]);
  const labels = memory.reduce((sum, { label }) => sum + label, 0);
  return {
    format: batchErmFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      { name: batchErmFiles.model, bytes: packArrays(fit(state, items)) },
      { name: batchErmFiles.memory, bytes: packArrays(new Map([...memoryToArrays(memory, items), ...counts])) },
    ],
    metrics: {
      examples,
      skipped,
      remembered: memory.length,
      ...(memory.length > 0 && { shareOfZeros: 1 - labels / memory.length }),
    },
  };
}

/** The model of what is remembered. */
function fit({ options, memory, network }: BatchErmState, items: readonly string[]): NamedArrays {
  if (options.oracle === 'mlp') return network ?? new Map([['keys', new Uint32Array()]]);
  const { rows, keys } = memoryToRows(memory, options.mostFeatures);
  const labels = Float64Array.from(memory, ({ label }) => label);
  const weights = Float64Array.from(memory, ({ weight }) => weight);
  switch (options.oracle) {
    case 'logistic': {
      const { coefficients } = fitLogistic(rows, labels, { l2: options.l2, weights });
      return new Map<string, Float64Array | Uint32Array>([
        ['keys', keys],
        ['coefficients', coefficients],
      ]);
    }
    case 'logistic-per-item': {
      const places = new Map(items.map((item, index) => [item, index]));
      const actions = memory.map(({ item }) => places.get(item) ?? 0);
      const { coefficients } = fitLogisticPerAction(rows, labels, actions, items.length, { l2: options.l2, weights });
      return new Map<string, Float64Array | Uint32Array>([
        ['keys', keys],
        ['coefficients', coefficients],
      ]);
    }
    case 'trees': {
      if (memory.length === 0) return new Map([['keys', keys]]);
      const { trees } = fitBoostedTrees(denseRows(rows), rows.width, labels, {
        ...options.trees,
        loss: 'logistic',
        weights,
      });
      return new Map<string, Float64Array | Float32Array | Uint32Array>([['keys', keys], ...treesToArrays(trees)]);
    }
  }
}

/** Fits the network, where the oracle is one. */
async function settle(state: BatchErmState): Promise<BatchErmState> {
  const { options, memory } = state;
  if (!('mlp' in options) || options.oracle !== 'mlp' || memory.length === 0) return state;
  const { rows, keys } = memoryToRows(memory, options.mostFeatures);
  const labels = Float64Array.from(memory, ({ label }) => label);
  const problem = { features: denseRows(rows), width: rows.width, labels, loss: 'logistic' } as const;
  const weights = Float64Array.from(memory, ({ weight }) => weight);
  const [network] = await fitMlps(problem, [weights], options.mlp);
  const arrays = network === undefined ? [] : [...mlpToArrays(network)];
  return { ...state, network: new Map<string, Float32Array | Uint32Array>([['keys', keys], ...arrays]) };
}

/** Goes on where `content` ended. Where features, oracle or the scale of the labels have become others, starts anew. */
function fromArtifact(configuration: LoopConfiguration, content: ArtifactContent): BatchErmState {
  const fresh = init(configuration);
  const parsed = batchErmConfigurationSchema.safeParse(content.configuration);
  if (content.format !== batchErmFormatName || !parsed.success) return fresh;
  const before = parsed.data;
  const { range } = configuration.reward;
  const comparable =
    JSON.stringify(before.features) === JSON.stringify(featuresOf(fresh)) &&
    before.rewardRange[0] === range[0] &&
    before.rewardRange[1] === range[1];
  if (!comparable) return fresh;
  const arrays = arraysOf(content, batchErmFiles.memory);
  const [examples = 0, skipped = 0] = arrayNamed(arrays, 'counts', 'float64');
  const most = fresh.options.batches * fresh.options.batchExamples;
  const isNetwork = before.oracle === 'mlp' && fresh.options.oracle === 'mlp';
  const network = isNetwork ? arraysOf(content, batchErmFiles.model) : null;
  return { ...fresh, memory: memoryFrom(arrays, before.items).slice(-most), network, examples, skipped };
}
