/** One arm of the experiment: who logs, what is fitted to those logs, how far back. */
export interface Arm {
  readonly name: string;
  /** R: one logistic regression per intervention; M: one for all, without interactions. */
  readonly oracle: 'R' | 'M';
  /** Batches in the window. */
  readonly memory: number;
  readonly rule: 'uniform' | 'epsilonGreedy' | 'squareCb' | 'fastCb' | 'greedy';
  /** `matched`: explores as much as ε-greedy on the same scores. */
  readonly gamma: 'matched' | number;
}

export interface Settings {
  /** Transactions of a batch. */
  readonly batch: number;
  readonly generations: number;
  /** Transactions of the fixed hold-out. */
  readonly holdout: number;
  readonly epsilon: number;
  readonly l2: number;
  readonly arms: readonly Arm[];
  readonly retireEvery: number;
  readonly regimeEvery: number;
}

function armsOf(oracle: 'R' | 'M', memory: number, rules: readonly (readonly [Arm['rule'], Arm['gamma']])[]): Arm[] {
  return rules.map(([rule, gamma]) => {
    const strength = typeof gamma === 'number' ? `${gamma}` : '';
    return { name: `${rule}${strength} ${oracle}${memory}`, oracle, memory, rule, gamma };
  });
}

const explorers = [
  ['uniform', 'matched'],
  ['epsilonGreedy', 'matched'],
  ['squareCb', 'matched'],
  ['fastCb', 'matched'],
] as const;
const large = [['squareCb', 1_000]] as const;
const shadowed = [['uniform', 'matched'], ['squareCb', 'matched'], ...large] as const;

/** Card 10 with its corrections; what is ours is marked so. */
const common = {
  epsilon: 0.05, // card, test 1
  l2: 1, // corrections: λ/2·|θ|², the constant included
  retireEvery: 0, // card: a variant, every 4 generations
  regimeEvery: 0, // card: a variant, every 6 generations
  arms: [
    ...armsOf('R', 1, [...explorers, ...large, ['greedy', 'matched']]),
    ...armsOf('R', 2, explorers),
    ...armsOf('M', 1, shadowed),
    ...armsOf('M', 8, shadowed),
  ],
};

export const quick: Settings = { ...common, batch: 3_000, generations: 14, holdout: 10_000 };
export const full: Settings = { ...common, batch: 10_000, generations: 60, holdout: 20_000 };

/** Generations before this one are left out of every mean: the first two are served uniformly (ours). */
export const settled = 3;

/** A drop from one generation to the next that counts (card, test 4). */
export const dropPoints = 0.002;

export const bars = {
  aboveEpsilonGreedy: 0.002,
  aboveUniform: 0.03,
  gapRatio: 0.6,
  zerosRatio: 0.6,
  logLossRatio: 1.02,
  degradation: 0.003,
  noDegradation: 0.001,
  fluctuation: 1.4,
  longMemory: 0.4,
} as const;
