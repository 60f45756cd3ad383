import { epsilonGreedyProbabilities, fastCbProbabilities, squareCbProbabilities } from 'heed/math';
import type { PaymentBatch } from 'heed/environments';
import { sampleRows } from './config.ts';
import type { Arm } from './config.ts';

/** Probabilities over the offered interventions, from their scores. */
export type Rule = (scores: Float64Array) => Float64Array;

/** The rule of an arm for one model; γ where it is to be matched is found on the first transactions of `sample`. */
export function ruleOf(
  arm: Arm,
  scores: Float64Array,
  sample: PaymentBatch,
  { ablation, random }: { readonly ablation: string | null; readonly random: () => number },
): { readonly rule: Rule; readonly gamma: number } {
  const { rule, gamma } = wholeRule(arm, scores, sample, ablation, random);
  if (arm.uniformShare === 0) return { rule, gamma };
  const kept = 1 - arm.uniformShare;
  return {
    rule: (own) => rule(own).map((probability) => kept * probability + arm.uniformShare / own.length),
    gamma,
  };
}

function wholeRule(
  arm: Arm,
  scores: Float64Array,
  sample: PaymentBatch,
  ablation: string | null,
  random: () => number,
): { readonly rule: Rule; readonly gamma: number } {
  const epsilonGreedy: Rule = (own) => epsilonGreedyProbabilities(own, arm.epsilon);
  if (arm.rule === 'uniform') return { rule: (own) => own.map(() => 1 / own.length), gamma: 0 };
  if (arm.rule === 'greedy') return { rule: (own) => epsilonGreedyProbabilities(own, 0), gamma: Infinity };
  if (arm.rule === 'epsilonGreedy') return { rule: epsilonGreedy, gamma: 0 };
  const withGamma = (gamma: number): Rule => {
    if (arm.rule === 'fastCb') return (own) => fastCbProbabilities(own, gamma);
    if (ablation === 'flipped gap') return (own) => flippedProbabilities(own, gamma);
    if (ablation === 'random gap') return (own) => shuffledProbabilities(own, gamma, random);
    return (own) => squareCbProbabilities(own, gamma);
  };
  // The flipped rule never explores as little as ε-greedy: it keeps the γ of the right one.
  const search =
    ablation === 'flipped gap' && arm.rule === 'squareCb'
      ? (gamma: number): Rule =>
          (own) =>
            squareCbProbabilities(own, gamma)
      : withGamma;
  const gamma = typeof arm.gamma === 'number' ? arm.gamma : matchGamma(scores, sample, epsilonGreedy, search);
  return { rule: withGamma(gamma), gamma };
}

/** Index of the largest; the first of equals. */
export function best(scores: Float64Array): number {
  let found = 0;
  for (let index = 1; index < scores.length; index += 1) if ((scores[index] ?? 0) > (scores[found] ?? 0)) found = index;
  return found;
}

function matchGamma(
  scores: Float64Array,
  { starts, count }: PaymentBatch,
  target: Rule,
  withGamma: (gamma: number) => Rule,
): number {
  const all = Array.from({ length: Math.min(sampleRows, count) }, (_, row) =>
    scores.subarray(starts[row], starts[row + 1]),
  );
  const exploration = (rule: Rule): number =>
    all.reduce((sum, own) => sum + 1 - (rule(own)[best(own)] ?? 0), 0) / all.length;
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
