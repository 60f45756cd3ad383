import type { PaymentBatch } from 'heed/environments';
import { sampleRows } from './config.ts';
import { best } from './serving.ts';
import type { Rule } from './serving.ts';

/** What is measured of one model and rule on the hold-out. All without noise: the truths are known. */
export interface Measures {
  /** Mean reward of the rule, and of always taking the model's best. */
  readonly value: number;
  readonly greedy: number;
  /** Mean loss of reward of a drawn action that is not the best, and of a uniformly drawn one. */
  readonly gap: number;
  readonly uniformGap: number;
  /** Probability of another action than the best; entropy of what is drawn, in nats; probability of one such action. */
  readonly exploration: number;
  readonly entropy: number;
  readonly otherProbability: number;
  /** Of the model under uniformly drawn interventions: log-loss in nats, area under the curve, calibration error. */
  readonly logLoss: number;
  readonly auc: number;
  readonly calibrationError: number;
}

export function measure(holdout: PaymentBatch, scores: Float64Array, rule: Rule): Measures {
  const { count, starts, truths } = holdout;
  let [value, greedy, gapSum, exploration, uniformGap, entropy, otherProbability] = [0, 0, 0, 0, 0, 0, 0];
  for (let row = 0; row < count; row += 1) {
    const from = starts[row] ?? 0;
    const own = scores.subarray(from, starts[row + 1]);
    const probabilities = rule(own);
    const top = best(own);
    const topTruth = truths[from + top] ?? 0;
    greedy += topTruth;
    for (let place = 0; place < own.length; place += 1) {
      const truth = truths[from + place] ?? 0;
      const probability = probabilities[place] ?? 0;
      value += probability * truth;
      if (probability > 0) entropy -= probability * Math.log(probability);
      if (place === top) continue;
      exploration += probability;
      otherProbability += probability / (own.length - 1);
      gapSum += probability * (topTruth - truth);
      uniformGap += (topTruth - truth) / (own.length - 1);
    }
  }
  return {
    value: value / count,
    greedy: greedy / count,
    gap: gapSum / exploration,
    uniformGap: uniformGap / count,
    exploration: exploration / count,
    entropy: entropy / count,
    otherProbability: otherProbability / count,
    logLoss: logLossOf(holdout, scores),
    ...rankAndCalibration(holdout, scores),
  };
}

/** Mean log-loss under uniformly drawn interventions, in nats. */
export function logLossOf({ count, starts, truths }: PaymentBatch, scores: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < count; row += 1) {
    const [from, to] = [starts[row] ?? 0, starts[row + 1] ?? 0];
    for (let place = from; place < to; place += 1) {
      const [truth, said] = [truths[place] ?? 0, scores[place] ?? 0];
      sum -= (truth * Math.log(said) + (1 - truth) * Math.log(1 - said)) / (to - from);
    }
  }
  return sum / count;
}

/** Share of transactions with each number of offered interventions in which another one than the best is drawn. */
export function explorationByOffered(
  { count, starts }: PaymentBatch,
  scores: Float64Array,
  rule: Rule,
  [least, most]: readonly [number, number],
): number[] {
  const sums = Array.from({ length: most - least + 1 }, () => ({ explored: 0, seen: 0 }));
  for (let row = 0; row < count; row += 1) {
    const own = scores.subarray(starts[row], starts[row + 1]);
    const sum = sums[own.length - least];
    if (sum === undefined) continue;
    sum.explored += 1 - (rule(own)[best(own)] ?? 0);
    sum.seen += 1;
  }
  return sums.map(({ explored, seen }) => explored / seen);
}

const bins = 10;

/** The area under the curve and the expected calibration error of 10 equal bins, on the first transactions. */
function rankAndCalibration(
  { starts, truths, count }: PaymentBatch,
  scores: Float64Array,
): Pick<Measures, 'auc' | 'calibrationError'> {
  const length = starts[Math.min(sampleRows, count)] ?? 0;
  const order = Uint32Array.from({ length }, (_, place) => place).toSorted(
    (a, b) => (scores[a] ?? 0) - (scores[b] ?? 0),
  );
  const inBin = Array.from({ length: bins }, () => ({ said: 0, true: 0 }));
  // A pair of an authorised and a refused one counts where the first has the larger score; equals count half.
  let [pairs, authorised, refused] = [0, 0, 0];
  for (let from = 0; from < length;) {
    const said = scores[order[from] ?? 0] ?? 0;
    let [ones, zeros, to] = [0, 0, from];
    for (; to < length && scores[order[to] ?? 0] === said; to += 1) {
      const truth = truths[order[to] ?? 0] ?? 0;
      ones += truth;
      zeros += 1 - truth;
    }
    pairs += ones * (refused + zeros / 2);
    authorised += ones;
    refused += zeros;
    const bin = inBin[Math.min(bins - 1, Math.floor(said * bins))];
    if (bin !== undefined) {
      bin.said += said * (to - from);
      bin.true += ones;
    }
    from = to;
  }
  const calibrationError = inBin.reduce((sum, bin) => sum + Math.abs(bin.said - bin.true), 0) / length;
  return { auc: pairs / (authorised * refused), calibrationError };
}
