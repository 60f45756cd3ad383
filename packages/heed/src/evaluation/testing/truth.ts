import { createRandom } from '../../math/index.ts';
import { intervalMethods } from '../diagnostics/verdict.ts';
import type { IntervalMethod } from '../diagnostics/verdict.ts';
import { createEvaluation } from '../off-policy/evaluation.ts';
import type { EstimatorName } from '../off-policy/estimators.ts';
import type { LoggedRounds } from '../off-policy/rounds.ts';
import type { LoggedSlates } from '../off-policy/slates.ts';
import type { World } from './world-kinds.ts';

/** How one interval did over many logs of one world. */
export interface MethodTruth {
  /** Intervals that could be made. */
  readonly made: number;
  /** Share of the intervals that held the value. */
  readonly coverage: number;
  /** Mean width, by that of Student's. */
  readonly width: number;
  readonly meanWidth: number;
  /** Share of verdicts "do not trust". */
  readonly doubted: number;
}

export interface EstimatorTruth {
  readonly meanError: number;
  /** The mean error in standard errors. */
  readonly biasZ: number;
  readonly methods: Readonly<Record<IntervalMethod, MethodTruth>>;
}

export interface WorldTruth {
  /** Of all logs. */
  readonly largestWeight: number;
  readonly estimators: Partial<Record<EstimatorName, EstimatorTruth>>;
}

/** A change to what the estimators are given, to see that it is noticed. */
export type Ablation<Rows = LoggedRounds> = (rows: Rows) => Rows;

/** Estimates the same policy from many logs of a world. */
export function measureTruth<Rows extends LoggedRounds | LoggedSlates>(
  world: World<Rows>,
  {
    replications,
    seed,
    resamples,
    ablation,
  }: { replications: number; seed: string; resamples: number; ablation?: Ablation<Rows> },
): WorldTruth {
  const sums = new Map<EstimatorName, Sums>();
  let largestWeight = 0;
  for (let replication = 0; replication < replications; replication += 1) {
    const logged = world.log(createRandom(`${seed} ${world.name} ${replication}`));
    const evaluation = createEvaluation({
      rewardRange: world.rewardRange,
      leastProbability: world.leastProbability,
      fixedActions: true,
      resamples,
      seed: `${seed} ${replication}`,
    });
    evaluation.add(ablation === undefined ? logged : ablation(logged));
    const result = evaluation.finish();
    largestWeight = Math.max(largestWeight, result.diagnostics.weights.largestWeight);
    for (const { name, value, intervals, verdicts } of result.estimates) {
      const own = sums.get(name) ?? emptySums();
      sums.set(name, own);
      const error = value - world.value;
      own.errors.push(error);
      for (const method of intervalMethods) {
        const ends = intervals[method];
        const into = own.methods[method];
        if (!ends) continue;
        into.made += 1;
        into.covered += ends.lower <= world.value && world.value <= ends.upper ? 1 : 0;
        into.width += ends.upper - ends.lower;
        into.doubted += verdicts[method]?.outcome === 'do not trust' ? 1 : 0;
      }
    }
  }
  return { largestWeight, estimators: Object.fromEntries([...sums].map(([name, own]) => [name, truthOf(own)])) };
}

interface Sums {
  readonly errors: number[];
  readonly methods: Record<IntervalMethod, { made: number; covered: number; width: number; doubted: number }>;
}

function emptySums(): Sums {
  const none = () => ({ made: 0, covered: 0, width: 0, doubted: 0 });
  return { errors: [], methods: { student: none(), bootstrap: none(), bernstein: none(), sequence: none() } };
}

function truthOf({ errors, methods }: Sums): EstimatorTruth {
  const count = errors.length;
  const meanError = errors.reduce((sum, error) => sum + error, 0) / count;
  const variance = errors.reduce((sum, error) => sum + (error - meanError) ** 2, 0) / (count - 1);
  const truth = (method: IntervalMethod): MethodTruth => ({
    made: methods[method].made,
    coverage: methods[method].covered / methods[method].made,
    width: methods[method].width / methods.student.width,
    meanWidth: methods[method].width / methods[method].made,
    doubted: methods[method].doubted / methods[method].made,
  });
  return {
    meanError,
    biasZ: meanError / Math.sqrt(variance / count),
    methods: {
      student: truth('student'),
      bootstrap: truth('bootstrap'),
      bernstein: truth('bernstein'),
      sequence: truth('sequence'),
    },
  };
}
