import { createAnalysis } from '../evaluation/experiment/index.ts';
import type { ExperimentResult, Metric, MetricResult } from '../evaluation/experiment/index.ts';
import { schemaVersion } from '../spec/index.ts';
import type { EvaluationReport, Experiment, JsonObject, LoopConfiguration } from '../spec/index.ts';
import type { Context } from './context.ts';
import { finite, intervalOf } from './release-evidence.ts';

/** Name of the goal that every experiment has. */
export const rewardGoal = 'reward';

/** What an experiment has shown so far. */
export interface ExperimentEvidence {
  readonly result: ExperimentResult;
  readonly report: EvaluationReport;
}

/**
 * Compares the arms on what is in the store: the subjects whose time is over, each counted once. It may be asked at any
 * moment and acted upon, as its intervals hold at all of them.
 */
export async function analyseExperiment(
  context: Pick<Context, 'store' | 'clock' | 'newId'>,
  experiment: Experiment,
  { reward }: Pick<LoopConfiguration, 'reward'>,
): Promise<ExperimentEvidence> {
  const {
    id,
    loop,
    arms,
    goals = [],
    guardrails,
    alpha,
    outcomeSeconds,
    covariateSeconds,
    startedAt,
    end,
  } = experiment;
  const metrics: Metric[] = [
    { name: rewardGoal, role: 'goal', range: reward.range },
    ...goals.map(({ feedback, higherIsBetter }): Metric => ({
      name: feedback,
      role: 'goal',
      range: [0, 1],
      higherIsBetter,
    })),
    ...guardrails.map(({ feedback, tolerance, higherIsBetter }): Metric => ({
      name: feedback,
      role: 'guardrail',
      range: [0, 1],
      tolerance,
      higherIsBetter,
    })),
  ];
  const counted = [...goals, ...guardrails].map(({ feedback }) => feedback);
  const analysis = createAnalysis({ arms, metrics, alpha });
  const units = await context.store.outcomes.ofAssigned({
    loop,
    experiment: id,
    startedAt,
    endedAt: end?.at ?? null,
    windowSeconds: outcomeSeconds,
    now: new Date(context.clock()).toISOString(),
    feedback: counted,
    covariateSeconds,
  });
  const names = new Set(arms.map(({ name }) => name));
  const covariate = createFilledCovariate();
  for (const { arm, reward: outcome, feedback, covariate: before } of units) {
    // An assignment that came from elsewhere may name an arm that is not there.
    if (!names.has(arm)) continue;
    analysis.observe({
      arm,
      covariate: covariate.of(before),
      outcomes: {
        [rewardGoal]: outcome ?? undefined,
        ...Object.fromEntries(counted.map((name) => [name, feedback.includes(name) ? 1 : 0])),
      },
    });
  }
  const result = analysis.result();
  return { result, report: reportOf(context, experiment, result, { units: units.length, known: covariate.known() }) };
}

/** Who has no past counts as one of those before it with a past do on average: told by what came before, for both arms alike. */
function createFilledCovariate(): { of(value: number | null): number; known(): number } {
  let [count, sum] = [0, 0];
  return {
    of(value) {
      if (value === null) return count === 0 ? 0 : sum / count;
      count += 1;
      sum += value;
      return value;
    },
    known: () => count,
  };
}

function reportOf(
  { newId, clock }: Pick<Context, 'clock' | 'newId'>,
  { id, loop, name, arms, alpha, startedAt }: Experiment,
  { arms: counts, sampleRatio, results, stop }: ExperimentResult,
  { units, known }: { readonly units: number; readonly known: number },
): EvaluationReport {
  const control = arms[0]?.name ?? '';
  return {
    schemaVersion,
    id: newId(),
    loop,
    artifact: null,
    kind: 'experiment',
    computedFrom: { experiment: id, name, since: startedAt, units, withCovariate: known },
    estimates: results.map((result) => ({
      name: `${result.metric}: ${result.arm} less ${control}`,
      value: finite(result.estimate),
      interval: intervalOf(result, 1 - alpha),
      count: result.treated.units + result.control.units,
    })),
    diagnostics: {
      control,
      arms: counts.map((arm) => ({ ...arm })),
      sampleRatio: { pValue: sampleRatio.pValue, suspicious: sampleRatio.suspicious },
      results: results.map((result) => diagnosticsOf(result)),
    },
    verdict: verdictOf(control, results, stop),
    createdAt: new Date(clock()).toISOString(),
  };
}

function diagnosticsOf({ arm, metric, role, verdict, harmed, pValue, treated, control }: MetricResult): JsonObject {
  return {
    arm,
    metric,
    role,
    verdict,
    harmed,
    pValue,
    mean: finite(treated.mean),
    controlMean: finite(control.mean),
  };
}

function verdictOf(
  control: string,
  results: readonly MetricResult[],
  stop: string | null,
): EvaluationReport['verdict'] {
  if (stop !== null) return { outcome: 'stop', because: stop };
  const goals = results.filter(({ role }) => role === 'goal');
  const rewards = goals.filter(({ metric }) => metric === rewardGoal);
  // The reward is what the loop is for: another goal names the best arm only where it does not.
  const best = bestOf(rewards) ?? bestOf(goals);
  if (best !== undefined)
    return {
      outcome: 'better',
      because: `${best.arm} has a ${best.metric} ${rangeOf(best)} than ${control}`,
    };
  if (rewards.every(({ verdict }) => verdict === 'worse'))
    return { outcome: 'worse', because: `every other arm has a lower ${rewardGoal} than ${control}` };
  const widest = rewards.reduce((width, { lower, upper }) => Math.max(width, upper - lower), 0);
  return {
    outcome: 'undecided',
    because: `no arm is shown to be better than ${control} yet: the intervals are ${number(widest)} wide`,
  };
}

function bestOf(results: readonly MetricResult[]): MetricResult | undefined {
  return results
    .filter(({ verdict }) => verdict === 'better')
    .toSorted((a, b) => Math.abs(b.estimate) - Math.abs(a.estimate))[0];
}

function rangeOf({ estimate, lower, upper }: MetricResult): string {
  return estimate > 0
    ? `higher by ${number(lower)} to ${number(upper)}`
    : `lower by ${number(-upper)} to ${number(-lower)}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
