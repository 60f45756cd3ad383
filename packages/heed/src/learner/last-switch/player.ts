import { cellOf, stateCount } from '../../math/index.ts';
import type { StateBounds } from '../../math/index.ts';

/** Plays one arm a round, or none, and learns from what it pays. */
export interface LastSwitchPlayer {
  /** The arm to play, or `null` to rest all; `states` has each arm's state. */
  next(states: readonly number[]): number | null;
  /** Takes what the play just made paid; not called after a round of rest. */
  learn(arm: number, state: number, reward: number): void;
}

/** Plays and rewards of each state of each arm. */
export interface StateCounts extends StateBounds {
  /** Per arm, by place from the most tired state to the most rested. */
  readonly plays: readonly Float64Array[];
  readonly rewards: readonly Float64Array[];
}

/** Counts before the first play. */
export function emptyCounts(arms: number, { tauMax, phiMax }: StateBounds): StateCounts {
  const rows = (): Float64Array[] =>
    Array.from({ length: arms }, () => new Float64Array(stateCount({ tauMax, phiMax })));
  return { tauMax, phiMax, plays: rows(), rewards: rows() };
}

/** Adds one play in place; a state that is not told apart (a repeated play where phiMax is 1) is left out. */
export function countPlay(counts: StateCounts, arm: number, state: number, reward: number): void {
  const cell = cellOf(state, counts);
  const [plays, rewards] = [counts.plays[arm], counts.rewards[arm]];
  if (cell < 0 || plays === undefined || rewards === undefined) return;
  plays[cell] = (plays[cell] ?? 0) + 1;
  rewards[cell] = (rewards[cell] ?? 0) + reward;
}
