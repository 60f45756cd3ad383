import { parseOptions } from '../parse-options.ts';
import {
  addDiscountedReward,
  checkDiscounted,
  discountedBounds,
  discountedWidth,
  noDiscountedRewards,
} from './discounted.ts';
import type { DiscountedStatistics } from './discounted.ts';
import { dynamicalLinearSchemas, toDiscountedOptions, toDynamicalOptions } from './options.ts';
import { addReward, checkOptions, confidenceWidth, holdRounds, noRewards } from './ucb.ts';

/** What a rule knows, as arrays by name. */
export type Statistics = Readonly<Record<string, Float64Array>>;

/** How one of these learners counts, holds and bounds. */
export interface Rule {
  readonly fields: readonly string[];
  readonly ridge: number;
  /** Whether what is played is held over several rounds. */
  readonly holds: boolean;
  /** Whether every round of what is held is learned from, not its last alone. */
  readonly learnsFromEvery: boolean;
  /** How long a round lasts, where that is known. */
  readonly roundSeconds: number | null;
  /** Rounds of epoch m, from 1. */
  readonly roundsOf: (epoch: number) => number;
  /** β after so many rounds. */
  readonly width: (round: number) => number;
  readonly noRewards: () => Statistics;
  /** New statistics with one more reward. */
  readonly addReward: (statistics: Statistics, vector: Float64Array, reward: number) => Statistics;
  /** The estimate, and the matrix of the deviations. */
  readonly bounds: (statistics: Statistics) => { readonly estimate: Float64Array; readonly matrix: Float64Array };
}

/** The rules by their learner's name, from its options. @throws HeedError `invalid-configuration`. */
export const rules = { 'dyn-lin-ucb': dynamicalRule, 'd-lin-ucb': discountedRule } as const;

function dynamicalRule(given: unknown): Rule {
  const options = parseOptions('dyn-lin-ucb', dynamicalLinearSchemas['dyn-lin-ucb'], given);
  const { fields, widthScale, roundSeconds, learnFrom } = options;
  const formula = toDynamicalOptions(options);
  checkOptions(formula);
  const { ridge, bounds } = formula;
  const width = confidenceWidth(formula, fields.length);
  return {
    fields,
    ridge,
    holds: true,
    learnsFromEvery: learnFrom === 'every',
    roundSeconds,
    roundsOf: (epoch) => 1 + holdRounds(epoch, bounds.spectralRadius),
    width: (round) => widthScale * width(round),
    noRewards: () => ({ ...noRewards(fields.length, ridge) }),
    addReward(statistics, vector, reward) {
      const next = {
        inverse: arrayOf(statistics, 'inverse').slice(),
        sums: arrayOf(statistics, 'sums').slice(),
        estimate: arrayOf(statistics, 'estimate').slice(),
      };
      addReward(next, vector, reward);
      return next;
    },
    bounds: (statistics) => ({ estimate: arrayOf(statistics, 'estimate'), matrix: arrayOf(statistics, 'inverse') }),
  };
}

function discountedRule(given: unknown): Rule {
  const options = parseOptions('d-lin-ucb', dynamicalLinearSchemas['d-lin-ucb'], given);
  const { fields, widthScale } = options;
  const formula = toDiscountedOptions(options);
  checkDiscounted(formula);
  const width = discountedWidth(formula, fields.length);
  return {
    fields,
    ridge: formula.ridge,
    holds: false,
    learnsFromEvery: false,
    roundSeconds: null,
    roundsOf: () => 1,
    width: (round) => widthScale * width(round),
    noRewards: () => ({ ...noDiscountedRewards(fields.length, formula.ridge) }),
    addReward(statistics, vector, reward) {
      const { matrix, squared, sums } = discountedOf(statistics);
      const next = { matrix: matrix.slice(), squared: squared.slice(), sums: sums.slice() };
      addDiscountedReward(next, vector, reward, formula);
      return next;
    },
    bounds: (statistics) => discountedBounds(discountedOf(statistics)),
  };
}

function discountedOf(statistics: Statistics): DiscountedStatistics {
  return {
    matrix: arrayOf(statistics, 'matrix'),
    squared: arrayOf(statistics, 'squared'),
    sums: arrayOf(statistics, 'sums'),
  };
}

function arrayOf(statistics: Statistics, name: string): Float64Array {
  return statistics[name] ?? new Float64Array();
}
