import {
  dot,
  normalQuantile,
  percentileInterval,
  powersOf,
  resampleClusters,
  standardError,
  studentQuantile,
} from '../../math/index.ts';
import type { Ends } from '../../math/index.ts';
import type { ClusterSums } from './accumulator.ts';
import { foldPlaces, influencesOf, total, totalValue, valueOf } from './accumulator.ts';
import { estimators } from './estimators.ts';
import type { EstimatorName } from './estimators.ts';
import { bernsteinOf, sequenceOf } from './exact-intervals.ts';
import type { ForeseenMoments, Foresight } from './foresight.ts';
import { chooseBySlope } from './slope.ts';
import type { SlopeCandidate } from './slope.ts';
import type { MonteCarloWatch } from './monte-carlo.ts';
import { expanded, spreadOf, studentEnds } from './spread.ts';
import type { Track, TrackPlan } from './tracks.ts';
import type { IntervalMethod } from '../diagnostics/verdict.ts';

/** What one estimator makes of the log. */
export interface RawEstimate {
  readonly name: EstimatorName;
  readonly parameter: number | null;
  readonly value: number;
  /** Of the estimator's own terms; it says nothing of a bias. */
  readonly standardError: number;
  /** From the estimator's own terms, whatever its bias; for comparison. */
  readonly own: { readonly student: Ends; readonly bootstrap: Ends | null };
  /** Where the value lies, by each method asked for; `null` where the method cannot be had. */
  readonly intervals: Readonly<Partial<Record<IntervalMethod, Ends | null>>>;
  /** By how much the value lies above the mean reward in the log, with Student's interval. */
  readonly gain: { readonly value: number; readonly interval: Ends };
  /**
   * Where probabilities are Monte-Carlo estimates: no less than the standard error that theirs give what the intervals rest on,
   * which are wider by it. `null`: they are exact, or the intervals do not follow them.
   */
  readonly monteCarloError: number | null;
  /** Skewness of what the intervals rest on, as the log shows it or as its weights and rewards foresee it. */
  readonly skewness: number;
  /** Whether the exact intervals are those of a corrected model, which a largest weight bounds on both sides. */
  readonly corrected: boolean;
  /** Whether an unbiased estimate stands behind the interval. */
  readonly checked: boolean;
}

/** All that the log has come to. */
export interface Totals {
  readonly plan: TrackPlan;
  /** Rows by cluster. */
  readonly counts: Float64Array;
  readonly weights: Float64Array;
  /** Rewards as they were logged. */
  readonly logged: ClusterSums;
  readonly clustered: boolean;
  readonly largestWeight: number;
  readonly monteCarlo: MonteCarloWatch;
  readonly foresight: Foresight;
  readonly rewardRange: readonly [number, number] | null;
  /** Whether every prediction of the model lay in that range. */
  readonly modelInRange: boolean;
  readonly level: number;
  readonly methods: readonly IntervalMethod[];
  readonly resamples: number;
  readonly seed: string;
}

/** Clusters in a resample; where there are more, neighbours are drawn together, which leaves all cumulants of the mean as they are. */
const mostResampled = 4_096;

/** What is known of a track once everything is added up. */
interface Summary {
  readonly value: number;
  readonly error: number;
  readonly skewness: number;
  readonly student: Ends;
  readonly bootstrap: Ends | null;
  readonly gain: Ends;
}

/** Makes an estimate of everything that was asked for. */
export function estimateAll(totals: Totals): RawEstimate[] {
  const { plan, logged, counts } = totals;
  const loggedValue = totalValue(logged, total(counts));
  const chosen = plan.asked.flatMap(
    ({ tracks, bySlope }) => tracks[bySlope ? chooseBySlope(candidatesOf(tracks, totals)) : 0] ?? [],
  );
  const needed = new Set(chosen.flatMap((track) => [track, ...referencesOf(track, plan)]));
  const summaries = summarise([...needed], totals);
  const exact = createExactIntervals(totals);
  const quantile = normalQuantile((1 + totals.level) / 2);
  /** By how much the errors of Monte-Carlo probabilities widen what rests on a track. */
  const drawn = ({ estimator, sums }: Track): number => {
    if (!totals.monteCarlo.any) return 0;
    const ratio = estimator.form === 'mean' ? null : total(sums.b) / total(sums.c);
    return quantile * totals.monteCarlo.errorOf({ corrected: estimator.needs.includes('model'), ratio });
  };
  return chosen.flatMap((track) => {
    const own = summaries.get(track);
    if (own === undefined) return [];
    const { name, parameter, estimator } = track;
    const references = referencesOf(track, plan);
    const biased = estimator.bias === 'shrunk' || estimator.bias === 'model';
    const judgeTrack = biased ? (references[0] ?? track) : track;
    const judge = summaries.get(judgeTrack) ?? own;
    const unbiased = [track, ...references].find((each) => each.estimator.bias === 'weights');
    const intervals: Partial<Record<IntervalMethod, Ends | null>> = {};
    for (const method of totals.methods) {
      const ends = method === 'student' || method === 'bootstrap' ? judge[method] : unbiased && exact(method, unbiased);
      const behind = method === 'student' || method === 'bootstrap' ? judgeTrack : unbiased;
      const wider = behind === undefined ? 0 : drawn(behind);
      intervals[method] = ends ? stretched(widened(ends, wider), own.value) : null;
    }
    const { value, error, student, bootstrap } = own;
    const checked = !biased || judge !== own;
    return [
      {
        name,
        parameter,
        value,
        standardError: error,
        own: { student, bootstrap },
        intervals,
        gain: {
          value: value - loggedValue,
          interval: stretched(widened(judge.gain, drawn(judgeTrack)), value - loggedValue),
        },
        monteCarloError: totals.monteCarlo.any ? drawn(judgeTrack) / quantile : null,
        skewness: judge.skewness,
        corrected: unbiased?.name === 'dr',
        checked,
      },
    ];
  });
}

/** The estimators that stand behind one, nearest first, as far as the log has what they need. */
function referencesOf({ estimator }: Track, plan: TrackPlan): Track[] {
  const found: Track[] = [];
  for (let name = estimator.reference; name !== null; name = estimators[name].reference) {
    const track = plan.find(name);
    if (track !== undefined) found.push(track);
  }
  return found;
}

function candidatesOf(tracks: readonly Track[], { counts, level }: Totals): SlopeCandidate[] {
  const count = total(counts);
  const quantile = studentQuantile(level, counts.length - 1);
  return tracks.map(({ sums }) => ({
    value: totalValue(sums, count),
    halfWidth: quantile * standardError(powersOf(influencesOf(sums, counts)).squares, counts.length),
  }));
}

function summarise(tracks: readonly Track[], totals: Totals): Map<Track, Summary> {
  const { counts, level, methods, logged } = totals;
  const count = total(counts);
  const loggedValue = totalValue(logged, count);
  const loggedInfluences = influencesOf(logged, counts);
  const samples = methods.includes('bootstrap') ? resampleTracks(tracks, totals) : null;
  return new Map(
    tracks.map((track, index): [Track, Summary] => {
      const influences = influencesOf(track.sums, counts);
      const value = totalValue(track.sums, count);
      const draws = samples?.[index];
      const scale = track.estimator.form === 'mean' ? count : total(track.sums.c);
      const spread = spreadOf(influences, foreseenOf(track, totals), scale);
      // Their own are not needed any more.
      for (let place = 0; place < influences.length; place += 1)
        influences[place] = (influences[place] ?? 0) - (loggedInfluences[place] ?? 0);
      const gained = spreadOf(influences, null, count);
      const summary = {
        value,
        error: spread.error,
        skewness: spread.skewness,
        student: studentEnds(value, spread, level),
        bootstrap: draws === undefined ? null : expanded(percentileInterval(draws, level), value, spread, level),
        gain: studentEnds(
          value - loggedValue,
          {
            ...gained,
            foreseenError: gained.error + spread.foreseenError - spread.error,
            degrees: Math.min(gained.degrees, spread.degrees),
          },
          level,
        ),
      };
      return [track, summary];
    }),
  );
}

/** What weights and rewards foresee of a track's terms; `null` where it goes by other weights than the rows'. */
function foreseenOf({ estimator, name, sums }: Track, totals: Totals): ForeseenMoments | null {
  if (!goesByWeights(name) || (estimator.bias !== 'weights' && estimator.bias !== 'asymptotic')) return null;
  const ratio = estimator.form === 'mean' ? null : total(sums.b) / total(sums.c);
  return totals.foresight.foresee({ corrected: estimator.needs.includes('model'), ratio }, totals);
}

/** Whether an estimate goes by the one weight of each row; others of slates have smaller ones of their own. */
export function goesByWeights(name: EstimatorName): boolean {
  return estimators[name].input === 'rounds' || name === 'slateStandard';
}

/** Values of every track in each resample of the clusters; all tracks see the same resamples. */
function resampleTracks(tracks: readonly Track[], { counts, resamples, seed }: Totals): Float64Array[] {
  const [folded = counts, ...columns] = foldTo(mostResampled, counts.length, [
    counts,
    ...tracks.flatMap(({ sums: { a, b, c } }) => [a, b, c]),
  ]);
  const values = tracks.map(() => new Float64Array(resamples));
  resampleClusters(folded.length, resamples, seed, (multiplicity, time) => {
    const count = dot(folded, multiplicity);
    tracks.forEach(({ estimator: { form } }, index) => {
      const [a, b, c] = [0, 1, 2].map((term) => dot(columns[3 * index + term] ?? folded, multiplicity)) as [
        number,
        number,
        number,
      ];
      (values[index] ?? folded)[time] = valueOf(form, a, b, c, count);
    });
  });
  return values;
}

/** Columns over clusters, with neighbours joined until there are at most `most`; a column that a form does not have stays empty. */
function foldTo(most: number, used: number, columns: readonly Float64Array[]): Float64Array[] {
  const copies = columns.map((column) => column.slice(0, used));
  let places = used;
  while (places > most) {
    for (const column of copies) foldPlaces(column, places);
    places = Math.ceil(places / 2);
  }
  return copies.map((column) => column.slice(0, places));
}

/** Intervals that need no limit theorem, each made once. */
function createExactIntervals(totals: Totals): (method: 'bernstein' | 'sequence', track: Track) => Ends | null {
  const made = new Map<string, Ends | null>();
  const { rewardRange, modelInRange } = totals;
  return (method, { name, sums }) => {
    const key = `${method} ${name}`;
    const kind = name === 'dr' ? 'corrected' : 'weights';
    const known = made.get(key);
    if (known !== undefined) return known;
    const possible = rewardRange !== null && (kind === 'weights' || modelInRange);
    const make = method === 'bernstein' ? bernsteinOf : sequenceOf;
    const ends = possible ? make({ ...totals, rewardRange, sums, kind }) : null;
    made.set(key, ends);
    return ends;
  };
}

function widened({ lower, upper }: Ends, by: number): Ends {
  return { lower: lower - by, upper: upper + by };
}

/** An interval that holds the value too: a biased estimate may lie outside the one of what it is checked by. */
function stretched({ lower, upper }: Ends, value: number): Ends {
  return { lower: Math.min(lower, value), upper: Math.max(upper, value) };
}
