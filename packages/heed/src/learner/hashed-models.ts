import { arrayNamed, packArrays } from '../math/index.ts';
import { ensembleConfigurationSchema, ensembleFiles, ensembleFormatName } from '../spec/index.ts';
import type { ArtifactContent, EnsembleConfiguration, JsonObject, LoopConfiguration } from '../spec/index.ts';
import { copyTables, createTables } from './adaptive-gradient.ts';
import type { GradientTables } from './adaptive-gradient.ts';
import { arraysOf } from './artifact-files.ts';
import { countsFrom, countsToNumbers, metricsOf, noCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import type { ExampleFeatures } from './example-features.ts';

/** Several linear models over the same hashed features. */
export interface HashedModels {
  readonly tables: readonly GradientTables[];
  /** The hash that first used each slot; good where a model's scale is above 0. */
  readonly owners: Uint32Array;
  /** Σ of weight × second derivative of the loss × x², per slot, of the first model. */
  readonly curvatures: Float64Array;
}

/** What a learner of such models keeps. */
export interface EnsembleState<Options> {
  readonly configuration: LoopConfiguration;
  readonly options: Options;
  readonly seed: string;
  readonly models: HashedModels;
  readonly counts: Counts;
}

/** The state before the first example. */
export function initEnsemble<Options>(
  configuration: LoopConfiguration,
  options: Options,
  count: number,
  seed: string,
): EnsembleState<Options> {
  const slots = 2 ** configuration.features.bits;
  const models: HashedModels = {
    tables: Array.from({ length: count }, () => createTables(slots)),
    owners: new Uint32Array(slots),
    curvatures: new Float64Array(slots),
  };
  return { configuration, options, seed, models, counts: noCounts };
}

/** A copy that can be changed while the original stays. */
export function copyModels({ tables, owners, curvatures }: HashedModels): HashedModels {
  return { tables: tables.map(copyTables), owners: owners.slice(), curvatures: curvatures.slice() };
}

/** `Σ w_i x_i` under one of the models. */
export function hashedSum({ weights }: GradientTables, { hashes, values, length }: ExampleFeatures): number {
  const mask = weights.length - 1;
  let sum = 0;
  for (let at = 0; at < length; at += 1) sum += (weights[(hashes[at] ?? 0) & mask] ?? 0) * (values[at] ?? 0);
  return sum;
}

/** What a reward is to these models: its place in the declared range, within it for the logistic loss. */
export function labelOf(
  loss: 'squared' | 'logistic',
  [least, largest]: readonly [number, number],
  reward: number,
): number {
  const fraction = (reward - least) / (largest - least);
  return loss === 'squared' ? fraction : Math.min(1, Math.max(0, fraction));
}

/** Notes which names use which slots. */
export function claimOwners({ hashes, length }: ExampleFeatures, { owners, tables }: HashedModels): void {
  const mask = owners.length - 1;
  for (let at = 0; at < length; at += 1) {
    const slot = (hashes[at] ?? 0) & mask;
    if (tables.every(({ scales }) => scales[slot] === 0)) owners[slot] = hashes[at] ?? 0;
  }
}

/** Writes the artifact of any of these learners. */
export function ensembleArtifact<Options extends JsonObject>(
  { configuration, seed, models, counts, options }: EnsembleState<Options>,
  name: string,
  rest: Pick<EnsembleConfiguration, 'loss' | 'method'>,
): ArtifactContent {
  const { tables, owners, curvatures } = models;
  const used = usedSlots(tables);
  const column = (of: Float64Array): Float64Array => Float64Array.from(used, (slot) => of[slot] ?? 0);
  const written: EnsembleConfiguration = {
    action: configuration.action.type,
    features: configuration.features,
    ...rest,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    models: tables.length,
    seed,
    examples: counts.examples,
    learner: { name, options },
  };
  const weights = new Map<string, Float64Array | Uint32Array>([
    ['keys', used.map((slot) => owners[slot] ?? 0)],
    ['curvatures', column(curvatures)],
    ...tables.map((each, index): [string, Float64Array] => [`${index} weights`, column(each.weights)]),
  ]);
  const training = new Map<string, Float64Array>([
    ['counts', countsToNumbers(counts)],
    ...tables.flatMap((each, index): [string, Float64Array][] => [
      [`${index} squares`, column(each.squares)],
      [`${index} scales`, column(each.scales)],
      [`${index} totals`, Float64Array.of(each.totalWeight, each.totalNorm)],
    ]),
  ]);
  return {
    format: ensembleFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      { name: ensembleFiles.models, bytes: packArrays(weights) },
      { name: ensembleFiles.training, bytes: packArrays(training) },
    ],
    metrics: { ...metricsOf(counts), slots: used.length },
  };
}

/** Goes on where `content` ended. Where method, models, slots or the scale of the labels have become others, starts anew. */
export function resumeEnsemble<Options>(
  fresh: EnsembleState<Options>,
  content: ArtifactContent,
  { method, loss }: { readonly method: string; readonly loss: string },
): EnsembleState<Options> {
  const parsed = ensembleConfigurationSchema.safeParse(content.configuration);
  if (content.format !== ensembleFormatName || !parsed.success) return fresh;
  const before = parsed.data;
  const { features, reward } = fresh.configuration;
  const comparable =
    before.method.name === method &&
    before.loss === loss &&
    before.models === fresh.models.tables.length &&
    before.features.bits === features.bits &&
    before.features.seed === features.seed &&
    before.rewardRange[0] === reward.range[0] &&
    before.rewardRange[1] === reward.range[1];
  if (!comparable) return fresh;
  const arrays = new Map([...arraysOf(content, ensembleFiles.models), ...arraysOf(content, ensembleFiles.training)]);
  const { models } = fresh;
  const mask = models.owners.length - 1;
  const keys = arrayNamed(arrays, 'keys', 'uint32');
  const read = (name: string, into: Float64Array): void => {
    const column = arrayNamed(arrays, name, 'float64');
    keys.forEach((key, row) => {
      into[key & mask] = column[row] ?? 0;
    });
  };
  for (const key of keys) models.owners[key & mask] = key;
  read('curvatures', models.curvatures);
  models.tables.forEach((each, index) => {
    read(`${index} weights`, each.weights);
    read(`${index} squares`, each.squares);
    read(`${index} scales`, each.scales);
    const [totalWeight = 0, totalNorm = 0] = arrayNamed(arrays, `${index} totals`, 'float64');
    each.totalWeight = totalWeight;
    each.totalNorm = totalNorm;
  });
  return { ...fresh, seed: before.seed, counts: countsFrom(arrayNamed(arrays, 'counts', 'float64')) };
}

function usedSlots(tables: readonly GradientTables[]): Uint32Array {
  const used: number[] = [];
  const slots = tables[0]?.scales.length ?? 0;
  for (let slot = 0; slot < slots; slot += 1) if (tables.some(({ scales }) => (scales[slot] ?? 0) > 0)) used.push(slot);
  return Uint32Array.from(used);
}
