import type { WeightedArm } from './assign.ts';
import { createComparison } from './comparison.ts';
import type { Comparison, ComparisonResult } from './comparison.ts';
import { checkSampleRatio } from './sample-ratio.ts';
import type { SampleRatio } from './sample-ratio.ts';

/** What is measured of each unit. */
export interface Metric {
  readonly name: string;
  /** `goal`: what an arm is to be better in; `guardrail`: what it must not harm. */
  readonly role: 'goal' | 'guardrail';
  readonly range: readonly [number, number];
  /** Whether more of it is better. Default true. */
  readonly higherIsBetter?: boolean | undefined;
  /** Harm that is put up with, in the metric's own unit. Default 0. */
  readonly tolerance?: number | undefined;
}

export interface AnalysisOptions {
  /** The first one is the control. */
  readonly arms: readonly WeightedArm[];
  readonly metrics: readonly Metric[];
  /** Over all arms and goals together, and once more over all guardrails. Default 0.05. */
  readonly alpha?: number | undefined;
}

/** `pValue` is corrected for the comparisons that `alpha` is shared among, as the interval is. */
export interface MetricResult extends ComparisonResult {
  readonly arm: string;
  readonly metric: string;
  readonly role: Metric['role'];
  /** `better` or `worse` than the control, as soon as the interval leaves out 0. */
  readonly verdict: 'better' | 'worse' | 'undecided';
  /** The interval lies beyond the tolerance, on the bad side. */
  readonly harmed: boolean;
}

export interface ExperimentResult {
  readonly arms: readonly { readonly name: string; readonly units: number }[];
  readonly sampleRatio: SampleRatio;
  readonly results: readonly MetricResult[];
  /** Stop: a guardrail is harmed, or the arms have not got their shares. */
  readonly stop: string | null;
}

/** Outcomes of one unit by metric; a metric left out says nothing of this unit. */
export interface ExperimentUnit {
  readonly arm: string;
  readonly outcomes: { readonly [metric: string]: number | undefined };
  readonly covariate?: number | undefined;
}

export interface ExperimentAnalysis {
  observe(unit: ExperimentUnit): void;
  result(): ExperimentResult;
}

/**
 * Follows an A/B or A/B/n test: each arm beside the control, in each metric, by intervals that hold however often one looks.
 * `alpha` is shared among the arms and goals (Bonferroni), so that no false winner is named with a higher probability.
 *
 * @throws RangeError where there are fewer than two arms, no metric, or a name twice; on `observe`, for an unknown arm.
 * @example
 * const analysis = createAnalysis({
 *   arms: [{ name: 'control', weight: 1 }, { name: 'green', weight: 1 }],
 *   metrics: [{ name: 'bought', role: 'goal', range: [0, 1] }],
 * });
 * analysis.observe({ arm: 'green', outcomes: { bought: 1 } });
 * const { results, stop } = analysis.result();
 */
export function createAnalysis({ arms, metrics, alpha = 0.05 }: AnalysisOptions): ExperimentAnalysis {
  const [control, ...others] = arms;
  if (control === undefined || others.length === 0)
    throw new RangeError(`cannot compare arms, as there must be two or more: there are ${arms.length}`);
  if (metrics.length === 0) throw new RangeError('cannot compare arms, as there must be a metric: there is none');
  requireDistinct('arms', arms);
  requireDistinct('metrics', metrics);
  const units = new Map(arms.map(({ name }) => [name, 0]));
  const pairs = others.flatMap((arm) =>
    metrics.map((metric) => {
      const sharing = metrics.filter(({ role }) => role === metric.role).length * others.length;
      const share = arm.weight / (arm.weight + control.weight);
      return {
        arm,
        metric,
        sharing,
        comparison: createComparison({ share, range: metric.range, alpha: alpha / sharing }),
      };
    }),
  );

  return {
    observe({ arm, outcomes, covariate }) {
      const count = units.get(arm);
      if (count === undefined)
        throw new RangeError(
          `cannot take a unit, as its arm must be one of ${[...units.keys()].join(', ')}: it is ${arm}`,
        );
      units.set(arm, count + 1);
      for (const pair of pairs) {
        const outcome = outcomes[pair.metric.name];
        if (outcome === undefined || (arm !== pair.arm.name && arm !== control.name)) continue;
        pair.comparison.observe({ treated: arm === pair.arm.name, outcome, covariate });
      }
    },
    result() {
      const counts = arms.map(({ name }) => ({ name, units: units.get(name) ?? 0 }));
      const sampleRatio = checkSampleRatio(
        counts.map((each) => each.units),
        arms.map(({ weight }) => weight),
      );
      const results = pairs.map(({ arm, metric, sharing, comparison }) => judge(arm.name, metric, sharing, comparison));
      return { arms: counts, sampleRatio, results, stop: reasonToStop(sampleRatio, results) };
    },
  };
}

function judge(arm: string, metric: Metric, sharing: number, comparison: Comparison): MetricResult {
  const result = comparison.result();
  const [worst, best] = metric.higherIsBetter === false ? [-result.upper, -result.lower] : [result.lower, result.upper];
  return {
    ...result,
    pValue: Math.min(1, sharing * result.pValue),
    arm,
    metric: metric.name,
    role: metric.role,
    verdict: worst > 0 ? 'better' : best < 0 ? 'worse' : 'undecided',
    harmed: best < -(metric.tolerance ?? 0),
  };
}

function reasonToStop({ suspicious, pValue }: SampleRatio, results: readonly MetricResult[]): string | null {
  if (suspicious)
    return `the arms have not got their shares of the units (p = ${pValue.toPrecision(2)}): look for a fault first`;
  const harmed = results.find(({ role, harmed: crossed }) => role === 'guardrail' && crossed);
  return harmed === undefined ? null : `${harmed.arm} harms ${harmed.metric}`;
}

function requireDistinct(what: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined)
    throw new RangeError(`cannot compare arms, as ${what} must have names of their own: ${twice} is there twice`);
}
