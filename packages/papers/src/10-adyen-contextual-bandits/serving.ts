import { epsilonGreedyProbabilities, fastCbProbabilities, squareCbProbabilities } from 'heed/math';
import type { PaymentBatch } from 'heed/environments';
import type { Arm } from './config.ts';
import type { Score } from './models.ts';

/** Probabilities over the offered interventions, from their scores. */
export type Rule = (scores: Float64Array) => Float64Array;

const matchedRows = 1_000;

/** The rule of an arm for one model; γ where it is to be matched is found on the first transactions of `sample`. */
export function ruleOf(
  arm: Arm,
  score: Score,
  sample: PaymentBatch,
  {
    epsilon,
    ablation,
    random,
  }: { readonly epsilon: number; readonly ablation: string | null; readonly random: () => number },
): { readonly rule: Rule; readonly gamma: number } {
  const epsilonGreedy: Rule = (scores) => epsilonGreedyProbabilities(scores, epsilon);
  if (arm.rule === 'uniform') return { rule: (scores) => scores.map(() => 1 / scores.length), gamma: 0 };
  if (arm.rule === 'greedy') return { rule: (scores) => epsilonGreedyProbabilities(scores, 0), gamma: Infinity };
  if (arm.rule === 'epsilonGreedy') return { rule: epsilonGreedy, gamma: 0 };
  const withGamma = (gamma: number): Rule => {
    if (arm.rule === 'fastCb') return (scores) => fastCbProbabilities(scores, gamma);
    if (ablation === 'flipped gap') return (scores) => flippedProbabilities(scores, gamma);
    if (ablation === 'random gap') return (scores) => shuffledProbabilities(scores, gamma, random);
    return (scores) => squareCbProbabilities(scores, gamma);
  };
  // The flipped rule never explores as little as ε-greedy: it keeps the γ of the right one.
  const search =
    ablation === 'flipped gap' && arm.rule === 'squareCb'
      ? (gamma: number): Rule =>
          (scores) =>
            squareCbProbabilities(scores, gamma)
      : withGamma;
  const gamma = typeof arm.gamma === 'number' ? arm.gamma : matchGamma(score, sample, epsilonGreedy, search);
  return { rule: withGamma(gamma), gamma };
}

/** The scores of the offered interventions of one transaction. */
export function scoresOf(score: Score, batch: PaymentBatch, row: number): Float64Array {
  const from = batch.starts[row] ?? 0;
  const length = (batch.starts[row + 1] ?? 0) - from;
  return Float64Array.from({ length }, (_, place) => score(batch, row, batch.offered[from + place] ?? 0));
}

/** Index of the largest; the first of equals. */
export function best(scores: Float64Array): number {
  let found = 0;
  for (let index = 1; index < scores.length; index += 1) if ((scores[index] ?? 0) > (scores[found] ?? 0)) found = index;
  return found;
}

function matchGamma(score: Score, sample: PaymentBatch, target: Rule, withGamma: (gamma: number) => Rule): number {
  const all = Array.from({ length: Math.min(matchedRows, sample.count) }, (_, row) => scoresOf(score, sample, row));
  const exploration = (rule: Rule): number =>
    all.reduce((sum, scores) => sum + 1 - (rule(scores)[best(scores)] ?? 0), 0) / all.length;
  const wanted = exploration(target);
  let [low, high] = [0, 1e7];
  for (let turn = 0; turn < 24; turn += 1) {
    // γ spans several powers of ten.
    const middle = Math.sqrt((low + 1) * (high + 1)) - 1;
    if (exploration(withGamma(middle)) > wanted) low = middle;
    else high = middle;
  }
  return high;
}

/** The ablation: explores most where the score is lowest, `p(a) = 1 / (K + γ (f(a) − min f))`. */
function flippedProbabilities(scores: Float64Array, gamma: number): Float64Array {
  const top = best(scores);
  const least = scores.reduce((low, score) => Math.min(low, score), Infinity);
  const probabilities = scores.map((score) => 1 / (scores.length + gamma * (score - least)));
  probabilities[top] = 0;
  probabilities[top] = 1 - probabilities.reduce((sum, probability) => sum + probability, 0);
  return probabilities;
}

/** The ablation: SquareCB with the others' scores in any order, so that the gap says nothing. */
function shuffledProbabilities(scores: Float64Array, gamma: number, random: () => number): Float64Array {
  const top = best(scores);
  const others = [...scores.keys()].filter((index) => index !== top);
  const shuffled = scores.slice();
  others.forEach((index, place) => {
    const swapped = others[place + Math.floor(random() * (others.length - place))] ?? index;
    [shuffled[index], shuffled[swapped]] = [shuffled[swapped] ?? 0, shuffled[index] ?? 0];
  });
  return squareCbProbabilities(shuffled, gamma);
}
