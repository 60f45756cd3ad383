import { createClusterSums } from './accumulator.ts';
import type { ClusterSums } from './accumulator.ts';
import { estimators } from './estimators.ts';
import type { Estimator, EstimatorName, EstimatorNeed } from './estimators.ts';

/** An estimator that is asked for; `parameter`: a value of λ, or left to SLOPE. Default: left to SLOPE. */
export interface EstimatorChoice {
  readonly name: EstimatorName;
  readonly parameter?: number | 'slope' | undefined;
  /** Values that SLOPE chooses among, least variance first. Default: the estimator's own. */
  readonly among?: readonly number[] | undefined;
}

/** One estimator at one parameter, with what it has added up. */
export interface Track {
  readonly name: EstimatorName;
  readonly estimator: Estimator;
  /** `null` where it has none. */
  readonly parameter: number | null;
  readonly sums: ClusterSums;
}

/** What was asked for, and the tracks that serve it. */
export interface TrackPlan {
  readonly asked: readonly {
    readonly name: EstimatorName;
    readonly tracks: readonly Track[];
    readonly bySlope: boolean;
  }[];
  /** Every track once, those of references among them. */
  readonly all: readonly Track[];
  /** What cannot be had from this log, and why. */
  readonly skipped: Readonly<Partial<Record<EstimatorName, string>>>;
  find(name: EstimatorName): Track | undefined;
}

const missing: Readonly<Record<EstimatorNeed, string>> = {
  model: 'the log has no predictions of a reward model',
  balancedWeights: 'the log has no balanced weights',
  exactProbabilities:
    'probabilities are Monte-Carlo estimates: which decisions it takes in would rest on the chance of their draws',
  places: 'the log has no probabilities by place',
  prefixes: 'the log has no probabilities of the places up to each',
  exposures: 'the log has no exposures',
};

/**
 * Plans what is added up for the estimators asked for.
 *
 * @param lacks what the log has not.
 * @throws TypeError for a name that there is not. RangeError for a parameter that the estimator does not take.
 */
export function planTracks(choices: readonly EstimatorChoice[], lacks: ReadonlySet<EstimatorNeed>): TrackPlan {
  const tracks = new Map<string, Track>();
  const skipped: Partial<Record<EstimatorName, string>> = {};

  function track(name: EstimatorName, parameter: number | null): Track {
    const key = `${name} ${parameter}`;
    const estimator = estimators[name];
    const made = tracks.get(key) ?? { name, estimator, parameter, sums: createClusterSums(estimator.form) };
    tracks.set(key, made);
    return made;
  }

  const asked = choices.flatMap(({ name, parameter = 'slope', among }) => {
    const estimator = (estimators as Readonly<Record<string, Estimator>>)[name];
    if (estimator === undefined)
      throw new TypeError(
        `cannot estimate, as an estimator must be one of ${Object.keys(estimators).join(', ')}: it is ${name}`,
      );
    const lack = estimator.needs.find((need) => lacks.has(need));
    if (lack !== undefined) {
      skipped[name] = missing[lack];
      return [];
    }
    return [
      {
        name,
        tracks: (parameter === 'slope' && among !== undefined
          ? among.flatMap((each) => parametersOf(name, estimator, each))
          : parametersOf(name, estimator, parameter)
        ).map((each) => track(name, each)),
        bySlope: parameter === 'slope' && estimator.parameters !== null,
      },
    ];
  });
  for (const { name } of asked) {
    for (let reference = estimators[name].reference; reference !== null; reference = estimators[reference].reference)
      if (!estimators[reference].needs.some((need) => lacks.has(need))) track(reference, null);
  }
  return { asked, skipped, all: [...tracks.values()], find: (name) => tracks.get(`${name} null`) };
}

function parametersOf(
  name: EstimatorName,
  estimator: Estimator,
  parameter: number | 'slope',
): readonly (number | null)[] {
  if (estimator.parameters === null) return [null];
  if (parameter === 'slope') return estimator.parameters;
  // The ends of a grid are the ends of what is allowed.
  const [least, most] = [Math.min(0, ...estimator.parameters), Math.max(...estimator.parameters)];
  if (parameter >= least && parameter <= most) return [parameter];
  throw new RangeError(
    `cannot estimate by ${name}, as its parameter must be from ${least} to ${most}: it is ${parameter}`,
  );
}
