import { arrayNamed, createRandom, dot, packArrays, vectorOfFields, vectorUpperBound } from '../../math/index.ts';
import {
  HeedError,
  dynamicalLinearConfigurationSchema,
  dynamicalLinearFiles,
  dynamicalLinearFormatName,
} from '../../spec/index.ts';
import type {
  ArtifactContent,
  DynamicalLinearConfiguration,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../../spec/index.ts';
import { arraysOf } from '../artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from '../counts.ts';
import type { Counts } from '../counts.ts';
import { refuseExploration } from '../parse-options.ts';
import { rules } from './rules.ts';
import type { Rule, Statistics } from './rules.ts';
import { argmax } from './ucb.ts';

/*
 * DynLin-UCB and D-Lin-UCB in a loop. A round is a decision, in the order of time; an artifact plays one vector until the
 * next one is trained.
 *
 *     a run is a number of rounds that played one item with one vector
 *     once a run is 1 + H_m rounds long its last reward is learned from, and epoch m + 1 begins
 *     what is held is chosen then, by the largest bound, and played until its own run is that long
 *
 * With a training after every decision that is the paper's algorithm. Deviation: where trainings or answers come later,
 * runs are longer than they must be, which harms nobody: what has been held for longer has settled.
 */

interface Held {
  readonly item: string;
  readonly vector: Float64Array;
}

export interface DynamicalLinearState {
  readonly configuration: LoopConfiguration;
  readonly rule: Rule;
  readonly seed: string;
  readonly statistics: Statistics;
  readonly round: number;
  /** m, from 1. */
  readonly epoch: number;
  /** What the last rounds have played, and how many of them since the last that was learned from. */
  readonly run: (Held & { readonly length: number }) | null;
  readonly held: Held | null;
  readonly counts: Counts;
}

/** The learner called `dyn-lin-ucb`. */
export const dynLinUcbLearner: Learner<DynamicalLinearState> = createLearner('dyn-lin-ucb');
/** The learner called `d-lin-ucb`. */
export const dLinUcbLearner: Learner<DynamicalLinearState> = createLearner('d-lin-ucb');

function createLearner(name: keyof typeof rules): Learner<DynamicalLinearState> {
  const init = (configuration: LoopConfiguration, seed: string): DynamicalLinearState => {
    refuseExploration(configuration);
    requireChoices(name, configuration);
    const rule = rules[name](configuration.learner.options);
    const statistics = rule.noRewards();
    return { configuration, rule, seed, statistics, round: 0, epoch: 1, run: null, held: null, counts: noCounts };
  };
  return {
    name,
    needs(configuration) {
      init(configuration, '');
      return { signal: 'reward', propensity: false, rewardRange: false };
    },
    init,
    update: (state, experiences) => experiences.reduce(learn, state),
    toArtifact: (state) => toArtifact(name, state),
    fromArtifact: (configuration, content) => fromArtifact(init(configuration, configuration.name), content),
    subjects: null,
  };
}

/** @throws HeedError `invalid-configuration` for a loop of slates or of free actions. */
function requireChoices(name: string, { name: loop, action }: LoopConfiguration): void {
  if (action.type === 'choice') return;
  throw new HeedError(
    'invalid-configuration',
    `cannot run the loop ${loop}, as the action of ${name} must be a choice: it is ${action.type}`,
  );
}

function learn(state: DynamicalLinearState, { request, item, reward }: Experience): DynamicalLinearState {
  const { rule } = state;
  const chosen = request.candidates.find((candidate) => candidate.item === item);
  const vector = chosen === undefined ? null : vectorOfFields(chosen.features, rule.fields);
  if (vector === null) return { ...state, counts: countSkipped(state.counts) };
  const before = state.run !== null && plays(state.run, { item, vector }) ? state.run.length : 0;
  const run = { item, vector, length: before + 1 };
  // What is held for good cannot wait for an item that is no longer there.
  const there = request.candidates.some((each) => each.item === state.held?.item && !request.excluded.has(each.item));
  const played = { ...state, round: state.round + 1, run, held: there ? state.held : null };
  if (!Number.isFinite(reward)) return { ...played, counts: countSkipped(state.counts) };
  const ends = run.length >= rule.roundsOf(state.epoch);
  if (!ends && !rule.learnsFromEvery) return { ...played, counts: countRound(state.counts, reward) };

  const { estimate } = rule.bounds(state.statistics);
  const counts = countExample(state.counts, reward, dot(vector, estimate));
  const taught = { ...played, statistics: rule.addReward(state.statistics, vector, reward), counts };
  if (!ends) return taught;
  const learned = { ...taught, epoch: state.epoch + 1, run: { ...run, length: 0 } };
  if (!rule.holds || (played.held !== null && !plays(played.held, run))) return learned;
  return { ...learned, held: choose(learned, request) };
}

/** A round whose reward is not learned from counts as an example: it was played, and had been waited for. */
function countRound(counts: Counts, reward: number): Counts {
  return { ...counts, examples: counts.examples + 1, reward: counts.reward + reward };
}

function plays(held: Held, { item, vector }: Held): boolean {
  return held.item === item && held.vector.every((value, at) => value === vector[at]);
}

/** The allowed candidate of the largest bound; equals by chance, of a stream that each epoch has of its own. */
function choose(state: DynamicalLinearState, { candidates, excluded }: Experience['request']): Held | null {
  const { rule, statistics, seed, epoch, round } = state;
  const { estimate, matrix } = rule.bounds(statistics);
  const vectors = candidates.flatMap(({ item, features }): Held[] => {
    const vector = excluded.has(item) ? null : vectorOfFields(features, rule.fields);
    return vector === null ? [] : [{ item, vector }];
  });
  const width = rule.width(round);
  const bound = (index: number): number => vectorUpperBound(vectors[index]?.vector ?? [], estimate, matrix, width);
  return vectors[argmax(vectors.length, bound, createRandom(`${seed} epoch ${epoch}`))] ?? null;
}

function toArtifact(name: string, state: DynamicalLinearState): ArtifactContent {
  const { configuration, rule, seed, statistics, round, epoch, run, held, counts } = state;
  const { estimate, matrix } = rule.bounds(statistics);
  const over = held !== null && run !== null && plays(held, run) ? run.length : 0;
  const seconds = rule.roundSeconds === null ? null : (rule.roundsOf(epoch) - over) * rule.roundSeconds;
  const written: DynamicalLinearConfiguration = {
    action: 'choice',
    fields: [...rule.fields],
    width: rule.width(round),
    leastProbability: configuration.leastProbability,
    held: held === null ? null : { item: held.item, vector: [...held.vector], seconds },
    learner: { name, options: configuration.learner.options },
    progress: { seed, round, epoch, run: run === null ? null : { ...run, vector: [...run.vector] } },
  };
  const worths = rule.fields.map((field, at): [string, number] => [`worth of ${field}`, estimate[at] ?? 0]);
  return {
    format: dynamicalLinearFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      {
        name: dynamicalLinearFiles.bounds,
        bytes: packArrays(
          new Map([
            ['estimate', estimate],
            ['matrix', matrix],
          ]),
        ),
      },
      {
        name: dynamicalLinearFiles.learning,
        bytes: packArrays(new Map([...Object.entries(statistics), ['counts', countsToNumbers(counts)]])),
      },
    ],
    metrics: { ...metricsOf(counts), rounds: round, epochs: epoch - 1, ...Object.fromEntries(worths) },
  };
}

/** Goes on where `content` ended; starts anew where it was of another rule, other fields or another ridge. */
function fromArtifact(fresh: DynamicalLinearState, content: ArtifactContent): DynamicalLinearState {
  const parsed = dynamicalLinearConfigurationSchema.safeParse(content.configuration);
  if (content.format !== dynamicalLinearFormatName || !parsed.success) return fresh;
  const { learner, progress, held } = parsed.data;
  const { rule, configuration } = fresh;
  if (learner.name !== configuration.learner.name) return fresh;
  const before = rules[learner.name as keyof typeof rules](learner.options);
  if (before.fields.join('\n') !== rule.fields.join('\n') || before.ridge !== rule.ridge) return fresh;
  const arrays = arraysOf(content, dynamicalLinearFiles.learning);
  const names = Object.keys(fresh.statistics);
  const statistics = Object.fromEntries(names.map((name) => [name, arrayNamed(arrays, name, 'float64')]));
  return {
    ...fresh,
    ...progress,
    statistics,
    run: progress.run === null ? null : { ...progress.run, vector: Float64Array.from(progress.run.vector) },
    held: held === null ? null : { item: held.item, vector: Float64Array.from(held.vector) },
    counts: countsFrom(arrayNamed(arrays, 'counts', 'float64')),
  };
}
