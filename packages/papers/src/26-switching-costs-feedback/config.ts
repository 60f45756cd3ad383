export interface Settings {
  /** K. */
  readonly actions: number;
  /** log₂ T of the runs against B and of setting 1. */
  readonly power: number;
  /** log₂ T of the runs against T. */
  readonly powers: readonly number[];
  /** B = T^a. */
  readonly exponents: readonly number[];
  /** B of the runs against T. */
  readonly againstHorizon: number;
  /** Extra observations in setting 1, T^a; 0 is none. */
  readonly extraExponents: readonly number[];
  /** Gaps 0.25 · 2^(−k/2) of which the worst counts in setting 1: k below this. */
  readonly gaps: number;
  /** Games of the test of marginals, a seed. */
  readonly marginalGames: number;
  /** M of the flexible observations. */
  readonly flexible: number;
  /** The walk's noise is this times 1 / (9 log₂ T). */
  readonly walkScale: number;
  /** Offset of the better action in environment A. */
  readonly shiftGap: number;
}

const common = {
  exponents: [0.45, 0.55, 2 / 3, 0.75, 0.85, 1], // card
  againstHorizon: 0.75, // card, test 1
  extraExponents: [0, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1], // card, and between (ours)
  gaps: 12, // corrections, test 2
  flexible: 2, // ours: any 1 ≤ M ≤ K has the rate
  walkScale: 3, // card, environment M
  shiftGap: 0.1, // ours: the card leaves it to the config
};

export const quick: Settings = { ...common, actions: 4, power: 17, powers: [13, 14, 15, 16, 17], marginalGames: 2_500 };
export const full: Settings = {
  ...common,
  actions: 16,
  power: 20,
  powers: [13, 14, 15, 16, 17, 18, 19, 20],
  marginalGames: 10_000,
};

export const bars = {
  slopeInBudget: [-0.62, -0.38],
  slopeInHorizon: [0.55, 0.72],
  flatBelow: 0.25,
  gainOfExtra: 2.5,
  kink: [0.6, 0.75],
  insufficient: 2,
  atLeastPlain: 1,
  banditSwitchSlope: 0.9,
  fullSwitchSlope: 0.6,
  dartboardSaves: 3,
  marginal: 0.01,
} as const;
