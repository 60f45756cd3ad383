import { createRandom, drawIndex } from 'heed/math';
import { createPayments } from 'heed/environments';
import type { PaymentBatch } from 'heed/environments';
import type { Outcome, SeedRun } from '../frame/paper.ts';
import type { Arm, Settings } from './config.ts';
import { fitOracle } from './models.ts';
import type { Judged, Score } from './models.ts';
import { best, ruleOf, scoresOf } from './serving.ts';
import type { Rule } from './serving.ts';

/** A batch as an arm served it. */
interface Log {
  readonly batch: PaymentBatch;
  readonly actions: Uint8Array;
  readonly rewards: Uint8Array;
}

/** What is measured of one model and rule on the hold-out. All without noise: the truths are known. */
interface Measures {
  /** Mean reward of the rule, and of always taking the model's best. */
  readonly value: number;
  readonly greedy: number;
  /** Mean loss of reward of a drawn action that is not the best, and of a uniformly drawn one. */
  readonly gap: number;
  readonly uniformGap: number;
  readonly exploration: number;
  /** Of the model, in nats, under uniformly drawn interventions. */
  readonly logLoss: number;
}

const unfitted: Score = () => 0.5;

/** Runs every arm over the same stream of transactions; each arm's lists have one number per generation. */
export function runGenerations({ settings, seed, ablation, pulse }: SeedRun<Settings>): Outcome {
  const { retireEvery, regimeEvery } = settings;
  const world = createPayments(`payments ${seed}`, { retireEvery, regimeEvery });
  const batches = Array.from({ length: settings.generations }, (_, number) => world.batch(number, settings.batch));
  const still = retireEvery === 0 && regimeEvery === 0;
  const fixed = world.batch(0, settings.holdout, 'holdout');
  const holdout = (generation: number): PaymentBatch =>
    still ? fixed : world.batch(generation, settings.holdout, 'holdout');
  const found: Record<string, number[]> = {};
  settings.arms.forEach((arm, index) => {
    const logs: Log[] = [];
    const random = createRandom(`ablation ${seed} ${arm.name}`).uniform;
    batches.forEach((batch, generation) => {
      const window = windowOf(logs, generation, arm.memory);
      const score =
        window.length === 0
          ? unfitted
          : fitOracle(arm.oracle, window, world.options, settings.l2, ablation === 'free constant');
      const uniform: Arm = { ...arm, rule: 'uniform' };
      // Before the first labels are there, everybody serves uniformly.
      const serving = window.length === 0 ? uniform : arm;
      const { rule, gamma } = ruleOf(serving, score, holdout(generation), {
        epsilon: settings.epsilon,
        ablation,
        random,
      });
      logs.push(serve(batch, score, rule));
      const zeros = window.reduce((sum, { reward }) => sum + 1 - reward, 0) / window.length;
      const measures = { ...measure(holdout(generation), score, rule), zeros: window.length === 0 ? 0 : zeros, gamma };
      for (const [name, value] of Object.entries(measures)) (found[`${arm.name} ${name}`] ??= []).push(value);
    });
    pulse((index + 1) / settings.arms.length);
  });
  return found;
}

/** Rows whose label has come: batch j is usable from generation j + 2 on, its late labels one later. */
function windowOf(logs: readonly Log[], generation: number, memory: number): Judged[] {
  const newest = generation - 2;
  const window: Judged[] = [];
  for (let at = Math.max(0, newest - memory + 1); at <= newest; at += 1) {
    const log = logs[at];
    if (log === undefined) continue;
    for (let row = 0; row < log.batch.count; row += 1) {
      if (at === newest && log.batch.late[row] === 1) continue;
      window.push({ batch: log.batch, row, action: log.actions[row] ?? 0, reward: log.rewards[row] ?? 0 });
    }
  }
  return window;
}

function serve(batch: PaymentBatch, score: Score, rule: Rule): Log {
  const actions = new Uint8Array(batch.count);
  const rewards = new Uint8Array(batch.count);
  for (let row = 0; row < batch.count; row += 1) {
    const place = (batch.starts[row] ?? 0) + drawIndex(rule(scoresOf(score, batch, row)), batch.actionDraws[row] ?? 0);
    actions[row] = batch.offered[place] ?? 0;
    rewards[row] = (batch.rewardDraws[row] ?? 0) < (batch.truths[place] ?? 0) ? 1 : 0;
  }
  return { batch, actions, rewards };
}

function measure(holdout: PaymentBatch, score: Score, rule: Rule): Measures {
  const { count, starts, truths } = holdout;
  let [value, greedy, gapSum, exploration, uniformGap, logLoss] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < count; row += 1) {
    const scores = scoresOf(score, holdout, row);
    const probabilities = rule(scores);
    const from = starts[row] ?? 0;
    const top = best(scores);
    const topTruth = truths[from + top] ?? 0;
    greedy += topTruth;
    for (let place = 0; place < scores.length; place += 1) {
      const truth = truths[from + place] ?? 0;
      const probability = probabilities[place] ?? 0;
      const said = scores[place] ?? 0;
      value += probability * truth;
      logLoss -= (truth * Math.log(said) + (1 - truth) * Math.log(1 - said)) / scores.length;
      if (place === top) continue;
      exploration += probability;
      gapSum += probability * (topTruth - truth);
      uniformGap += (topTruth - truth) / (scores.length - 1);
    }
  }
  return {
    value: value / count,
    greedy: greedy / count,
    gap: gapSum / exploration,
    uniformGap: uniformGap / count,
    exploration: exploration / count,
    logLoss: logLoss / count,
  };
}
