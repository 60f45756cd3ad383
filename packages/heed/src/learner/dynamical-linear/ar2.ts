import { z } from 'zod';
import { arrayNamed, packArrays } from '../../math/index.ts';
import {
  HeedError,
  autoregressiveConfigurationSchema,
  autoregressiveFiles,
  autoregressiveFormatName,
} from '../../spec/index.ts';
import type {
  ArtifactContent,
  AutoregressiveConfiguration,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../../spec/index.ts';
import { arraysOf } from '../artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from '../counts.ts';
import type { Counts } from '../counts.ts';
import { parseOptions, refuseExploration } from '../parse-options.ts';
import { autoregressiveRule, usualEpoch } from './baselines.ts';

/*
 * AR2 in a loop: what an item pays wanders around the middle of the reward range, and last rewards are soon out of date. Of
 * the two items played last the better one is exploited in every other round; in those between, items are looked at again
 * that may be as good by now (`createAutoregressive` has the formulas).
 *
 * The artifact carries the best item, those that wait, and the round that it was made in: a policy reads off the decisions
 * before its own whose turn it is and who has had theirs. With a training after every decision that is the paper's algorithm.
 *
 * Chen, Golrezaei, Bouneffouf 2023, Non-stationary bandits with auto-regressive temporal dependency, algorithm 1.
 * Deviations: 1. items come and go: a new one is played at once, and those that may come back keep their last reward. 2.
 * Where trainings come later, who waits is not counted anew in between.
 */

/** What the learner does where its options say nothing. */
export const autoregressiveDefaults = { noise: 0.1, epoch: null, radiusScale: 1 } as const;

const name = 'ar2';
const schema = z.strictObject({
  memory: z.number().gt(0).lt(1),
  noise: z.number().positive().lt(1).default(autoregressiveDefaults.noise),
  epoch: z.number().int().min(2).nullable().default(autoregressiveDefaults.epoch),
  radiusScale: z.number().nonnegative().default(autoregressiveDefaults.radiusScale),
});
type Options = z.output<typeof schema>;

/**
 * Follows items whose worth wanders: AR2, which plays the best item in every other round and in between looks again at
 * those that may be as good by now. Rounds are the loop's decisions without a subject.
 *
 * @param options.memory α in (0, 1): the share of a reward, above the middle of its range, that is left a round later.
 * @param options.noise σ in (0, 1): standard deviation of what is added to it in a round, in widths of the range. Default 0.1.
 * @param options.epoch rounds after which every item is played again; one more than there are items, where it is less.
 * Default: the paper's `⌈K α⁻³ σ⁻³⌉`.
 * @param options.radiusScale multiplies how near the best an item must be to be looked at again: the paper's constant is
 * wide. Default 1.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = ar2({ memory: 0.9, noise: 0.05, radiusScale: 0.05 });
 * @source Chen, Golrezaei, Bouneffouf 2023, Non-stationary bandits with auto-regressive temporal dependency, algorithm 1.
 */
export function ar2(options: z.input<typeof schema>) {
  return { name, options: parseOptions(name, schema, options) } as const;
}

type Arm = Omit<AutoregressiveConfiguration['arms'][number], 'item'>;

export interface AutoregressiveState {
  readonly configuration: LoopConfiguration;
  readonly options: Options;
  readonly arms: ReadonlyMap<string, Arm>;
  readonly best: string | null;
  readonly round: number;
  readonly epochStart: number;
  readonly counts: Counts;
}

/** The learner called `ar2`. */
export const autoregressiveLearner: Learner<AutoregressiveState> = {
  name,
  needs(configuration) {
    init(configuration);
    return { signal: 'reward', propensity: false, rewardRange: true };
  },
  // The newest decision tells its number.
  past: () => 1,
  init,
  update: (state, experiences) => experiences.reduce(learn, state),
  toArtifact,
  fromArtifact: (configuration, content) => fromArtifact(init(configuration), content),
  subjects: null,
};

function init(configuration: LoopConfiguration): AutoregressiveState {
  refuseExploration(configuration);
  const { name: loop, action, learner } = configuration;
  if (action.type !== 'choice')
    throw new HeedError(
      'invalid-configuration',
      `cannot run the loop ${loop}, as the action of ${name} must be a choice: it is ${action.type}`,
    );
  const options = parseOptions(name, schema, learner.options);
  return { configuration, options, arms: new Map(), best: null, round: 0, epochStart: 0, counts: noCounts };
}

function learn(state: AutoregressiveState, { request, item, reward }: Experience): AutoregressiveState {
  const { memory } = state.options;
  if (!request.candidates.some((candidate) => candidate.item === item))
    return { ...state, counts: countSkipped(state.counts) };
  // Rounds whose reward never came have passed as well.
  const round = Math.max(state.round, request.subject === null ? (request.past?.round ?? 0) : 0);
  const arms = meet(state.arms, request.candidates, round);
  const before = arms.get(item);
  const { last, playedAt, counts } = heard(state, before, round, reward);
  arms.set(item, { last, playedAt, triggeredAt: null, fresh: false });
  const there = new Set(request.candidates.flatMap((each) => (request.excluded.has(each.item) ? [] : [each.item])));
  const next = round + 1;
  const beaten =
    !there.has(state.best ?? '') ||
    believed(arms.get(item), memory, next) > believed(arms.get(state.best ?? ''), memory, next);
  return ready({ ...state, arms, best: beaten ? item : state.best, round: next, counts }, there);
}

/** What is known of an item after a play; a reward that is no number tells nothing. */
function heard(
  { configuration, options, counts }: AutoregressiveState,
  before: Arm | undefined,
  round: number,
  reward: number,
): { readonly last: number; readonly playedAt: number; readonly counts: Counts } {
  if (!Number.isFinite(reward))
    return { last: before?.last ?? 0, playedAt: before?.playedAt ?? round, counts: countSkipped(counts) };
  const [least, largest] = configuration.reward.range;
  const width = largest - least;
  const predicted = least + width * (0.5 + believed(before, options.memory, round));
  const last = Math.min(1, Math.max(0, (reward - least) / width)) - 0.5;
  return { last, playedAt: round, counts: countExample(counts, reward, predicted) };
}

/** What an item is believed to pay in a round, above the middle of the range and in its widths. */
function believed(arm: Arm | undefined, memory: number, round: number): number {
  return arm === undefined ? 0 : memory ** (round - arm.playedAt) * arm.last;
}

function meet(arms: ReadonlyMap<string, Arm>, candidates: readonly { readonly item: string }[], round: number) {
  const met = new Map(arms);
  for (const { item } of candidates)
    if (!met.has(item)) met.set(item, { last: 0, playedAt: round, triggeredAt: null, fresh: true });
  return met;
}

/** Begins an epoch where it is time; else, once every item there was played, notes which may be as good as the best. */
function ready(state: AutoregressiveState, there: ReadonlySet<string>): AutoregressiveState {
  const { arms, best, round, epochStart, options } = state;
  const { memory, noise, radiusScale } = options;
  const count = arms.size;
  if (count < 2) return state;
  // An epoch is longer than its first plays.
  const epoch = Math.max(options.epoch ?? usualEpoch(count, memory, noise), count + 1);
  const { radius } = autoregressiveRule({ count, memory, noise, epoch, radiusScale });
  const all = [...arms];
  if (round - epochStart >= epoch) {
    const anew = all.map(([item, arm]): [string, Arm] => [item, { ...arm, triggeredAt: null, fresh: true }]);
    return { ...state, arms: new Map(anew), epochStart: round };
  }
  if (all.some(([item, { fresh }]) => fresh && there.has(item))) return state;
  const most = believed(arms.get(best ?? ''), memory, round);
  const next = all.map(([item, arm]): [string, Arm] => {
    const near = most - believed(arm, memory, round) <= radius(round - arm.playedAt);
    return [item, item !== best && arm.triggeredAt === null && near ? { ...arm, triggeredAt: round } : arm];
  });
  return { ...state, arms: new Map(next) };
}

function toArtifact({
  configuration,
  options,
  arms,
  best,
  round,
  epochStart,
  counts,
}: AutoregressiveState): ArtifactContent {
  const sorted = [...arms].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const written: AutoregressiveConfiguration = {
    action: 'choice',
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    memory: options.memory,
    round,
    epochStart,
    best,
    arms: sorted.map(([item, arm]) => ({ item, ...arm })),
    learner: { name, options },
  };
  return {
    format: autoregressiveFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [{ name: autoregressiveFiles.counts, bytes: packArrays(new Map([['counts', countsToNumbers(counts)]])) }],
    metrics: {
      ...metricsOf(counts),
      rounds: round,
      items: sorted.length,
      waiting: sorted.filter(([, { triggeredAt }]) => triggeredAt !== null).length,
    },
  };
}

/** Goes on where `content` ended; starts anew where the reward range has become another. */
function fromArtifact(fresh: AutoregressiveState, content: ArtifactContent): AutoregressiveState {
  const parsed = autoregressiveConfigurationSchema.safeParse(content.configuration);
  if (content.format !== autoregressiveFormatName || !parsed.success) return fresh;
  const { arms, best, round, epochStart, rewardRange } = parsed.data;
  const { range } = fresh.configuration.reward;
  if (rewardRange[0] !== range[0] || rewardRange[1] !== range[1]) return fresh;
  const counts = arrayNamed(arraysOf(content, autoregressiveFiles.counts), 'counts', 'float64');
  return {
    ...fresh,
    arms: new Map(arms.map(({ item, ...arm }) => [item, arm])),
    best,
    round,
    epochStart,
    counts: countsFrom(counts),
  };
}
