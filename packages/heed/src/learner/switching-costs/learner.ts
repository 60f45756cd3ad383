import { arrayNamed, createRandom, drawIndex, expWeights, packArrays } from '../../math/index.ts';
import {
  HeedError,
  switchingCostsConfigurationSchema,
  switchingCostsFiles,
  switchingCostsFormatName,
} from '../../spec/index.ts';
import type {
  ArtifactContent,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
  SwitchingCostsConfiguration,
} from '../../spec/index.ts';
import { arraysOf, bytesOf } from '../artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from '../counts.ts';
import type { Counts } from '../counts.ts';
import { refuseExploration } from '../parse-options.ts';
import { batchBounds, chooseObservation, descend, estimateLosses } from './batched-descent.ts';
import type { BatchedDescentOptions, BatchedDescentState } from './batched-descent.ts';
import {
  copyOf,
  nextBatch,
  noObservations,
  observationsFromBytes,
  observationsToBytes,
  observeLoss,
} from './observations.ts';
import type { Observations, SeenRound } from './observations.ts';
import { scheduleOf, switchingCostsName } from './options.ts';

/*
 * Batched mirror descent with a shrinking dartboard in a loop. A round is a decision, in the order of time; its loss is
 * 1 − y, y the reward from 0 (lower end of the declared range) to 1. An artifact plays the item that its batch holds.
 *
 *     of each batch one observed round is learned from, drawn from all that were observed whole
 *     full: all items known     flexible: M of them, drawn for the batch     bandit: the one chosen, by its probability
 *
 * Cheng, Zhou, Ji 2023, Understanding the role of feedback in online learning with switching costs.
 * Deviations: 1. a batch of which nothing was observed leaves everything as it is. 2. Items come and go between batches: a new
 * one begins with the largest weight; that P(A = k) = w[k] stays true. 3. After the horizon the schedule is run again, from
 * the weights that were reached.
 */

export interface SwitchingCostsState {
  readonly configuration: LoopConfiguration;
  readonly schedule: BatchedDescentOptions;
  readonly seed: string;
  /** Items met, sorted. */
  readonly items: readonly string[];
  /** log W of each, up to a constant. */
  readonly logWeights: Float64Array;
  /** A: held until the batch is over; `null` before any item was met. */
  readonly held: string | null;
  /** Counted from 0, over all horizons. */
  readonly batch: number;
  /** Rounds of this batch that are over. */
  readonly rounds: number;
  readonly present: ReadonlySet<string>;
  readonly observations: Observations;
  readonly totals: { readonly switches: number; readonly observations: number; readonly unobserved: number };
  readonly counts: Counts;
}

/** The learner called `switching-costs`. */
export const switchingCostsLearner: Learner<SwitchingCostsState> = {
  name: switchingCostsName,
  needs(configuration) {
    const { schedule } = init(configuration, '');
    return { signal: 'reward', propensity: schedule.observed.kind === 'bandit', rewardRange: true };
  },
  init,
  update(state, experiences) {
    // One copy for all of them: the rounds waited for may be many.
    return experiences.reduce(learn, { ...state, observations: copyOf(state.observations) });
  },
  toArtifact,
  fromArtifact,
  subjects: null,
  alternatives: true,
};

function init(configuration: LoopConfiguration, seed: string): SwitchingCostsState {
  refuseExploration(configuration);
  const { name, action, learner } = configuration;
  if (action.type !== 'choice')
    throw new HeedError(
      'invalid-configuration',
      `cannot run the loop ${name}, as the action of ${switchingCostsName} must be a choice: it is ${action.type}`,
    );
  return {
    configuration,
    schedule: scheduleOf(learner.options),
    seed,
    items: [],
    logWeights: new Float64Array(),
    held: null,
    batch: 0,
    rounds: 0,
    present: new Set(),
    observations: noObservations(),
    totals: { switches: 0, observations: 0, unobserved: 0 },
    counts: noCounts,
  };
}

/** What draws where nothing is held, or what is held is not there. */
function drawOf({ seed, batch }: SwitchingCostsState): number {
  return createRandom(`${seed} draw ${batch}`).uniform();
}

function learn(state: SwitchingCostsState, experience: Experience, at: number): SwitchingCostsState {
  const { request, item, reward, probability, taken } = experience;
  if (!request.candidates.some((candidate) => candidate.item === item))
    return { ...state, counts: countSkipped(state.counts) };
  const met = state.items.length === 0 ? meetFirst(state, experience) : state;
  const { seed, batch } = met;
  const loss = lossOf(met, reward);
  const bandit = met.schedule.observed.kind === 'bandit';
  const wanted = bandit ? null : plannedItems(met);
  observeLoss(
    met.observations,
    {
      decision: experience.decision ?? `${batch} ${met.rounds} ${at}`,
      item,
      loss,
      taken: taken === false ? null : { probability },
    },
    {
      seed,
      batch,
      isComplete: (round) => (wanted === null ? isSeenBandit(round) : wanted.every((each) => round.losses.has(each))),
    },
  );
  const counts = Number.isFinite(loss) ? countExample(met.counts, reward, reward) : countSkipped(met.counts);
  if (taken === false) return { ...met, counts };
  const present = new Set([...met.present, ...request.candidates.map((candidate) => candidate.item)]);
  const next = { ...met, counts, present, rounds: met.rounds + 1 };
  return next.rounds < batchLength(next) ? next : endBatch(next);
}

/** Without its probability a chosen item says nothing of the others. */
function isSeenBandit({ losses, probability }: SeenRound): boolean {
  return losses.size > 0 && probability !== null && probability > 0;
}

/** NaN for a reward that is no number. */
function lossOf({ configuration }: SwitchingCostsState, reward: number): number {
  const [least, largest] = configuration.reward.range;
  return 1 - Math.min(1, Math.max(0, (reward - least) / (largest - least)));
}

function batchLength({ schedule, batch }: SwitchingCostsState): number {
  const [from, to] = batchBounds(schedule, batch % schedule.batches);
  return to - from;
}

/** The first items: what was drawn of them is held from then on. */
function meetFirst(state: SwitchingCostsState, { request }: Experience): SwitchingCostsState {
  const sorted = request.candidates.map(({ item }) => item).toSorted();
  const allowed = sorted.filter((item) => !request.excluded.has(item));
  const held = allowed[drawIndex(new Float64Array(allowed.length).fill(1 / allowed.length), drawOf(state))] ?? null;
  return { ...state, items: sorted, logWeights: new Float64Array(sorted.length), held };
}

/** The options and the state of the descent, for the items that there are. */
function descentOf(state: SwitchingCostsState): { options: BatchedDescentOptions; descent: BatchedDescentState } {
  const { schedule, items, logWeights, held } = state;
  const observed =
    schedule.observed.kind === 'flexible'
      ? { kind: 'flexible' as const, count: Math.min(schedule.observed.count, items.length) }
      : schedule.observed;
  return {
    options: { ...schedule, actions: items.length, observed },
    descent: { logWeights, weights: weightsOf(logWeights), action: items.indexOf(held ?? '') },
  };
}

/** w ∝ W. */
function weightsOf(logWeights: Float64Array): Float64Array {
  return expWeights(
    logWeights.map((log) => -log),
    1,
  );
}

/** The items whose rewards are wanted of a round of this batch: drawn for it, whatever is played. */
function plannedItems(state: SwitchingCostsState): string[] {
  const { options, descent } = descentOf(state);
  const random = createRandom(`${state.seed} plan ${state.batch}`);
  return chooseObservation(options, descent, batchLength(state), random)
    .actions.map((index) => state.items[index] ?? '')
    .toSorted();
}

/** Learns from the batch's round, lets items go and come, and chooses what the next batch holds. */
function endBatch(state: SwitchingCostsState): SwitchingCostsState {
  const { observations, totals, seed, batch, held } = state;
  const random = createRandom(`${seed} batch ${batch}`);
  const { drawn } = observations;
  const descended = drawn === null ? state : descendOn(state, drawn, random);
  const changed = comeAndGo(descended, random);
  return {
    ...changed,
    batch: batch + 1,
    rounds: 0,
    present: new Set(),
    observations: nextBatch(observations, batch),
    totals: {
      switches: totals.switches + (changed.held === held ? 0 : 1),
      observations: totals.observations + (drawn === null ? 0 : descentPrice(state)),
      unobserved: totals.unobserved + (drawn === null ? 1 : 0),
    },
  };
}

/** Observations of one batch. */
function descentPrice(state: SwitchingCostsState): number {
  return state.schedule.observed.kind === 'bandit' ? 1 : plannedItems(state).length;
}

function descendOn(
  state: SwitchingCostsState,
  { losses, probability }: SeenRound,
  random: ReturnType<typeof createRandom>,
): SwitchingCostsState {
  const { items } = state;
  const { options, descent } = descentOf(state);
  const wanted = options.observed.kind === 'bandit' ? [...losses.keys()].slice(0, 1) : plannedItems(state);
  const known = wanted.filter((item) => items.includes(item));
  const indices = known.map((item) => items.indexOf(item));
  // The probability that it was chosen with counts, whichever artifact chose it.
  const weights = descent.weights.slice();
  if (options.observed.kind === 'bandit') for (const index of indices) weights[index] = probability ?? 1;
  const seen = known.map((item) => losses.get(item) ?? NaN);
  const next = descend(options, descent, estimateLosses(options, { ...descent, weights }, indices, seen), random);
  return { ...state, logWeights: next.logWeights, held: items[next.action] ?? null };
}

/**
 * Lets items go that no round of the batch had, and takes in those that are new, with the largest weight. What is held
 * stays with the share that the old items have of the new weights, so that it is distributed as they are.
 */
function comeAndGo(state: SwitchingCostsState, random: ReturnType<typeof createRandom>): SwitchingCostsState {
  const { items, logWeights, present, held } = state;
  const stay = items.filter((item) => present.has(item));
  const fresh = [...present].filter((item) => !items.includes(item));
  if (stay.length === items.length && fresh.length === 0) return state;
  const logs = new Map(stay.map((item) => [item, logWeights[items.indexOf(item)] ?? 0]));
  const largest = stay.length === 0 ? 0 : Math.max(...logs.values());
  for (const item of fresh) logs.set(item, largest);
  const sorted = [...logs.keys()].toSorted();
  const next = Float64Array.from(sorted, (item) => (logs.get(item) ?? 0) - largest);
  const weights = weightsOf(next);
  const kept = logs.has(held ?? '') ? held : draw(sorted, weights, new Set(stay), random);
  const arriving = fresh.reduce((sum, item) => sum + (weights[sorted.indexOf(item)] ?? 0), 0);
  const moves = kept === null || random.uniform() < arriving;
  return {
    ...state,
    items: sorted,
    logWeights: next,
    held: moves ? draw(sorted, weights, new Set(fresh), random) : kept,
  };
}

/** One of the items that are in the set, by its share of their weights; `null` where there is none. */
function draw(
  items: readonly string[],
  weights: Float64Array,
  among: ReadonlySet<string>,
  random: ReturnType<typeof createRandom>,
): string | null {
  const within = weights.map((weight, index) => (among.has(items[index] ?? '') ? weight : 0));
  const sum = within.reduce((total, weight) => total + weight, 0);
  return sum === 0
    ? null
    : (items[
        drawIndex(
          within.map((weight) => weight / sum),
          random.uniform(),
        )
      ] ?? null);
}

function toArtifact(state: SwitchingCostsState): ArtifactContent {
  const { configuration, seed, items, logWeights, held, batch, rounds, present, observations, totals, counts } = state;
  const wanted = observations.drawn === null && items.length > 0 ? descentPrice(state) : 0;
  const left = batchLength(state) - rounds;
  const written: SwitchingCostsConfiguration = {
    action: 'choice',
    items: [...items],
    leastProbability: configuration.leastProbability,
    held,
    draw: drawOf(state),
    learner: { name: switchingCostsName, options: configuration.learner.options },
    plan: {
      batch,
      rounds: left,
      observations: wanted,
      items: wanted === 0 || state.schedule.observed.kind === 'bandit' ? [] : plannedItems(state),
    },
    progress: { seed, batch, rounds, complete: observations.complete, present: [...present], ...totals },
  };
  return {
    format: switchingCostsFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      { name: switchingCostsFiles.weights, bytes: packArrays(new Map([['logWeights', logWeights]])) },
      { name: switchingCostsFiles.counts, bytes: packArrays(new Map([['counts', countsToNumbers(counts)]])) },
      { name: switchingCostsFiles.observations, bytes: observationsToBytes(observations) },
    ],
    metrics: { ...metricsOf(counts), batches: batch, ...totals, observationsWanted: wanted, roundsLeft: left },
  };
}

/** Goes on where `content` ended, with the weights alone where the options have become others: a new schedule begins. */
function fromArtifact(configuration: LoopConfiguration, content: ArtifactContent): SwitchingCostsState {
  const parsed = switchingCostsConfigurationSchema.safeParse(content.configuration);
  const fresh = init(configuration, configuration.name);
  if (content.format !== switchingCostsFormatName || !parsed.success) return fresh;
  const { items, held, learner, progress } = parsed.data;
  const { seed, batch, rounds, present, switches, observations, unobserved } = progress;
  const weights = {
    ...fresh,
    seed,
    items,
    held,
    logWeights: arrayNamed(arraysOf(content, switchingCostsFiles.weights), 'logWeights', 'float64'),
  };
  if (JSON.stringify(scheduleOf(learner.options)) !== JSON.stringify(fresh.schedule)) return weights;
  return {
    ...weights,
    batch,
    rounds,
    present: new Set(present),
    observations: observationsFromBytes(bytesOf(content, switchingCostsFiles.observations)),
    totals: { switches, observations, unobserved },
    counts: countsFrom(arrayNamed(arraysOf(content, switchingCostsFiles.counts), 'counts', 'float64')),
  };
}
