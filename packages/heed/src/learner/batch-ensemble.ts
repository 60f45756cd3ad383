import { arrayNamed, arraysOver, arraysUnder, createFeatureEncoder, packArrays } from '../math/index.ts';
import type { FeatureEncoder, NamedArrays } from '../math/index.ts';
import { batchEnsembleConfigurationSchema, batchEnsembleFiles, batchEnsembleFormatName } from '../spec/index.ts';
import type {
  ArtifactContent,
  BatchEnsembleConfiguration,
  EnsembleMethod,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../spec/index.ts';
import { arraysOf } from './artifact-files.ts';
import type { BatchFit, BatchProblem } from './batch-fits.ts';
import type { OracleOptions } from './batch-oracle.ts';
import { exampleFeatures } from './example-features.ts';
import { judgedFrom, judgedToArrays } from './judged.ts';
import type { Judged } from './judged.ts';
import { itemsOf } from './memory.ts';
import type { Remembered } from './memory.ts';

/*
 * Bagging, online cover and RegCB over an oracle that does not learn online: each training fits their models anew to
 * the newest `window` examples.
 */

/** What the three have in common beside their own options. */
export interface BatchOptions extends OracleOptions {
  /** Examples that are remembered. */
  readonly window: number;
  readonly mostFeatures: number;
}

/** What makes one of the three: how its models are fitted, and what acting needs to know of it. */
export interface BatchMethod<Options extends BatchOptions> {
  readonly name: EnsembleMethod['name'];
  /** Reads a loop's options. */
  readonly read: (configuration: LoopConfiguration) => Options;
  readonly method: (options: Options) => EnsembleMethod;
  readonly loss: 'squared' | 'logistic';
  readonly fit: (problem: BatchProblem, options: Options) => Promise<BatchFit>;
  /** Largest 1 / probability, where it needs probabilities and the features of all candidates; else `null`. */
  readonly importanceCap: (options: Options) => number | null;
}

export interface BatchEnsembleState<Options extends BatchOptions = BatchOptions> {
  readonly configuration: LoopConfiguration;
  readonly options: Options;
  readonly seed: string;
  /** The newest examples, oldest first. */
  readonly memory: readonly Judged[];
  /** The models as they were settled last. */
  readonly fit: BatchFit;
  readonly counts: { readonly examples: number; readonly skipped: number };
}

const nothing: BatchFit = { keys: new Uint32Array(), models: [] };

/** Makes the learner of one of the three methods. */
export function createBatchEnsemble<Options extends BatchOptions & JsonObject>(
  method: BatchMethod<Options>,
): Learner<BatchEnsembleState<Options>> {
  const init = (configuration: LoopConfiguration, seed: string): BatchEnsembleState<Options> => ({
    configuration,
    options: method.read(configuration),
    seed,
    memory: [],
    fit: nothing,
    counts: { examples: 0, skipped: 0 },
  });
  return {
    name: method.name,
    needs: (configuration) => ({
      signal: 'reward',
      propensity: method.importanceCap(method.read(configuration)) !== null,
      rewardRange: true,
    }),
    init,
    update(state, experiences) {
      const { configuration, options, counts } = state;
      const encoder = createFeatureEncoder(configuration.features);
      const cap = method.importanceCap(options);
      const added = experiences.flatMap(
        (experience) => remember(encoder, experience, configuration.reward.range, cap) ?? [],
      );
      return {
        ...state,
        memory: [...state.memory, ...added].slice(-options.window),
        counts: {
          examples: counts.examples + added.length,
          skipped: counts.skipped + experiences.length - added.length,
        },
      };
    },
    async settle(state) {
      const { memory, options, seed, counts } = state;
      if (memory.length === 0) return state;
      return { ...state, fit: await method.fit({ memory, options, seed, examples: counts.examples }, options) };
    },
    toArtifact: (state) => toArtifact(method, state),
    fromArtifact: (configuration, content) => fromArtifact(method, init(configuration, ''), content),
    subjects: null,
  };
}

/** A decision as it is remembered; `null` for one that cannot be used. With a cap, all that might have been chosen is kept. */
function remember(
  encoder: FeatureEncoder,
  experience: Experience,
  [least, largest]: readonly [number, number],
  importanceCap: number | null,
): Judged | null {
  const { request, item, reward, weight, probability } = experience;
  const all = importanceCap !== null;
  const candidates = request.candidates.filter((each) => (all ? !request.excluded.has(each.item) : each.item === item));
  const taken = candidates.findIndex((each) => each.item === item);
  if (taken < 0 || weight <= 0 || (all && !(probability !== null && probability > 0))) return null;
  const rows: Remembered[] = [];
  for (const candidate of candidates) {
    const features = exampleFeatures(encoder, { ...experience, item: candidate.item });
    if (features === null) return null;
    rows.push({
      hashes: features.hashes.slice(0, features.length),
      values: features.values.slice(0, features.length),
      label: Math.min(1, Math.max(0, (reward - least) / (largest - least))),
      weight,
      item: candidate.item,
    });
  }
  return { rows, taken, importance: all ? Math.min(importanceCap, 1 / (probability ?? 1)) : 1 };
}

function toArtifact<Options extends BatchOptions & JsonObject>(
  { name, method, loss }: BatchMethod<Options>,
  { configuration, options, seed, memory, fit, counts }: BatchEnsembleState<Options>,
): ArtifactContent {
  const items = itemsOf(memory.flatMap(({ rows }) => rows));
  const written: BatchEnsembleConfiguration = {
    action: configuration.action.type,
    features: configuration.features,
    oracle: options.oracle,
    loss,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    method: method(options),
    models: fit.models.length,
    items,
    seed,
    examples: counts.examples,
    learner: { name, options },
  };
  const models: NamedArrays = new Map([['keys', fit.keys], ...arraysOver(fit.models)]);
  const numbers: NamedArrays = new Map([['counts', Float64Array.of(counts.examples, counts.skipped)]]);
  return {
    format: batchEnsembleFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      { name: batchEnsembleFiles.models, bytes: packArrays(models) },
      { name: batchEnsembleFiles.memory, bytes: packArrays(new Map([...judgedToArrays(memory, items), ...numbers])) },
    ],
    metrics: { ...counts, remembered: memory.length },
  };
}

/** Goes on where `content` ended. Where method, oracle, features or reward range have become others, starts anew. */
function fromArtifact<Options extends BatchOptions & JsonObject>(
  { name }: BatchMethod<Options>,
  fresh: BatchEnsembleState<Options>,
  content: ArtifactContent,
): BatchEnsembleState<Options> {
  const parsed = batchEnsembleConfigurationSchema.safeParse(content.configuration);
  if (content.format !== batchEnsembleFormatName || !parsed.success) return fresh;
  const before = parsed.data;
  const { features, reward } = fresh.configuration;
  const comparable =
    before.method.name === name &&
    before.oracle === fresh.options.oracle &&
    JSON.stringify(before.features) === JSON.stringify(features) &&
    before.rewardRange[0] === reward.range[0] &&
    before.rewardRange[1] === reward.range[1];
  if (!comparable) return fresh;
  const models = arraysOf(content, batchEnsembleFiles.models);
  const memory = arraysOf(content, batchEnsembleFiles.memory);
  const [examples = 0, skipped = 0] = arrayNamed(memory, 'counts', 'float64');
  return {
    ...fresh,
    seed: before.seed,
    memory: judgedFrom(memory, before.items).slice(-fresh.options.window),
    fit: {
      keys: arrayNamed(models, 'keys', 'uint32'),
      models: Array.from({ length: before.models }, (_, index) => arraysUnder(models, index)),
    },
    counts: { examples, skipped },
  };
}
