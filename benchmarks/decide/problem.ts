import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { createRandom } from '../../packages/heed/src/math/index.ts';

export const actionCount = 20;
const documents = 2_000;
const vocabulary = 1_000;
const wordsPerDocument = 50;
const groups = 8;

/** A contextual-bandit problem as files: examples in Vowpal Wabbit's text form, and the reward of every action of each. */
export interface ProblemFiles {
  readonly text: string;
  /** One byte, 0 or 1, per example and action. */
  readonly rewards: string;
  readonly examples: number;
}

/**
 * Writes a problem: each example offers 20 of 2,000 documents, each of 50 words with values of norm 1 (51 features
 * with that of the context). The reward is 1 with probability `0.3 + 0.2 · (θ · words)`, cut to [0.02, 0.98];
 * the logged action is uniform.
 */
export function writeProblem(files: ProblemFiles, seed: string): void {
  const random = createRandom(seed);
  const theta = Float64Array.from({ length: vocabulary }, () => normal(random.uniform));
  const pool = Array.from({ length: documents }, () => createDocument(random.uniform, theta));
  const rewards = new Uint8Array(files.examples * actionCount);
  const output = openSync(files.text, 'w');
  for (let example = 0; example < files.examples; example += 1) {
    const offered = Array.from(
      { length: actionCount },
      () => pool[Math.floor(random.uniform() * documents)] ?? { text: '', mean: 0 },
    );
    const luck = random.uniform();
    offered.forEach(({ mean }, action) => {
      rewards[example * actionCount + action] = luck < mean ? 1 : 0;
    });
    const logged = Math.floor(random.uniform() * actionCount);
    const reward = rewards[example * actionCount + logged] ?? 0;
    const lines = offered.map(({ text }, action) =>
      action === logged ? `0:${-reward}:${1 / actionCount} ${text}` : text,
    );
    writeSync(output, `shared |s group${Math.floor(random.uniform() * groups)}\n${lines.join('\n')}\n\n`);
  }
  closeSync(output);
  writeFileSync(files.rewards, rewards);
}

function createDocument(uniform: () => number, theta: Float64Array): { text: string; mean: number } {
  const words = new Map<number, number>();
  // Squaring makes low numbers common words.
  while (words.size < wordsPerDocument) words.set(Math.floor(uniform() ** 2 * vocabulary), 0.2 + uniform());
  const norm = Math.hypot(...words.values());
  const rounded = [...words].map(([word, value]) => [word, (value / norm).toFixed(4)] as const);
  const score = rounded.reduce((sum, [word, value]) => sum + (theta[word] ?? 0) * Number(value), 0);
  const text = `|a ${rounded.map(([word, value]) => `word${word}:${value}`).join(' ')}`;
  return { text, mean: Math.min(0.98, Math.max(0.02, 0.3 + 0.2 * score)) };
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
