import { readFileSync } from 'node:fs';
import { createTables, learnExample } from '../../packages/heed/src/learner/adaptive-gradient.ts';
import { contextualBanditDefaults } from '../../packages/heed/src/learner/index.ts';
import {
  createRandom,
  drawIndex,
  linearSums,
  squareCbGamma,
  squareCbNext,
} from '../../packages/heed/src/math/index.ts';
import type { FeatureRows } from '../../packages/heed/src/math/index.ts';
import { actionCount } from './problem.ts';
import type { ProblemFiles } from './problem.ts';
import { readTextExamples } from './text.ts';

const mask = 2 ** 18 - 1;
const nothingTaken = new Uint8Array(actionCount);

/** The peer's own γ, so that both explore alike. */
const gammaScale = 10;
const gammaExponent = 0.5;

/** Heed's gradient steps and SquareCB in one process, one example at a time. */
function createBandit() {
  const tables = createTables(mask + 1);
  const hashes = new Uint32Array(1_024);
  const values = new Float32Array(1_024);
  let examples = 0;
  return {
    /** Probabilities of the actions. */
    explore(rows: FeatureRows): Float64Array {
      return squareCbNext(
        linearSums(rows, tables.weights, mask),
        squareCbGamma(gammaScale, gammaExponent, examples),
        nothingTaken,
      );
    },
    learn(
      { hashes: allHashes, values: allValues, sharedEnd, starts }: FeatureRows,
      action: number,
      reward: number,
    ): void {
      const [from, to] = [starts[action] ?? 0, starts[action + 1] ?? 0];
      hashes.set(allHashes.subarray(0, sharedEnd));
      hashes.set(allHashes.subarray(from, to), sharedEnd);
      values.set(allValues.subarray(0, sharedEnd));
      values.set(allValues.subarray(from, to), sharedEnd);
      learnExample(
        tables,
        { hashes, values, length: sharedEnd + to - from, label: reward, weight: 1 },
        contextualBanditDefaults.gradient,
      );
      examples += 1;
    },
  };
}

/** Reads the text file, works out what to do in each example, and learns its logged action. Seconds. */
export function timeText({ text }: ProblemFiles): number {
  const bandit = createBandit();
  const start = performance.now();
  readTextExamples(text, ({ rows, action, cost }) => {
    bandit.explore(rows);
    bandit.learn(rows, action, -cost);
  });
  return (performance.now() - start) / 1_000;
}

/** The same with examples that were read before. Seconds for `most` examples. */
export function timeMemory({ text }: ProblemFiles, most: number): number {
  const kept: { rows: FeatureRows; action: number; reward: number }[] = [];
  readTextExamples(text, ({ rows: { hashes, values, sharedEnd, starts }, action, cost }) => {
    const end = starts.at(-1) ?? 0;
    if (kept.length < most)
      kept.push({
        rows: { hashes: hashes.slice(0, end), values: values.slice(0, end), sharedEnd, starts: [...starts] },
        action,
        reward: -cost,
      });
  });
  const bandit = createBandit();
  const start = performance.now();
  for (const { rows, action, reward } of kept) {
    bandit.explore(rows);
    bandit.learn(rows, action, reward);
  }
  return (performance.now() - start) / 1_000;
}

/** Acts, is told the reward of what it did, learns: mean reward. */
export function meanReward({ text, rewards: path }: ProblemFiles, seed: string): number {
  const rewards = readFileSync(path);
  const bandit = createBandit();
  const random = createRandom(seed);
  let count = 0;
  let total = 0;
  readTextExamples(text, ({ rows }) => {
    const action = drawIndex(bandit.explore(rows), random.uniform());
    const reward = rewards[count * actionCount + action] ?? 0;
    bandit.learn(rows, action, reward);
    total += reward;
    count += 1;
  });
  return total / count;
}
