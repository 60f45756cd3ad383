import { advanceStates, checkModel, createRandom, drawBeta, payoff } from '../math/index.ts';
import type { LastSwitchModel } from '../math/index.ts';

/** States that the families tell apart: rest of 1 … 6 rounds, plays 1 … 4 in a row. */
export const lastSwitchBounds = { tauMax: 6, phiMax: 4 } as const;

/** F1: random payoffs that do not fall from tired to rested. Three draws of Beta(0.6, 3) and six uniform ones, sorted together. */
export function randomMonotone(arms: number, seed: string): LastSwitchModel {
  const random = createRandom(`${seed} random monotone`);
  const { tauMax, phiMax } = lastSwitchBounds;
  const means = Array.from({ length: arms }, () => {
    const tired = Array.from({ length: phiMax - 1 }, () => drawBeta(0.6, 3, random));
    const rested = Array.from({ length: tauMax }, () => random.uniform());
    return [...tired, ...rested].toSorted((a, b) => a - b);
  });
  return { ...lastSwitchBounds, means };
}

/**
 * F2: an arm that always pays 0.05, and one that pays 0.06 until it has rested `position` rounds, then 0.95. Whoever
 * looks at the next payoff alone never lets it rest.
 * @param position 1 … 6.
 */
export function greedyTrap(position: number): LastSwitchModel {
  const { tauMax, phiMax } = lastSwitchBounds;
  const trap = [...repeat(0.06, phiMax - 1), ...repeat(0.06, position - 1), ...repeat(0.95, tauMax - position + 1)];
  return { ...lastSwitchBounds, means: [repeat(0.05, tauMax + phiMax - 1), trap] };
}

/** F3: one arm that may well be played twice in a row, and two that want rest. */
export function satiation(): LastSwitchModel {
  const { tauMax } = lastSwitchBounds;
  const slow = [...repeat(0.05, 3), ...Array.from({ length: tauMax }, (_, at) => Math.min(0.1 * (at + 1), 0.4))];
  return { ...lastSwitchBounds, means: [[0, 0.2, 0.8, ...repeat(0.9, tauMax)], slow, slow] };
}

/** F4: three arms that pay only after exactly 3, 4 and 5 rounds of rest: not monotone. */
export function spikes(): LastSwitchModel {
  const { tauMax, phiMax } = lastSwitchBounds;
  const spike = (at: number, height: number): number[] =>
    Array.from({ length: tauMax + phiMax - 1 }, (_, cell) => (cell === phiMax - 2 + at ? height : 0));
  return { ...lastSwitchBounds, means: [spike(3, 0.95), spike(4, 0.9), spike(5, 0.85)] };
}

function repeat(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}

/** Arms as they are played, all rested at first. Rewards are 1 or 0. */
export interface RunningLastSwitch {
  /** State of each arm: rounds of rest, or less than 0: plays in a row. */
  readonly states: readonly number[];
  /** Plays an arm, or rests all (`null`). */
  play(arm: number | null): { readonly reward: number; readonly expected: number };
}

/**
 * Starts arms of which each round at most one is played.
 * @throws RangeError for a table of wrong shape, or an arm that does not exist.
 */
export function runLastSwitch(model: LastSwitchModel, seed: string): RunningLastSwitch {
  checkModel(model);
  const random = createRandom(`${seed} last switch`);
  const states = model.means.map(() => model.tauMax);
  return {
    states,
    play(arm) {
      if (arm !== null && model.means[arm] === undefined)
        throw new RangeError(`cannot play, as the arm must be one of ${model.means.length}: it is number ${arm}`);
      const expected = arm === null ? 0 : payoff(model, arm, states[arm] ?? 0);
      const reward = random.uniform() < expected ? 1 : 0;
      advanceStates(states, arm);
      return { reward, expected };
    },
  };
}
