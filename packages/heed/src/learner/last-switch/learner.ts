import { arrayNamed, cellOf, createRandom, packArrays, stateCount, stateFromPast } from '../../math/index.ts';
import type { LastSwitchModel, Random } from '../../math/index.ts';
import { HeedError, lastSwitchConfigurationSchema, lastSwitchFiles, lastSwitchFormatName } from '../../spec/index.ts';
import type {
  ArtifactContent,
  Experience,
  JsonObject,
  LastSwitchConfiguration,
  Learner,
  LoopConfiguration,
} from '../../spec/index.ts';
import { arraysOf } from '../artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from '../counts.ts';
import type { Counts } from '../counts.ts';
import { parseOptions, refuseExploration } from '../parse-options.ts';
import { estimateMeans, planByEstimates } from './online.ts';
import { lastSwitchOptionsSchema } from './options.ts';
import type { LastSwitchOptions } from './options.ts';
import type { StateCounts } from './player.ts';

/*
 * Last-switch-dependent payoffs in a loop: plays and rewards are counted per item and state, where the state is read off
 * the decisions that came before, which each decision has with it. A schedule is made whenever one more item has its
 * samples, and whenever examples have doubled since; it is kept in between, as each change of schedule costs its first rounds.
 *
 * Deviations: 1. samples are counted over all subjects, while each subject has states and rounds of its own. 2. What the
 * schedule earns is learned from as well.
 */

/** The schedule that is played, and when and for what it was made. */
interface Plan {
  readonly schedule: readonly {
    readonly item: string;
    readonly tau: number;
    readonly phi: number;
    readonly offset: number;
  }[];
  /** Those that had their samples. */
  readonly items: readonly string[];
  readonly examples: number;
  /** From 0 to 1, above nothing. */
  readonly reward: number;
  readonly bound: number;
}

type ItemCounts = { readonly plays: Float64Array; readonly rewards: Float64Array };

export interface LastSwitchState {
  readonly configuration: LoopConfiguration;
  readonly options: LastSwitchOptions;
  readonly seed: string;
  /** By item: plays and rewards (from 0 to 1) of each state. */
  readonly items: ReadonlyMap<string, ItemCounts>;
  readonly plan: Plan | null;
  readonly counts: Counts;
}

/** The learner called `last-switch`. */
export const lastSwitchLearner: Learner<LastSwitchState> = {
  name: 'last-switch',
  needs(configuration) {
    init(configuration, '');
    return { signal: 'reward', propensity: false, rewardRange: true };
  },
  past({ learner }) {
    const { tauMax, phiMax } = parseOptions('last-switch', lastSwitchOptionsSchema, learner.options);
    return Math.max(tauMax, phiMax);
  },
  init,
  update,
  toArtifact,
  fromArtifact: (configuration, content) => fromArtifact(init(configuration, configuration.name), content),
  subjects: null,
};

function init(configuration: LoopConfiguration, seed: string): LastSwitchState {
  refuseExploration(configuration);
  const { name, action, learner } = configuration;
  if (action.type !== 'choice')
    throw new HeedError(
      'invalid-configuration',
      `cannot run the loop ${name}, as the action of last-switch must be a choice: it is ${action.type}`,
    );
  const options = parseOptions('last-switch', lastSwitchOptionsSchema, learner.options);
  return { configuration, options, seed, items: new Map(), plan: null, counts: noCounts };
}

function update(state: LastSwitchState, experiences: readonly Experience[]): LastSwitchState {
  const { options, configuration } = state;
  const [least, largest] = configuration.reward.range;
  const items = new Map(state.items);
  let { counts, plan } = state;
  for (const { request, item, reward, weight } of experiences) {
    const usable =
      request.past !== undefined &&
      request.candidates.some((candidate) => candidate.item === item) &&
      Number.isFinite(reward) &&
      Number.isFinite(weight) &&
      weight > 0;
    if (!usable || item === options.idle) {
      if (!usable) counts = countSkipped(counts);
      continue;
    }
    const cell = cellOf(stateFromPast(request.past.items, item, options), options);
    const before = items.get(item) ?? emptyItem(options);
    const [plays, rewards] = [before.plays.slice(), before.rewards.slice()];
    const y = Math.min(1, Math.max(0, (reward - least) / (largest - least)));
    const mean = (plays[cell] ?? 0) === 0 ? 0.5 : (rewards[cell] ?? 0) / (plays[cell] ?? 1);
    counts = countExample(counts, reward, least + (largest - least) * mean);
    // A repeated choice where phiMax is 1 has no state of its own: the item is known of, and no more.
    if (cell >= 0) {
      plays[cell] = (plays[cell] ?? 0) + weight;
      rewards[cell] = (rewards[cell] ?? 0) + weight * y;
    }
    items.set(item, { plays, rewards });
    if (isDue(plan, items, counts.examples, options))
      plan = planFor(items, createRandom(`${state.seed} plan ${counts.examples}`), counts.examples, options);
  }
  return { ...state, items, plan, counts };
}

/** The items that have all their samples, sorted. */
function sampled(items: ReadonlyMap<string, ItemCounts>, { samples }: LastSwitchOptions): [string, ItemCounts][] {
  return [...items].filter(([, { plays }]) => plays.every((count) => count >= samples)).toSorted(byName);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function isDue(
  plan: Plan | null,
  items: ReadonlyMap<string, ItemCounts>,
  examples: number,
  options: LastSwitchOptions,
): boolean {
  const count = sampled(items, options).length;
  return count > 0 && (plan === null || count !== plan.items.length || examples >= 2 * plan.examples);
}

function planFor(
  items: ReadonlyMap<string, ItemCounts>,
  random: Random,
  examples: number,
  options: LastSwitchOptions,
): Plan {
  const ready = sampled(items, options);
  const { roundings, monotone } = options;
  const model = estimateMeans(countsOf(ready, options), { withoutIsotonic: !monotone });
  const { schedule, reward, bound } = planByEstimates(model, random, { roundings, monotone });
  return {
    schedule: schedule.map(({ arm, ...rest }) => ({ item: ready[arm]?.[0] ?? '', ...rest })),
    items: ready.map(([item]) => item),
    examples,
    reward,
    bound,
  };
}

function countsOf(
  items: readonly (readonly [string, ItemCounts])[],
  { tauMax, phiMax }: LastSwitchOptions,
): StateCounts {
  return {
    tauMax,
    phiMax,
    plays: items.map(([, { plays }]) => plays),
    rewards: items.map(([, { rewards }]) => rewards),
  };
}

function emptyItem(options: LastSwitchOptions) {
  return { plays: new Float64Array(stateCount(options)), rewards: new Float64Array(stateCount(options)) };
}

function toArtifact({ configuration, options, seed, items, plan, counts }: LastSwitchState): ArtifactContent {
  const { idle, tauMax, phiMax, samples, monotone } = options;
  const sorted = [...items].toSorted(byName);
  const seen = countsOf(sorted, options);
  const model = estimateMeans(seen, { withoutIsotonic: !monotone });
  const arms = new Map(sorted.map(([item], arm) => [item, arm]));
  const written: LastSwitchConfiguration = {
    action: 'choice',
    items: sorted.map(([item]) => item),
    idle,
    tauMax,
    phiMax,
    samples,
    monotone,
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    schedule: (plan?.schedule ?? []).map(({ item, ...rest }) => ({ arm: arms.get(item) ?? 0, ...rest })),
    plan:
      plan === null
        ? null
        : { items: [...plan.items], examples: plan.examples, reward: plan.reward, bound: plan.bound },
    seed,
    learner: { name: 'last-switch', options },
  };
  const width = configuration.reward.range[1] - configuration.reward.range[0];
  return {
    format: lastSwitchFormatName,
    formatVersion: 1,
    // Through JSON, so that what is written is what a store gives back.
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      {
        name: lastSwitchFiles.states,
        bytes: packArrays(
          new Map([
            ['plays', joined(seen.plays)],
            ['rewards', joined(seen.rewards)],
            ['means', joined(model.means)],
          ]),
        ),
      },
      { name: lastSwitchFiles.counts, bytes: packArrays(new Map([['counts', countsToNumbers(counts)]])) },
    ],
    metrics: {
      ...metricsOf(counts),
      items: sorted.length,
      statesToSample: seen.plays.flatMap((own) => [...own]).filter((count) => count < samples).length,
      largestFall: largestFall(seen),
      // On the scale of the rewards, above that of rounds in which nothing is chosen.
      ...(plan !== null && { planned: width * plan.reward, bound: width * plan.bound }),
    },
  };
}

/** By how many standard errors, at most, an item pays less in a more rested state: above about 4, payoffs are not monotone. */
function largestFall({ plays, rewards }: StateCounts): number {
  let largest = 0;
  for (const [arm, own] of plays.entries())
    for (let cell = 1; cell < own.length; cell += 1)
      for (let before = 0; before < cell; before += 1) {
        const [tired, rested] = [own[before] ?? 0, own[cell] ?? 0];
        if (tired === 0 || rested === 0) continue;
        const fall = (rewards[arm]?.[before] ?? 0) / tired - (rewards[arm]?.[cell] ?? 0) / rested;
        // A reward between 0 and 1 has a variance of at most ¼.
        largest = Math.max(largest, fall / Math.sqrt(0.25 / tired + 0.25 / rested));
      }
  return largest;
}

function joined(rows: LastSwitchModel['means']): Float64Array {
  return Float64Array.from(rows.flatMap((row) => Array.from(row)));
}

/** Goes on where `content` ended; starts anew where states or the reward range have become others. */
function fromArtifact(fresh: LastSwitchState, content: ArtifactContent): LastSwitchState {
  const parsed = lastSwitchConfigurationSchema.safeParse(content.configuration);
  if (content.format !== lastSwitchFormatName || !parsed.success) return fresh;
  const before = parsed.data;
  const { options, configuration } = fresh;
  const comparable =
    before.tauMax === options.tauMax &&
    before.phiMax === options.phiMax &&
    before.rewardRange[0] === configuration.reward.range[0] &&
    before.rewardRange[1] === configuration.reward.range[1];
  if (!comparable) return fresh;
  const arrays = arraysOf(content, lastSwitchFiles.states);
  const [plays, rewards] = ['plays', 'rewards'].map((name) => arrayNamed(arrays, name, 'float64'));
  const cells = stateCount(options);
  const items = before.items
    .map((item, index) => {
      const own = (all: Float64Array | undefined): Float64Array =>
        all?.slice(index * cells, (index + 1) * cells) ?? new Float64Array(cells);
      return [item, { plays: own(plays), rewards: own(rewards) }] as const;
    })
    .filter(([item]) => item !== options.idle);
  const counts = arrayNamed(arraysOf(content, lastSwitchFiles.counts), 'counts', 'float64');
  const schedule = before.schedule.map(({ arm, ...rest }) => ({ item: before.items[arm] ?? '', ...rest }));
  const plan = before.plan === null ? null : { ...before.plan, schedule };
  return { ...fresh, seed: before.seed, items: new Map(items), plan, counts: countsFrom(counts) };
}
