/** The families of models. R: one logistic regression per intervention; M: one for all, without interactions; T: a network. */
export type OracleName = 'R' | 'M' | 'T';

/** Worlds: one that stays, one whose interventions come and go, one whose issuers change their ways. */
export type WorldName = 'still' | 'retiring' | 'changing';

/** One arm of the experiment: who logs, what is fitted to those logs, how far back. */
export interface Arm {
  readonly name: string;
  readonly world: WorldName;
  readonly oracle: OracleName;
  /** Batches in the window. */
  readonly memory: number;
  readonly rule: 'uniform' | 'epsilonGreedy' | 'squareCb' | 'fastCb' | 'greedy';
  /** `matched`: explores as much as ε-greedy on the same scores. */
  readonly gamma: 'matched' | number;
  readonly epsilon: number;
  /** λ of the oracle. */
  readonly l2: number;
  /** Weights of the rows in the fit: `importance` are 1/p, cut; `classes` give refusals as much weight as the rest. */
  readonly weights: 'equal' | 'importance' | 'classes';
  /** Share of transactions that are served uniformly whatever the rule says. */
  readonly uniformShare: number;
  /** Shown beside the checks and no part of them: ablations leave it out. */
  readonly besides: boolean;
}

export interface Settings {
  /** Transactions of a batch. */
  readonly batch: number;
  readonly generations: number;
  /** Transactions of the fixed hold-out. */
  readonly holdout: number;
  /** Passes of the network over its window. */
  readonly networkPasses: number;
  readonly arms: readonly Arm[];
}

const plain = {
  world: 'still',
  gamma: 'matched',
  epsilon: 0.05, // card, test 1
  l2: 1, // corrections: λ/2·|θ|², the constant included
  weights: 'equal', // card: the paper's supervised setting
  uniformShare: 0,
  besides: false,
} as const;

type Choices = Pick<Arm, 'rule' | 'oracle' | 'memory'> & Partial<Arm>;

function armOf(choices: Choices): Arm {
  const { rule, gamma = plain.gamma, oracle, memory } = choices;
  return { ...plain, name: `${rule}${gamma === 'matched' ? '' : gamma} ${oracle}${memory}`, ...choices };
}

/** An arm that is only shown: its name is that of the plain one and what is different about it. */
function beside(difference: string, choices: Choices): Arm {
  return armOf({ ...choices, name: `${armOf(choices).name} ${difference}`, besides: true });
}

const rules = ['uniform', 'epsilonGreedy', 'squareCb', 'fastCb'] as const;
/** γ at which the degradation is looked at, besides the matched one (card, test 4). */
const large = 1_000;
const shadowed = ['R', 'M'] as const;

/** Card 10 with its corrections; what is ours is marked so. */
const arms: readonly Arm[] = [
  ...[1, 2].flatMap((memory) => rules.map((rule) => armOf({ rule, oracle: 'R', memory }))),
  armOf({ rule: 'squareCb', gamma: large, oracle: 'R', memory: 1 }),
  armOf({ rule: 'greedy', oracle: 'R', memory: 1 }),
  ...[1, 8].flatMap((memory) => [
    armOf({ rule: 'uniform', oracle: 'M', memory }),
    armOf({ rule: 'squareCb', oracle: 'M', memory }),
    armOf({ rule: 'squareCb', gamma: large, oracle: 'M', memory }),
  ]),
  // Corrections: other penalties.
  ...[0.3, 3, 10].flatMap((l2) =>
    (['epsilonGreedy', 'squareCb'] as const).map((rule) => beside(`λ ${l2}`, { rule, oracle: 'R', memory: 1, l2 })),
  ),
  ...[0.01, 0.2].map((epsilon) => beside(`ε ${epsilon}`, { rule: 'epsilonGreedy', oracle: 'R', memory: 1, epsilon })),
  // What might mend the degradation. Of the uniform slice the card says 2 to 5 %.
  ...([{ weights: 'importance' }, { weights: 'classes' }, { uniformShare: 0.02 }, { uniformShare: 0.05 }] as const).map(
    (mended) =>
      beside(Object.values(mended).join(' '), { rule: 'squareCb', gamma: large, oracle: 'M', memory: 1, ...mended }),
  ),
  // Worlds in which an oscillation may be.
  ...(['retiring', 'changing'] as const).flatMap((world) =>
    shadowed.flatMap((oracle) => [
      beside(world, { rule: 'uniform', oracle, memory: 1, world }),
      beside(world, { rule: 'squareCb', gamma: large, oracle, memory: 1, world }),
    ]),
  ),
  ...(['uniform', 'epsilonGreedy', 'squareCb'] as const).map((rule) =>
    armOf({ rule, oracle: 'T', memory: 1, besides: true }),
  ),
];

export const quick: Settings = { arms, batch: 3_000, generations: 14, holdout: 10_000, networkPasses: 20 };
export const full: Settings = { arms, batch: 10_000, generations: 60, holdout: 20_000, networkPasses: 20 };

/** Card: how often the two worlds that do not stay change, in batches. */
export const worlds = { still: {}, retiring: { retireEvery: 4 }, changing: { regimeEvery: 6 } } as const;

/** Card: importance weights are cut here. */
export const mostWeight = 20;

/** Hidden units of the network's layers (card); its learning rate and batch are ours. */
export const network = { hidden: [64, 64], learningRate: 3e-3, batch: 250 } as const;

/** Transactions served uniformly, for the best model that a family has to offer; ours. */
export const bestInClassRows = 20_000;

/** Transactions of the hold-out on which γ is matched, and rank and calibration are told; ours. */
export const sampleRows = 1_000;

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
