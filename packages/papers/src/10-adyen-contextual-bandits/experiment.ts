import { createRuntime } from '@heed/compute';
import { createRandom, drawIndex } from 'heed/math';
import { createPayments } from 'heed/environments';
import type { PaymentBatch, Payments } from 'heed/environments';
import type { Outcome, SeedRun } from '../frame/paper.ts';
import { bestInClassRows, worlds } from './config.ts';
import type { Arm, Settings, WorldName } from './config.ts';
import { explorationByOffered, logLossOf, measure } from './measures.ts';
import { fitRegression, unfitted, weightsOf } from './models.ts';
import type { Model, Window } from './models.ts';
import { fitNetwork } from './network.ts';
import { ruleOf } from './serving.ts';
import type { Rule } from './serving.ts';

/** A batch as an arm served it. */
interface Log {
  readonly batch: PaymentBatch;
  readonly actions: Uint8Array;
  readonly rewards: Uint8Array;
  readonly probabilities: Float64Array;
}

/** What every arm of a world sees: the same transactions, and the same ones that are never served. */
interface Stream {
  readonly world: Payments;
  readonly batches: readonly PaymentBatch[];
  readonly holdouts: readonly PaymentBatch[];
}

interface Fitted {
  readonly model: Model;
  readonly close: () => Promise<void>;
}

/** Runs every arm over the stream of its world; each arm's lists have one number per generation. */
export async function runGenerations({ settings, seed, ablation, pulse }: SeedRun<Settings>): Promise<Outcome> {
  const arms = settings.arms.filter(({ besides }) => ablation === null || !besides);
  const streams = new Map<WorldName, Stream>();
  const streamOf = (name: WorldName): Stream => {
    const stream = streams.get(name) ?? makeStream(name, seed, settings);
    streams.set(name, stream);
    return stream;
  };
  const runtime = createRuntime();
  const fit = (arm: Arm, window: Window, generation: number, { world }: Stream): Promise<Fitted> | Fitted => {
    const weights = weightsOf(window, arm.weights);
    if (arm.oracle === 'T')
      return fitNetwork(runtime, window, world.options, { passes: settings.networkPasses, seed: generation, weights });
    const freeConstant = ablation === 'free constant';
    return {
      model: fitRegression(arm.oracle, window, world.options, { l2: arm.l2, weights, freeConstant }),
      close: () => Promise.resolve(),
    };
  };
  const found: Record<string, number | number[]> = {};
  const keep = (name: string, value: number): void => void ((found[name] ??= []) as number[]).push(value);
  try {
    for (const [index, arm] of arms.entries()) {
      const stream = streamOf(arm.world);
      const logs: Log[] = [];
      const random = createRandom(`ablation ${seed} ${arm.name}`).uniform;
      for (const [generation, batch] of stream.batches.entries()) {
        const window = windowOf(logs, generation, arm.memory);
        const fitted = window === null ? null : await fit(arm, window, generation, stream);
        const model = fitted?.model ?? unfitted;
        const holdout = stream.holdouts[generation] ?? batch;
        const heldScores = await model(holdout);
        // Before the first labels are there, everybody serves uniformly.
        const serving: Arm = window === null ? { ...arm, rule: 'uniform' } : arm;
        const { rule, gamma } = ruleOf(serving, heldScores, holdout, { ablation, random });
        logs.push(serve(batch, await model(batch), rule));
        await fitted?.close();
        const refused = window?.labels.reduce((sum, label) => sum + 1 - label, 0) ?? 0;
        const zeros = window === null ? 0 : refused / window.labels.length;
        for (const [name, value] of Object.entries({ ...measure(holdout, heldScores, rule), zeros, gamma }))
          keep(`${arm.name} ${name}`, value);
        if (generation < settings.generations - 1) continue;
        const { leastOffered, mostOffered } = stream.world.options;
        found[`${arm.name} byOffered`] = explorationByOffered(holdout, heldScores, rule, [leastOffered, mostOffered]);
      }
      pulse((index + 1) / arms.length);
    }
    if (ablation === null) await keepBestInClass();
  } finally {
    await runtime.close();
  }
  return found;

  /** The log-loss of each family fitted to plenty of uniformly served transactions: what it has to offer. */
  async function keepBestInClass(): Promise<void> {
    const stream = streamOf('still');
    const plenty = stream.world.batch(0, bestInClassRows, 'plenty');
    const log = serve(plenty, await unfitted(plenty), (scores) => scores.map(() => 1 / scores.length));
    const families = new Map(arms.filter(({ rule }) => rule === 'uniform').map((arm) => [arm.oracle, arm]));
    for (const [oracle, arm] of families) {
      const fitted = await fit(
        arm,
        windowOfLogs([log], () => true),
        0,
        stream,
      );
      const [holdout] = stream.holdouts;
      if (holdout !== undefined) found[`best ${oracle} logLoss`] = logLossOf(holdout, await fitted.model(holdout));
      await fitted.close();
    }
  }
}

function makeStream(name: WorldName, seed: number, { generations, batch, holdout }: Settings): Stream {
  const changes = worlds[name];
  const world = createPayments(`payments ${seed}`, changes);
  const numbers = Array.from({ length: generations }, (_, number) => number);
  const fixed = world.batch(0, holdout, 'holdout');
  return {
    world,
    batches: numbers.map((number) => world.batch(number, batch)),
    holdouts: numbers.map((number) => (name === 'still' ? fixed : world.batch(number, holdout, 'holdout'))),
  };
}

/** Rows whose label has come: batch j is usable from generation j + 2 on, its late labels one later; null where there are none. */
function windowOf(logs: readonly Log[], generation: number, memory: number): Window | null {
  const newest = generation - 2;
  if (newest < 0) return null;
  const window = logs.slice(Math.max(0, newest - memory + 1), newest + 1);
  return windowOfLogs(window, ({ batch }, row) => batch !== logs[newest]?.batch || batch.late[row] === 0);
}

function windowOfLogs(logs: readonly Log[], has: (log: Log, row: number) => boolean): Window {
  const places = logs.flatMap((log) =>
    Array.from({ length: log.batch.count }, (_, row) => ({ log, batch: log.batch, row })).filter(({ row }) =>
      has(log, row),
    ),
  );
  return {
    places,
    actions: Uint8Array.from(places, ({ log, row }) => log.actions[row] ?? 0),
    labels: Float64Array.from(places, ({ log, row }) => log.rewards[row] ?? 0),
    probabilities: Float64Array.from(places, ({ log, row }) => log.probabilities[row] ?? 1),
  };
}

/** Draws an intervention for each transaction, and logs how likely it was among those that were offered. */
export function serve(batch: PaymentBatch, scores: Float64Array, rule: Rule): Log {
  const { count, starts, offered, truths } = batch;
  const actions = new Uint8Array(count);
  const rewards = new Uint8Array(count);
  const probabilities = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const from = starts[row] ?? 0;
    const drawn = rule(scores.subarray(from, starts[row + 1]));
    const chosen = drawIndex(drawn, batch.actionDraws[row] ?? 0);
    actions[row] = offered[from + chosen] ?? 0;
    probabilities[row] = drawn[chosen] ?? 1;
    rewards[row] = (batch.rewardDraws[row] ?? 0) < (truths[from + chosen] ?? 0) ? 1 : 0;
  }
  return { batch, actions, rewards, probabilities };
}
