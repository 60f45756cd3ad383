export interface Settings {
  /** Instances of F1 with three arms, a seed: these are solved exactly. */
  readonly instances: number;
  /** Arms of further instances of F1, one of each a seed. */
  readonly large: readonly number[];
  /** Roundings of each plan. */
  readonly roundings: number;
  /** Roundings of the plan itself where there are more arms: its share is nearer to the bar. */
  readonly largeRoundings: number;
  /** Rounds of rest that the trap of F2 wants. */
  readonly positions: readonly number[];
  /** T of the online runs. */
  readonly horizons: readonly number[];
  /** T of the runs beside other learners, and rounds of a block of CombUCB1. */
  readonly comparedHorizon: number;
  readonly blockLength: number;
  /** Instances of F1 of the test of the isotonic step, a seed, and samples of each state there. */
  readonly isotonicInstances: number;
  readonly isotonicSamples: number;
}

const common = {
  roundings: 64, // card
  largeRoundings: 1_024, // ours
  positions: [3, 4, 5, 6], // card
  blockLength: 5, // ours: all sequences are searched
  isotonicSamples: 5, // corrections
};

/** 20 seeds make 100 instances (card) and 300 for the isotonic step (corrections). */
export const quick: Settings = {
  ...common,
  instances: 5,
  large: [10, 30], // card
  horizons: [10_000, 30_000, 100_000, 300_000], // card
  comparedHorizon: 10_000,
  isotonicInstances: 15,
};

export const full: Settings = {
  ...quick,
  horizons: [10_000, 30_000, 100_000, 300_000, 1_000_000], // card
  comparedHorizon: 100_000,
};

export const bars = {
  bound: -1e-6, // card, test 1
  share: 1 - 1 / Math.E, // card, test 2
  trap: 3, // card, test 3
  greedy: 0.97, // card, test 3, in the mean (corrections)
  longBlocks: 0.1, // card, test 4
  longBlocksPlayed: 0.05, // card, test 4
  slope: 0.8, // card, test 5
  online: 0.95, // card, test 5
} as const;
