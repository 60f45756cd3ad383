import { createFeatureEncoder, linkReward, packTable, unpackArrays, unpackTable } from '../math/index.ts';
import type { FeatureEncoder } from '../math/index.ts';
import {
  contextualBanditConfigurationSchema,
  contextualBanditFiles,
  contextualBanditFormatName,
} from '../spec/index.ts';
import type {
  ArtifactContent,
  ContextualBanditConfiguration,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../spec/index.ts';
import { bytesOf } from './artifact-files.ts';
import {
  copyBanditTables,
  createBanditSteps,
  createBanditTables,
  fillBanditTables,
  fillCovariances,
  packCovariances,
  trainingColumns,
} from './bandit-steps.ts';
import type { BanditExample, BanditTables } from './bandit-steps.ts';
import { exampleFeatures } from './example-features.ts';
import { readOptions, takesGradientSteps } from './options.ts';
import type { ContextualBanditOptions } from './options.ts';
import { contextualBanditSubjects } from './subject.ts';

/*
 * Contextual bandit by a regression oracle: the reward of (context, item) is a linear function of hashed features,
 * fitted online to the items that were chosen and judged. How to act on the scores is the policy's part.
 *
 *     ŷ = Σ w_i x_i        score = r_min + (r_max − r_min) σ(ŷ)   or   (r_max − r_min) ŷ
 *
 * Foster, Rakhlin 2020, Beyond UCB: optimal and efficient contextual bandits with regression oracles.
 * Deviations: 1. labels are in units of the declared range, so that one prior or learning rate suits all rewards.
 * 2. Weighing by 1 / probability is an option and off: a regression oracle needs none. 3. Steps are those of an online
 * Newton method (`learnByCurvature`), or adaptive gradient steps (`learnExample`).
 */

export interface ContextualBanditState {
  readonly configuration: LoopConfiguration;
  readonly options: ContextualBanditOptions;
  readonly learned: BanditTables;
  /** The hash that first used each slot; good where the slot's scale is above 0. */
  readonly owners: Uint32Array;
  /** Hashes that came to a slot of another's. */
  readonly collisions: ReadonlySet<number>;
  readonly counts: Counts;
}

interface Counts {
  readonly examples: number;
  /** Experiences that could not be used: the item is not among the candidates, or a number is not finite. */
  readonly skipped: number;
  /** Sums over examples: of the reward, and of its squared difference from the prediction made before learning it. */
  readonly reward: number;
  readonly squaredError: number;
}

const noCounts: Counts = { examples: 0, skipped: 0, reward: 0, squaredError: 0 };

/** The learner called `contextual-bandit`. Its global part learns from everybody, its subject part from one. */
export const contextualBanditLearner: Learner<ContextualBanditState> = {
  name: contextualBanditFormatName,
  needs(configuration) {
    const options = readOptions(configuration);
    return { signal: 'reward', propensity: options.importance === 'inverse', rewardRange: true };
  },
  init,
  update,
  toArtifact,
  fromArtifact,
  subjects: contextualBanditSubjects,
};

function init(configuration: LoopConfiguration): ContextualBanditState {
  const slots = 2 ** configuration.features.bits;
  const options = readOptions(configuration);
  return {
    configuration,
    options,
    learned: createBanditTables(options, slots),
    owners: new Uint32Array(slots),
    collisions: new Set(),
    counts: noCounts,
  };
}

function update(state: ContextualBanditState, experiences: readonly Experience[]): ContextualBanditState {
  const { configuration, options } = state;
  const link = { loss: options.loss, rewardRange: configuration.reward.range };
  const encoder = createFeatureEncoder(configuration.features);
  const learn = createBanditSteps(configuration);
  const learned = copyBanditTables(state.learned);
  const owners = state.owners.slice();
  const collisions = new Set(state.collisions);
  let { examples, skipped, reward, squaredError } = state.counts;
  for (const experience of experiences) {
    const example = toExample(encoder, experience, options, link.rewardRange);
    if (example === null) {
      skipped += 1;
      continue;
    }
    claimSlots(example, learned.tables.scales, owners, collisions);
    const prediction = linkReward(link, learn(learned, example, experience));
    examples += 1;
    reward += experience.reward;
    squaredError += (experience.reward - prediction) ** 2;
  }
  return { configuration, options, learned, owners, collisions, counts: { examples, skipped, reward, squaredError } };
}

function toArtifact({
  configuration,
  options,
  learned,
  owners,
  collisions,
  counts,
}: ContextualBanditState): ArtifactContent {
  const { weights, scales } = learned.tables;
  const used = usedSlots(scales);
  const training = trainingColumns(learned, used);
  const covariances = packCovariances(learned);
  const keys = used.map((slot) => owners[slot] ?? 0);
  const { examples, skipped, reward, squaredError } = counts;
  const written: ContextualBanditConfiguration = {
    action: configuration.action.type,
    features: configuration.features,
    loss: options.loss,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    exploration: configuration.exploration,
    subject: options.subject,
    examples,
    learner: { name: contextualBanditFormatName, options: options },
  };
  return {
    format: contextualBanditFormatName,
    formatVersion: 1,
    // Through JSON, so that what is written is what a store gives back.
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      {
        name: contextualBanditFiles.weights,
        bytes: packTable({ numbers: [], keys, columns: [Float64Array.from(used, (slot) => weights[slot] ?? 0)] }),
      },
      {
        name: contextualBanditFiles.optimiser,
        bytes: packTable({
          numbers: [...training.numbers, examples, skipped, reward, squaredError],
          keys,
          columns: training.columns,
        }),
      },
      {
        name: contextualBanditFiles.collisions,
        bytes: packTable({ numbers: [], keys: Uint32Array.from(collisions).toSorted(), columns: [] }),
      },
      ...(covariances === null ? [] : [{ name: contextualBanditFiles.covariances, bytes: covariances }]),
    ],
    metrics: {
      examples,
      skipped,
      slots: used.length,
      collisions: collisions.size,
      ...(examples > 0 && { meanReward: reward / examples, meanSquaredError: squaredError / examples }),
    },
  };
}

/** Goes on where `content` ended. Where the slots or the scale of the labels have become others, starts anew. */
function fromArtifact(configuration: LoopConfiguration, content: ArtifactContent): ContextualBanditState {
  const fresh = init(configuration);
  const before = contextualBanditConfigurationSchema.parse(content.configuration);
  if (!isComparable(before, fresh)) return fresh;

  const [weights, optimiser, collisions] = [
    contextualBanditFiles.weights,
    contextualBanditFiles.optimiser,
    contextualBanditFiles.collisions,
  ].map((name) => unpackTable(bytesOf(content, name)));
  const { owners } = fresh;
  const keys = weights?.keys ?? new Uint32Array();
  const slots = keys.map((key) => key & (owners.length - 1));
  slots.forEach((slot, row) => {
    owners[slot] = keys[row] ?? 0;
  });
  const [first = 0, second = 0, examples = 0, skipped = 0, reward = 0, squaredError = 0] = optimiser?.numbers ?? [];
  const filled = fillBanditTables(fresh.learned, slots, {
    weights: weights?.columns[0] ?? [],
    numbers: [first, second],
    columns: optimiser?.columns ?? [],
  });
  const learned =
    filled.kind === 'gradient'
      ? filled
      : {
          ...filled,
          tables: fillCovariances(filled.tables, unpackArrays(bytesOf(content, contextualBanditFiles.covariances))),
        };
  return {
    ...fresh,
    learned,
    collisions: new Set(collisions?.keys),
    counts: { examples, skipped, reward, squaredError },
  };
}

function isComparable(
  before: ContextualBanditConfiguration,
  { configuration, options }: ContextualBanditState,
): boolean {
  const { features, reward } = configuration;
  return (
    before.features.bits === features.bits &&
    before.features.seed === features.seed &&
    before.loss === options.loss &&
    takesGradientSteps(before.learner.options) === takesGradientSteps(options) &&
    (takesGradientSteps(options) || before.learner.options['prior'] === options.prior) &&
    before.rewardRange[0] === reward.range[0] &&
    before.rewardRange[1] === reward.range[1]
  );
}

function toExample(
  encoder: FeatureEncoder,
  experience: Experience,
  options: ContextualBanditOptions,
  [least, largest]: readonly [number, number],
): BanditExample | null {
  const features = exampleFeatures(encoder, experience);
  if (features === null) return null;
  const { reward, weight, probability } = experience;
  const width = largest - least;
  const label = options.loss === 'squared' ? reward / width : Math.min(1, Math.max(0, (reward - least) / width));
  const importance =
    options.importance === 'inverse' && probability !== null ? Math.min(options.importanceCap, 1 / probability) : 1;
  return { ...features, label, weight: weight * importance };
}

function usedSlots(scales: Float64Array): Uint32Array {
  const used: number[] = [];
  for (let slot = 0; slot < scales.length; slot += 1) if ((scales[slot] ?? 0) > 0) used.push(slot);
  return Uint32Array.from(used);
}

/** Notes which names use which slots; two names with all 32 bits of their hashes alike count as one. */
function claimSlots(
  { hashes, length }: BanditExample,
  scales: Float64Array,
  owners: Uint32Array,
  collisions: Set<number>,
): void {
  const mask = owners.length - 1;
  for (let at = 0; at < length; at += 1) {
    const hash = hashes[at] ?? 0;
    const slot = hash & mask;
    if (scales[slot] === 0) owners[slot] = hash;
    else if (owners[slot] !== hash) collisions.add(hash);
  }
}
