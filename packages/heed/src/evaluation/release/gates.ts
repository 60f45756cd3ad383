import type { Gates } from '../../spec/index.ts';
import type { ComparisonResult, SampleRatio } from '../experiment/index.ts';
import type { LogScore } from './log-score.ts';

/** Where a release goes from here, and why. */
export interface GateVerdict {
  readonly outcome: 'advance' | 'rollBack' | 'wait';
  readonly because: string;
}

/** One guardrail of a canary, with how far it may move to the bad side. */
export interface GuardrailResult extends ComparisonResult {
  readonly name: string;
  readonly tolerance: number;
  readonly higherIsBetter: boolean;
}

export interface CanaryEvidence {
  readonly reward: ComparisonResult;
  readonly guardrails: readonly GuardrailResult[];
  readonly sampleRatio: SampleRatio;
}

export type LogStage = 'apprentice' | 'shadow';

/**
 * Judges a policy that does not act yet: it goes on once it made enough decisions without a fault and was not shown to be
 * worse than what was done by more than the tolerance.
 */
export function judgeOnLog(
  stage: LogStage,
  score: LogScore,
  gates: Gates,
  { waitedSeconds }: { readonly waitedSeconds: number },
): GateVerdict {
  const { firstFailure, decisions, difference } = score;
  const least = gates[stage].decisions;
  if (firstFailure !== null)
    return {
      outcome: 'rollBack',
      because: `it could not make the decision ${firstFailure.decision}: ${firstFailure.why}`,
    };
  if (difference !== null && difference.upper < -gates.tolerance)
    return {
      outcome: 'rollBack',
      because: `on the log its reward is lower by ${number(-difference.upper)} at least, and ${number(gates.tolerance)} is put up with`,
    };
  if (decisions < least && waitedSeconds >= gates.patienceSeconds)
    return {
      outcome: 'rollBack',
      because: `in ${gates.patienceSeconds} s there were ${decisions} of ${least} logged decisions to ask it for`,
    };
  if (decisions < least)
    return { outcome: 'wait', because: `it was asked for ${decisions} of ${least} logged decisions` };
  return {
    outcome: 'advance',
    because: `it made ${decisions} logged decisions without a fault, and none of them shows it to be worse`,
  };
}

/**
 * Judges a policy that acts for some: back as soon as an interval shows harm, on as soon as one shows that there is none
 * beyond the tolerance. Both may be asked after every decision, as the intervals hold at all counts.
 */
export function judgeCanary(
  { reward, guardrails, sampleRatio }: CanaryEvidence,
  gates: Gates,
  { waitedSeconds }: { readonly waitedSeconds: number },
): GateVerdict {
  if (sampleRatio.suspicious)
    return {
      outcome: 'rollBack',
      because: `it did not get its share of the subjects (p = ${number(sampleRatio.pValue)}), so that nothing can be told from them`,
    };
  if (reward.upper < 0)
    return {
      outcome: 'rollBack',
      because: `its reward is lower by ${number(-reward.upper)} to ${number(-reward.lower)} than what serves`,
    };
  const harmed = guardrails.find((guardrail) => best(guardrail) < -guardrail.tolerance);
  if (harmed !== undefined)
    return {
      outcome: 'rollBack',
      because: `it moves ${harmed.name} by ${number(harmed.lower)} to ${number(harmed.upper)}, and ${number(harmed.tolerance)} is put up with`,
    };
  const { leastSubjects } = gates.canary;
  const unsure = guardrails.find((guardrail) => worst(guardrail) < -guardrail.tolerance);
  if (reward.treated.units >= leastSubjects && reward.lower >= -gates.tolerance && unsure === undefined)
    return {
      outcome: 'advance',
      because: `after ${reward.treated.units} subjects its reward is not lower by more than ${number(-Math.min(0, reward.lower))}, and ${number(gates.tolerance)} is put up with`,
    };
  if (waitedSeconds >= gates.patienceSeconds)
    return { outcome: 'rollBack', because: `in ${gates.patienceSeconds} s nothing showed that it is no worse` };
  return {
    outcome: 'wait',
    because:
      unsure === undefined || reward.lower < -gates.tolerance
        ? `after ${reward.treated.units} subjects its reward may still be lower by ${number(-reward.lower)}`
        : `${unsure.name} may still move by ${number(unsure.lower)} to ${number(unsure.upper)}`,
  };
}

function best({ lower, upper, higherIsBetter }: GuardrailResult): number {
  return higherIsBetter ? upper : -lower;
}

function worst({ lower, upper, higherIsBetter }: GuardrailResult): number {
  return higherIsBetter ? lower : -upper;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}
