import type { JsonObject } from '../../spec/index.ts';
import type { Context, RunningLoop } from '../context.ts';
import type { ServingState } from '../serving-state.ts';
import type { CaseLog } from './cases.ts';
import type { EvaluateOptions } from './request.ts';
import { endOfLog, leftOutReasons, readStored } from './stored.ts';
import type { LeftOut } from './stored.ts';

/** What a loop has recorded, as a log that can be read twice. */
export async function createStoreLog(
  context: Context,
  state: ServingState,
  { configuration }: RunningLoop,
  { from, to, onProgress, signal }: EvaluateOptions,
): Promise<CaseLog> {
  const loop = configuration.name;
  const upTo = await endOfLog(context, loop);
  const versions = new Map((await context.store.loops.list(loop)).map((each) => [each.version, each.configuration]));
  let leftOut = new Map<LeftOut, number>();
  let [decisions, all] = [0, 0];
  let promised: number | null = 1;

  return {
    async read(take) {
      leftOut = new Map();
      decisions = 0;
      for await (const page of readStored(context, state, { loop, from, to, upTo })) {
        signal?.throwIfAborted();
        for (const { origin, loopVersion } of page.decisions) {
          const version = origin === 'served' ? versions.get(loopVersion) : undefined;
          const least = version?.action.type === 'choice' ? version.leastProbability : 0;
          promised = promised === null || least === 0 ? null : Math.min(promised, least);
        }
        for (const reason of page.leftOut) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
        page.cases.forEach(take);
        decisions += page.decisions.length;
        all += page.decisions.length;
        onProgress?.(all);
      }
    },
    facts: () => ({
      computedFrom: { source: 'store', from: from ?? null, to: to ?? null, upTo, decisions },
      leftOut: Object.fromEntries(
        [...leftOut].map(([reason, count]) => [leftOutReasons[reason], count]),
      ) satisfies JsonObject,
      unanswered: (leftOut.get('none') ?? 0) + (leftOut.get('censored') ?? 0),
    }),
    leastProbability: () => (decisions === 0 ? null : promised),
  };
}
