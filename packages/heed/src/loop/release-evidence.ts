import { createLogScorer } from '../evaluation/release/index.ts';
import type { CanaryEvidence, LogScore, LogStage, GateVerdict } from '../evaluation/release/index.ts';
import { schemaVersion } from '../spec/index.ts';
import type { Decision, EvaluationReport, JsonObject, Policy, Signal } from '../spec/index.ts';
import { createCandidatesReader } from './candidate-sets.ts';
import type { Context, RunningLoop } from './context.ts';
import { toPolicyRequest } from './experience.ts';
import { newestRewardsOfTaken } from './newest-rewards.ts';
import type { ServingState } from './serving-state.ts';

/** Decisions read at a time. */
const pageSize = 500;
/** Where most decisions cannot be scored (others' that had no candidates), so many times as many are looked at. */
const mostPasses = 20;

export interface LogReading {
  /** Only decisions with a larger id, oldest first; left out: the newest ones. */
  readonly after?: string | undefined;
  /** Decisions to read at most. */
  readonly most: number;
  /** The policy decides each once more with the seed of the decision, as if it served. */
  readonly asServed: boolean;
}

/** Scores a policy on decisions of the loop's log: those that have candidates, and whose subject was not forgotten. */
export async function scoreOnLog(
  context: Context,
  state: Pick<ServingState, 'stateById'>,
  { configuration }: Pick<RunningLoop, 'configuration'>,
  policy: Policy,
  { after, most, asServed }: LogReading,
): Promise<LogScore> {
  const { store, newSeed } = context;
  const { name, reward, release } = configuration;
  const scorer = createLogScorer(policy, { range: reward.range, alpha: release.gates?.alpha });
  const sets = createCandidatesReader(store);
  let at = after;
  let looked = 0;
  for (let left = most; left > 0 && looked < most * mostPasses;) {
    const page = await store.decisions.list({
      loop: name,
      limit: Math.min(left, pageSize),
      ...(at !== undefined && { after: at }),
      ...(after !== undefined && { order: 'oldest' as const }),
    });
    const usable = page.items.filter(({ candidates, forgotten }) => candidates !== null && forgotten !== true);
    const signals = await store.signals.ofDecisions(usable.map(({ id }) => id));
    await sets.fetch(usable.flatMap(({ candidates }) => candidates?.set ?? []));
    for (const decision of usable) {
      const subjectState = decision.subjectState === null ? null : await state.stateById(decision.subjectState);
      const candidates = await sets.of(decision.candidates?.set ?? '');
      scorer.take({
        id: decision.id,
        request: { ...toPolicyRequest(decision, candidates), subjectState },
        action: decision.action,
        probability: probabilityOf(decision),
        reward: rewardOf(signals.get(decision.id) ?? [], reward.range),
        seed: asServed ? (decision.behaviour.seed ?? newSeed()) : undefined,
      });
    }
    left -= usable.length;
    looked += page.items.length;
    if (page.next === null) break;
    at = page.next;
  }
  return scorer.result();
}

/** Joint probability of what was done, where it was drawn and is known: of a fixed choice, another's weight says nothing. */
function probabilityOf({ behaviour: { kind, draw, logProbability } }: Decision): number | null {
  if (draw !== undefined) return sound(draw.marginal?.probability ?? null);
  return kind === 'exact' && logProbability !== null ? sound(Math.exp(logProbability)) : null;
}

/** What somebody else had logged may be anything: it is left out. */
function sound(probability: number | null): number | null {
  return probability !== null && probability > 0 && probability <= 1 ? probability : null;
}

/** Mean of a decision's rewards that are settled, each in its newest version. */
function rewardOf(signals: readonly Signal[], [least, largest]: readonly [number, number]): number | null {
  const values = newestRewardsOfTaken(signals).flatMap(({ status, value }) => {
    const reward = value?.kind === 'reward' ? value.rewards['reward'] : undefined;
    return reward === undefined || (status !== 'final' && status !== 'defaulted') ? [] : [reward];
  });
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.min(largest, Math.max(least, mean));
}

interface ReportOf {
  readonly loop: string;
  readonly artifact: string;
  readonly level: number;
  readonly computedFrom: JsonObject;
  readonly verdict: GateVerdict;
}

/** The record of what a policy showed on the log. */
export function reportOfLog(
  { newId, clock }: Pick<Context, 'newId' | 'clock'>,
  stage: LogStage,
  score: LogScore,
  { loop, artifact, level, computedFrom, verdict }: ReportOf,
): EvaluationReport {
  const { decisions, failures, firstFailure, changed, changedAnyhow, scored, difference, shifts, largestWeight } =
    score;
  return {
    schemaVersion,
    id: newId(),
    loop,
    artifact,
    kind: `release: ${stage}`,
    computedFrom,
    estimates: [
      {
        name: 'reward difference',
        value: finite(difference?.estimate),
        interval: intervalOf(difference, level),
        count: scored,
      },
      { name: 'changed', value: finite(changed), interval: null, count: decisions },
    ],
    diagnostics: {
      decisions,
      failures,
      firstFailure,
      changedAnyhow: finite(changedAnyhow),
      largestWeight,
      shifts: shifts.map((shift) => ({ ...shift })),
    },
    verdict: { ...verdict },
    createdAt: new Date(clock()).toISOString(),
  };
}

/** The record of what a canary showed. */
export function reportOfCanary(
  { newId, clock }: Pick<Context, 'newId' | 'clock'>,
  { reward, guardrails, sampleRatio }: CanaryEvidence,
  { loop, artifact, level, computedFrom, verdict }: ReportOf,
): EvaluationReport {
  const estimate = (name: string, result: typeof reward): EvaluationReport['estimates'][number] => ({
    name,
    value: finite(result.estimate),
    interval: intervalOf(result, level),
    count: result.treated.units + result.control.units,
  });
  const arms = (result: typeof reward): JsonObject => ({
    candidate: { units: result.treated.units, mean: finite(result.treated.mean) },
    serving: { units: result.control.units, mean: finite(result.control.mean) },
    pValue: result.pValue,
  });
  return {
    schemaVersion,
    id: newId(),
    loop,
    artifact,
    kind: 'release: canary',
    computedFrom,
    estimates: [
      estimate('reward difference', reward),
      ...guardrails.map((guardrail) => estimate(`difference of ${guardrail.name}`, guardrail)),
    ],
    diagnostics: {
      reward: arms(reward),
      guardrails: Object.fromEntries(guardrails.map((guardrail) => [guardrail.name, arms(guardrail)])),
      sampleRatio: { pValue: sampleRatio.pValue, suspicious: sampleRatio.suspicious },
    },
    verdict: { ...verdict },
    createdAt: new Date(clock()).toISOString(),
  };
}

export function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

export function intervalOf(
  ends: { readonly lower: number; readonly upper: number } | null,
  level: number,
): EvaluationReport['estimates'][number]['interval'] {
  if (ends === null || !Number.isFinite(ends.lower) || !Number.isFinite(ends.upper)) return null;
  return { lower: ends.lower, upper: ends.upper, level, method: 'confidence sequence' };
}
