import { setTimeout as wait } from 'node:timers/promises';
import { createIds } from '../../packages/heed/src/math/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { attempt } from './load.ts';
import { failuresOf } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { withServer } from './server.ts';
import { withFolder } from './workspace.ts';

const settleWithinMs = 30_000;
const lanes = 4;

/** One request of a run. */
interface Step {
  readonly kind: 'decision' | 'feedback';
  /** The number of the decision that it makes or judges. */
  readonly decision: number;
  readonly key: string;
  readonly body: object;
}

/** The same decisions and feedback, once in order, once doubled, shuffled and with feedback before its decision: the signals are equal. */
export const disorder: Scenario = ({ quick, seed, signal }) =>
  withFolder((folder) =>
    withServer(folder, async ({ url }) => {
      const { uniform } = createRandom(`${seed} disorder`);
      const newId = createIds(Date.now, (words) => crypto.getRandomValues(words));
      const amount = quick ? 40 : 400;
      const observed = Date.now();
      const orderly = stepsOf('orderly', amount, observed, newId);
      const disorderly = stepsOf('disorderly', amount, observed, newId);
      const sent = shuffled([...disorderly.steps, ...disorderly.steps], uniform);
      const wrong: string[] = [];
      async function send(steps: readonly Step[]): Promise<void> {
        for (const { kind, key, body } of steps) {
          signal.throwIfAborted();
          const reply = await attempt(url, kind, key, body);
          if (!('id' in reply)) wrong.push(`${key}: ${reply.why}`);
        }
      }
      // Each lane has all the steps of its decisions, in order.
      await Promise.all(lanesOf(orderly.steps, ({ decision }) => decision).map(send));
      await Promise.all(lanesOf(sent, (_step, place) => place).map(send));
      const rewards = await rewardsOf(url, [...orderly.ids, ...disorderly.ids], signal);
      const [expected, found] = [rewards.slice(0, amount), rewards.slice(amount)];
      const equal = expected.filter((reward, index) => reward === found[index]).length;
      const early = sent.filter(
        ({ kind, decision }, place) => kind === 'feedback' && place < placeOfDecision(sent, decision),
      ).length;
      return {
        figures: { decisions: amount, sent: sent.length, beforeTheirDecision: early, equalSignals: equal },
        failures: [
          ...wrong.slice(0, 5),
          ...failuresOf({
            'every judged decision has a signal': expected.filter((reward) => reward !== 'none').length === amount,
            'the signals are those of the orderly run': equal === amount,
            'some feedback came before its decision': early > 0,
          }),
        ],
      };
    }),
  );

/** Decisions, each judged by a rating, some also by a click, and some by a second rating that replaces the first. */
function stepsOf(
  run: string,
  amount: number,
  observed: number,
  newId: () => string,
): { readonly ids: readonly string[]; readonly steps: readonly Step[] } {
  const ids = Array.from({ length: amount }, newId);
  const steps = ids.flatMap((decision, index): Step[] => {
    const candidates = ['art', 'bread'].map((topic) => ({ item: topic, features: { topic } }));
    const judged = [
      { name: 'stars', value: index % 5 },
      ...(index % 2 === 0 ? [{ name: 'click' }] : []),
      ...(index % 3 === 0 ? [{ name: 'stars', value: (index % 7) / 2 }] : []),
    ].map((judgement, place) => ({
      key: `${run}-${place}-${index}`,
      body: {
        feedback: [
          { loop: 'front', decision, observedAt: new Date(observed + place * 1_000).toISOString(), ...judgement },
        ],
      },
    }));
    return [
      {
        kind: 'decision',
        decision: index,
        key: `${run}-decision-${index}`,
        body: { id: decision, context: { hour: index % 24 }, candidates },
      },
      ...judged.map(({ key, body }): Step => ({ kind: 'feedback', decision: index, key, body })),
    ];
  });
  return { ids, steps };
}

/** What each decision's newest signal says, once all have one and none changes any more. */
async function rewardsOf(url: string, ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  const until = performance.now() + settleWithinMs;
  let [before, rewards] = ['', [] as string[]];
  // Signals are derived a moment later: they are read until they stay as they are.
  do {
    before = rewards.join();
    await wait(1_000, undefined, { signal });
    rewards = await Promise.all(ids.map((id) => rewardOf(url, id)));
  } while (
    (rewards.join() !== before || rewards.filter((reward) => reward !== 'none').length < ids.length) &&
    performance.now() < until
  );
  return rewards;
}

async function rewardOf(url: string, id: string): Promise<string> {
  const response = await fetch(`${url}/v1/decisions/${id}`);
  const { signals = [] } = (await response.json()) as { signals?: readonly Signal[] };
  const newest = signals.toSorted((a, b) => b.version - a.version)[0];
  return newest === undefined ? 'none' : `${newest.status} ${JSON.stringify(newest.value)}`;
}

interface Signal {
  readonly version: number;
  readonly status: string;
  readonly value: unknown;
}

function placeOfDecision(steps: readonly Step[], wanted: number): number {
  return steps.findIndex(({ kind, decision }) => kind === 'decision' && decision === wanted);
}

/** Divides steps among lanes that are sent at once. */
function lanesOf(steps: readonly Step[], laneOf: (step: Step, place: number) => number): Step[][] {
  const divided: Step[][] = Array.from({ length: lanes }, () => []);
  for (const [place, step] of steps.entries()) divided[laneOf(step, place) % lanes]?.push(step);
  return divided;
}

function shuffled<Item>(items: readonly Item[], uniform: () => number): Item[] {
  return items
    .map((item) => ({ item, place: uniform() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
