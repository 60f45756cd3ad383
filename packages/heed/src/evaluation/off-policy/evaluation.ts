import { withoutUndefined } from '../../spec/index.ts';
import { createActionWatch } from '../diagnostics/actions.ts';
import type { ActionCalibration } from '../diagnostics/actions.ts';
import { createAdaptivityWatch } from '../diagnostics/adaptivity.ts';
import type { Adaptivity } from '../diagnostics/adaptivity.ts';
import { doubtsAboutEstimate, doubtsAboutLog, intervalMethods, isExact, verdictOf } from '../diagnostics/verdict.ts';
import type { IntervalMethod, Verdict } from '../diagnostics/verdict.ts';
import { createWeightWatch } from '../diagnostics/weights.ts';
import type { WeightDiagnostics } from '../diagnostics/weights.ts';
import { addTerms, addTo, createClusterSums, foldPlaces, foldSums, grown, totalValue } from './accumulator.ts';
import { createClusterPlaces } from './clusters.ts';
import { estimateAll, goesByWeights } from './estimates.ts';
import type { RawEstimate } from './estimates.ts';
import { estimators, roundsEstimatorNames, slateEstimatorNames } from './estimators.ts';
import type { EstimatorName, EstimatorNeed } from './estimators.ts';
import { createForesight } from './foresight.ts';
import { createMonteCarloWatch } from './monte-carlo.ts';
import { weighRounds } from './rounds.ts';
import type { LoggedRounds } from './rounds.ts';
import type { LoggedSlates } from './slates.ts';
import { planTracks } from './tracks.ts';
import type { EstimatorChoice, TrackPlan } from './tracks.ts';

export interface EvaluationOptions {
  /** Default: every estimator that the log has what it needs for. */
  readonly estimators?: readonly (EstimatorName | EstimatorChoice)[] | undefined;
  /** Default: all four. */
  readonly intervals?: readonly IntervalMethod[] | undefined;
  /** Of the intervals, in (0, 1). Default 0.95. */
  readonly level?: number | undefined;
  /** Of a decision, or of a whole slate: Bernstein's interval and the sequence need it. Default `null`: it is not known. */
  readonly rewardRange?: readonly [number, number] | null | undefined;
  /** The logging policy gave no allowed action less; bounds the weights. Default `null`: the least one seen. */
  readonly leastProbability?: number | null | undefined;
  /** Whether each decision could take every action: then actions taken too seldom are as telling as those taken too often. Default false. */
  readonly fixedActions?: boolean | undefined;
  /** How an action is called where it is told of. Default: by its number. */
  readonly actionName?: ((action: number) => string) | undefined;
  /** Default 2,000. */
  readonly resamples?: number | undefined;
  /** Of the resamples. */
  readonly seed?: string | undefined;
}

export const evaluationDefaults = { level: 0.95, resamples: 2_000, seed: 'evaluation', fixedActions: false } as const;

export interface Estimate extends RawEstimate {
  readonly verdicts: Readonly<Partial<Record<IntervalMethod, Verdict>>>;
}

export interface EvaluationResult {
  readonly count: number;
  /** Independent units: subjects, or decisions where there are none; beyond 65,536 some are counted together. */
  readonly clusters: number;
  readonly clustered: boolean;
  readonly level: number;
  /** Mean reward of the decisions as they were made. */
  readonly loggedValue: number;
  readonly estimates: readonly Estimate[];
  /** What cannot be had from this log, and why. */
  readonly skipped: Readonly<Partial<Record<EstimatorName, string>>>;
  readonly diagnostics: {
    readonly weights: WeightDiagnostics;
    /** The most suspicious actions, at most ten. */
    readonly actions: readonly ActionCalibration[];
    readonly adaptivity: Adaptivity;
    readonly doubts: readonly string[];
  };
}

export interface Evaluation {
  /** Chunks in the order of time. All have the same columns. */
  add(rows: LoggedRounds | LoggedSlates): void;
  /** What is known so far. */
  finish(): EvaluationResult;
}

/**
 * Estimates what a policy would have earned in the place of the one that wrote a log, in one pass and bounded memory.
 *
 * @returns estimates with intervals, diagnostics of the log, and a verdict on each interval.
 * @throws RangeError where a level, range or parameter is out of its bounds. TypeError for an unknown estimator.
 * @example
 * const evaluation = createEvaluation({ estimators: ['ips', 'snips'], rewardRange: [0, 1] });
 * evaluation.add({
 *   count: 2,
 *   reward: Float64Array.of(1, 0),
 *   loggedProbability: Float64Array.of(0.5, 0.5),
 *   targetProbability: Float64Array.of(0.9, 0.1),
 *   subject: null, predictedTaken: null, predictedTarget: null, balancedWeight: null, action: null,
 * });
 * const [ips] = evaluation.finish().estimates;
 */
export function createEvaluation(options: EvaluationOptions = {}): Evaluation {
  const { level, resamples, seed, fixedActions } = { ...evaluationDefaults, ...withoutUndefined(options) };
  const { actionName: nameOf = String } = options;
  const { rewardRange = null, leastProbability = null, intervals: methods = intervalMethods } = options;
  checkOptions(level, rewardRange, leastProbability);
  const weightWatch = createWeightWatch();
  const adaptivityWatch = createAdaptivityWatch();
  const actionWatch = createActionWatch(fixedActions);
  const monteCarlo = createMonteCarloWatch();
  const foresight = createForesight();
  const places = createClusterPlaces();
  let plan: TrackPlan | null = null;
  let clustered = false;
  let counts: Float64Array = new Float64Array(0);
  let weights: Float64Array = new Float64Array(0);
  const logged = createClusterSums('mean');
  let scratch = createScratch(0);
  let modelInRange = true;

  function add(given: LoggedRounds | LoggedSlates): void {
    const { count, subject } = given;
    if (count === 0) return;
    plan ??= begin(given);
    if (clustered !== (subject !== null))
      throw new TypeError('cannot add a chunk, as all chunks must have subjects, or none: this one differs');
    if (scratch.ones.length < count) scratch = createScratch(count);
    const rounds = 'size' in given ? null : weighRounds(given);
    const weighed = rounds ?? weighSlates(given as LoggedSlates);
    const { weight, loggedProbability } = weighed;
    weightWatch.add(weight, loggedProbability, count);
    adaptivityWatch.add(weight, loggedProbability, count);
    if (rounds !== null) monteCarlo.add(rounds);
    if (rounds?.action) actionWatch.add(rounds.action, loggedProbability, count);
    if (rounds !== null && rewardRange !== null) modelInRange &&= inRange(rounds, rewardRange);

    if (subject === null) places.reserve(count, fold);
    places.assign(subject, count, scratch.places);
    const { used } = places;
    counts = grown(counts, used);
    weights = grown(weights, used);
    addTo(counts, scratch.ones, scratch.places, count);
    addTo(weights, weight, scratch.places, count);
    rewardTerms(given, scratch.a);
    foresight.add(rounds ?? { ...weighed, count, reward: scratch.a, predictedTaken: null });
    addTerms(logged, scratch, scratch.places, count, used);
    for (const { estimator, parameter, sums } of plan.all) {
      if (estimator.input === 'slates') estimator.terms(given as LoggedSlates, parameter ?? 0, scratch);
      else if (rounds !== null) estimator.terms(rounds, parameter ?? 0, scratch);
      addTerms(sums, scratch, scratch.places, count, used);
    }
  }

  function begin(given: LoggedRounds | LoggedSlates): TrackPlan {
    clustered = given.subject !== null;
    const names = 'size' in given ? slateEstimatorNames : roundsEstimatorNames;
    const choices = (options.estimators ?? names).map((each) => (typeof each === 'string' ? { name: each } : each));
    const strange = choices.find(({ name }) => !(names as readonly string[]).includes(name));
    if (strange !== undefined)
      throw new TypeError(
        `cannot estimate, as estimators of this log must be among ${names.join(', ')}: one is ${strange.name}`,
      );
    return planTracks(choices, lacksOf(given));
  }

  function fold(used: number): void {
    foldPlaces(counts, used);
    foldPlaces(weights, used);
    foldSums(logged, used);
    for (const { sums } of plan?.all ?? []) foldSums(sums, used);
  }

  return {
    add,
    finish() {
      if (plan === null) throw new RangeError('cannot evaluate, as there must be at least one decision: there is none');
      const weightBound = leastProbability === null ? null : 1 / leastProbability;
      const found = {
        weights: weightWatch.diagnose(),
        actions: actionWatch.diagnose().map((each) => ({ ...each, name: nameOf(each.action) })),
        weightBound,
      };
      const largestWeight = Math.max(found.weights.largestWeight, weightBound ?? 0);
      const raw = estimateAll({
        plan,
        counts: counts.slice(0, places.used),
        weights: weights.slice(0, places.used),
        logged: { ...logged, a: logged.a.slice(0, places.used) },
        clustered,
        largestWeight,
        monteCarlo,
        foresight,
        rewardRange,
        modelInRange,
        level,
        methods,
        resamples,
        seed,
      });
      const doubts = { exact: doubtsAboutLog(found, true), usual: doubtsAboutLog(found) };
      const calm = `nothing in the log speaks against it: it is worth ${Math.round(found.weights.effectiveSampleSize).toLocaleString('en')} decisions of the evaluated policy`;
      const judged = raw.map((estimate): Estimate => {
        const verdicts: Partial<Record<IntervalMethod, Verdict>> = {};
        for (const method of methods)
          verdicts[method] = verdictOf(
            [
              ...doubts[isExact(method) ? 'exact' : 'usual'],
              ...doubtsAboutEstimate(found, {
                ...estimate,
                clusters: places.used,
                weightSkewness: goesByWeights(estimate.name) ? found.weights.skewness : 0,
                method,
                needsBound: method === 'bernstein' || estimate.corrected,
              }),
            ],
            estimators[estimate.name].bias === 'downwards' ? `${calm}, if people look at slates downwards` : calm,
          );
        return { ...estimate, verdicts };
      });
      return {
        count: found.weights.count,
        clusters: places.used,
        clustered,
        level,
        loggedValue: totalValue(logged, found.weights.count),
        estimates: judged,
        skipped: plan.skipped,
        diagnostics: {
          weights: found.weights,
          actions: found.actions.slice(0, 10),
          adaptivity: adaptivityWatch.diagnose(),
          doubts: doubts.usual,
        },
      };
    },
  };
}

function createScratch(count: number) {
  return {
    a: new Float64Array(count),
    b: new Float64Array(count),
    c: new Float64Array(count),
    places: new Uint32Array(count),
    ones: new Float64Array(count).fill(1),
  };
}

/** The reward of each decision, or of each whole slate. */
function rewardTerms(given: LoggedRounds | LoggedSlates, into: Float64Array): void {
  const { count, reward } = given;
  const size = 'size' in given ? given.size : 1;
  for (let row = 0; row < count; row += 1) {
    let sum = 0;
    for (let at = row * size; at < (row + 1) * size; at += 1) sum += reward[at] ?? 0;
    into[row] = sum;
  }
}

function weighSlates({ count, loggedJoint, targetJoint }: LoggedSlates) {
  const weight = new Float64Array(count);
  for (let slate = 0; slate < count; slate += 1) weight[slate] = (targetJoint[slate] ?? 0) / (loggedJoint[slate] ?? 1);
  return { weight, loggedProbability: loggedJoint, targetProbability: targetJoint };
}

function lacksOf(given: LoggedRounds | LoggedSlates): ReadonlySet<EstimatorNeed> {
  const lacks = new Set<EstimatorNeed>();
  if (given.predictedTaken === null || given.predictedTarget === null) lacks.add('model');
  if (!('size' in given)) {
    if (given.balancedWeight === null) lacks.add('balancedWeights');
    if (given.targetError || given.loggedError) lacks.add('exactProbabilities');
    return lacks;
  }
  if (given.loggedPlace === null || given.targetPlace === null) lacks.add('places');
  if (given.loggedPrefix === null || given.targetPrefix === null) lacks.add('prefixes');
  if (given.loggedExposure === null || given.targetExposure === null) lacks.add('exposures');
  return lacks;
}

function inRange({ count, predictedTaken, predictedTarget }: LoggedRounds, range: readonly [number, number]): boolean {
  return [predictedTaken, predictedTarget].every((column) => column === null || liesIn(column, count, range));
}

function liesIn(column: Float64Array, count: number, [least, largest]: readonly [number, number]): boolean {
  const rounding = 1e-9 * (largest - least);
  for (let row = 0; row < count; row += 1) {
    const value = column[row] ?? 0;
    if (!(value >= least - rounding && value <= largest + rounding)) return false;
  }
  return true;
}

function checkOptions(
  level: number,
  rewardRange: readonly [number, number] | null,
  leastProbability: number | null,
): void {
  if (!(level > 0 && level < 1))
    throw new RangeError(`cannot evaluate, as the level must be in (0, 1): it is ${level}`);
  if (rewardRange !== null && !(rewardRange[0] < rewardRange[1]))
    throw new RangeError(
      `cannot evaluate, as the range of rewards must not be empty: it is ${rewardRange[0]} to ${rewardRange[1]}`,
    );
  if (leastProbability !== null && !(leastProbability > 0 && leastProbability <= 1))
    throw new RangeError(`cannot evaluate, as the least probability must be in (0, 1]: it is ${leastProbability}`);
}
