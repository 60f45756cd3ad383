import { advertisingSystem, slowSystem, syntheticSystem } from 'heed/environments';
import type { LinearSystem } from 'heed/environments';

export interface Settings {
  /** T. */
  readonly horizon: number;
  readonly systems: Readonly<Record<string, LinearSystem>>;
  /** What the bound of the spectral radius is of the radius, on A and its other levels of noise; 0, 1 and 2 are always there. */
  readonly sweep: readonly number[];
  /** Rounds at which regret is noted, spaced evenly in log t from T/10 to T. */
  readonly checkpoints: number;
}

const common = { checkpoints: 200 }; // corrections

export const quick: Settings = {
  ...common,
  horizon: 100_000, // card
  systems: { A: syntheticSystem, C: slowSystem },
  sweep: [],
};

/** As the paper: 10⁶ rounds, three levels of noise on A, its sweep of the bound. */
export const full: Settings = {
  ...common,
  horizon: 1_000_000,
  systems: {
    'A': syntheticSystem,
    'A, σ = 0.001': { ...syntheticSystem, noise: 0.001 },
    'A, σ = 0.1': { ...syntheticSystem, noise: 0.1 },
    'B': advertisingSystem,
    'C': slowSystem,
  },
  sweep: [0.5, 1.5],
};

/** `discount` of D-Lin-UCB with λ = log T (card); forgetting less than 1/T a round, it hardly forgets. */
export const discount = 0.999999;

/** The same with λ = 1 (card). */
export const slowDiscount = 0.999999999;

/** How an expert shares the budget of system B (card). */
export const expertShares = [1_641_952, 259_591_273, 716_354_611];

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

/** What players are called in checks and plots. */
export const titles: Readonly<Record<string, string>> = {
  dynamical: 'DynLin-UCB',
  dynamicalRidge1: 'DynLin-UCB, λ = 1',
  everyRound: 'learning from every round',
  noPersistence: 'bound ρ̄ = 0',
  linear: 'Lin-UCB',
  linearRidge1: 'Lin-UCB, λ = 1',
  discounted: 'D-Lin-UCB',
  discountedRidge1: 'D-Lin-UCB, λ = 1',
  discountedAsRun: "D-Lin-UCB of the authors' code",
  autoregressive: 'AR2',
  exp3: 'EXP3',
  batchedExp3: 'batched EXP3',
  expert: 'expert',
  overestimated: 'bound ρ̄ = 2 ρ(A)',
  ...Object.fromEntries(full.sweep.map((factor) => [`bound × ${factor}`, `bound ρ̄ = ${factor} ρ(A)`])),
};
