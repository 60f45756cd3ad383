import { generationDefaults, oscillationOf } from '../evaluation/index.ts';
import type { GenerationReport, Oscillation } from '../evaluation/index.ts';
import { isHeedError, schemaVersion } from '../spec/index.ts';
import type { EvaluationReport } from '../spec/index.ts';
import { smallestIdAt } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { readGenerations } from './generations.ts';
import type { ServingState } from './serving-state.ts';
import { generationMessages } from './webhooks.ts';
import type { GenerationHappened, WebhookMessage } from './webhooks.ts';

const kind = 'generation';

/**
 * Makes a look at a loop's newest generation that has ended and whose rewards are known: where it earned less than the one before,
 * or the last ones go up and down, that is told, once, whichever worker looks. Its report is kept, so that one is made of each.
 */
export function createGenerationWatch(
  context: Context,
  state: Pick<ServingState, 'artifact' | 'stateById'>,
  send: (messages: readonly WebhookMessage[]) => Promise<void>,
): (loop: RunningLoop) => Promise<EvaluationReport | null> {
  const { store, clock } = context;
  const looked = new Map<string, string>();

  return async (loop) => {
    const { name, attributionWindowSeconds } = loop.configuration;
    // What served until this release did so before the window that is open now.
    const before = smallestIdAt(clock() - attributionWindowSeconds * 1_000);
    const { items } = await store.releases.list({ loop: name, step: 'full', before, limit: 2 });
    const [next, ended] = items;
    if (next === undefined || ended === undefined || looked.get(name) === next.id) return null;
    try {
      const report = next.artifact === ended.artifact ? null : await judge(loop, ended.artifact, next.id);
      looked.set(name, next.id);
      return report;
    } catch (error) {
      // The store's troubles pass; a generation that cannot be told of must not keep the worker from its other duties.
      if (isHeedError(error) && error.retryable) throw error;
      looked.set(name, next.id);
      context.log(`cannot tell of the generation ${ended.artifact} of ${name}: ${String(error)}`);
      return null;
    }
  };

  async function judge(loop: RunningLoop, artifact: string, endedBy: string): Promise<EvaluationReport | null> {
    const { name } = loop.configuration;
    const { items: kept } = await store.evaluationReports.list({ loop: name, artifact, kind, limit: 1 });
    if (kept.length > 0) return null;
    const { generations } = await readGenerations(context, state, loop, { last: 2, endedBy });
    const generation = generations.find((each) => each.artifact === artifact);
    if (generation === undefined) return null;
    return store.transaction(
      async (transaction) => {
        const filter = { loop: name, kind, limit: generationDefaults.mostGenerations - 1 };
        const { items: earlier } = await store.evaluationReports.list(filter, transaction);
        if (earlier.some((each) => each.artifact === artifact)) return null;
        const all = [{ value: generation.reward, count: generation.rewards }, ...earlier.map(rewardIn)];
        const values = all.flatMap(({ value, count }) =>
          value === null || count < generationDefaults.leastClusters ? [] : [value],
        );
        const oscillation = oscillationOf(values.toReversed());
        const report = reportOf(context, name, generation, oscillation);
        const happened: GenerationHappened[] = [];
        if (generation.degraded) happened.push('degraded');
        // While it lasts it is told of the first generation alone.
        if (oscillation.oscillating && earlier[0]?.diagnostics['oscillating'] !== true) happened.push('oscillating');
        for (const each of happened) context.log(`the generation ${artifact} of ${name} is ${each}`);
        await send(generationMessages(context.webhooks, { loop: name, artifact, report: report.id }, happened));
        await store.evaluationReports.insert(report, transaction);
        return report;
      },
      { lock: `heed generations ${name}` },
    );
  }
}

/** The mean reward in a report of an earlier generation. */
function rewardIn({ estimates }: EvaluationReport): { readonly value: number | null; readonly count: number } {
  return estimates[0] ?? { value: null, count: 0 };
}

function reportOf(
  { newId, clock }: Pick<Context, 'newId' | 'clock'>,
  loop: string,
  generation: GenerationReport,
  oscillation: Oscillation,
): EvaluationReport {
  const { artifact, decisions, rewards, reward, interval, difference, degraded } = generation;
  const { explorationRate, entropy, otherProbability, zeroShare } = generation;
  const method = 'student';
  return {
    schemaVersion,
    id: newId(),
    loop,
    artifact,
    kind,
    computedFrom: { decisions, before: difference?.to ?? null },
    estimates: [
      {
        name: 'reward',
        value: reward,
        interval: interval === null ? null : { ...interval, level: generationDefaults.level, method },
        count: rewards,
      },
      {
        name: 'difference',
        value: difference?.value ?? null,
        interval: difference && { lower: difference.lower, upper: difference.upper, level: difference.level, method },
        count: rewards,
      },
    ],
    diagnostics: {
      explorationRate,
      entropy,
      otherProbability,
      zeroShare,
      degraded,
      autocorrelation: oscillation.autocorrelation,
      oscillating: oscillation.oscillating,
    },
    verdict: verdictOf(generation, oscillation),
    createdAt: new Date(clock()).toISOString(),
  };
}

function verdictOf({ difference, degraded }: GenerationReport, { oscillating, autocorrelation }: Oscillation) {
  if (difference !== null && degraded)
    return { outcome: 'degraded', because: `it earns ${-difference.value} less a decision than ${difference.to}` };
  if (oscillating)
    return { outcome: 'oscillating', because: `rewards go up and down: their autocorrelation is ${autocorrelation}` };
  if (difference === null)
    return { outcome: 'unknown', because: 'rewards enough are not known of it and of one before' };
  return { outcome: 'sound', because: `it is not shown to earn less than ${difference.to}` };
}
