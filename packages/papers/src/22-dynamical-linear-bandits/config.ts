import { advertisingSystem, slowSystem, syntheticSystem } from 'heed/environments';
import type { LinearSystem } from 'heed/environments';

export interface Settings {
  /** T. */
  readonly horizon: number;
  readonly systems: Readonly<Record<string, LinearSystem>>;
  /** Rounds at which regret is noted, spaced evenly in log t from T/10 to T. */
  readonly checkpoints: number;
}

const common = { checkpoints: 200 }; // corrections

export const quick: Settings = {
  ...common,
  horizon: 100_000, // card
  systems: { A: syntheticSystem, C: slowSystem },
};

/** The card's full preset has three levels of noise and 50 seeds; this one has the middle level alone (ours). */
export const full: Settings = {
  ...common,
  horizon: 1_000_000,
  systems: { A: syntheticSystem, B: advertisingSystem, C: slowSystem },
};

/** `discount` of D-Lin-UCB with λ = log T (card); forgetting less than 1/T a round, it hardly forgets. */
export const discount = 0.999999;

export const bars = {
  slope: 0.75,
  perRound: 0.03,
  perRoundFull: 0.01,
  half: 0.5,
  slow: 2.5,
  linear: 0.9,
  everyRound: 1.15,
  overestimated: 0.85,
} as const;
