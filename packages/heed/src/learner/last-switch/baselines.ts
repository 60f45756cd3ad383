import { advanceStates, cellOf, checkBounds, payoff } from '../../math/index.ts';
import type { LastSwitchModel, StateBounds } from '../../math/index.ts';
import { blocksOf } from './relaxation.ts';
import { countPlay, emptyCounts } from './player.ts';
import type { LastSwitchPlayer } from './player.ts';

/** Knows the payoffs and plays what pays most now. */
export function createGreedy(model: LastSwitchModel): LastSwitchPlayer {
  return {
    next: (states) => argmax(states.map((state, arm) => payoff(model, arm, state))),
    learn: () => undefined,
  };
}

/** Knows the payoffs, and repeats for ever the one arm's block that pays most a round. */
export function createBestArm(model: LastSwitchModel): LastSwitchPlayer {
  const best = blocksOf(model).reduce((first, second) => (rate(second) > rate(first) ? second : first));
  const length = best.tau + best.phi;
  let round = 0;
  return {
    next() {
      round += 1;
      return (round - 1) % length < best.tau ? null : best.arm;
    },
    learn: () => undefined,
  };
}

function rate({ tau, phi, reward }: { readonly tau: number; readonly phi: number; readonly reward: number }): number {
  return reward / (tau + phi);
}

/** Plays the arms in turn. */
export function createRoundRobin(arms: number): LastSwitchPlayer {
  let round = -1;
  return {
    next() {
      round += 1;
      return round % arms;
    },
    learn: () => undefined,
  };
}

/** UCB1, which takes each arm for one that always pays alike: `mean + √(2 log t / n)`. */
export function createStatelessUcb(arms: number): LastSwitchPlayer {
  const [plays, rewards] = [new Float64Array(arms), new Float64Array(arms)];
  let round = 0;
  return {
    next() {
      round += 1;
      return argmax([...plays].map((count, arm) => bound(rewards[arm] ?? 0, count, 2 * Math.log(round))));
    },
    learn(arm, _state, reward) {
      plays[arm] = (plays[arm] ?? 0) + 1;
      rewards[arm] = (rewards[arm] ?? 0) + reward;
    },
  };
}

export interface CombUcbOptions extends StateBounds {
  readonly arms: number;
  /** Rounds planned at once. */
  readonly blockLength: number;
  /** First plays each arm once, so that a block begins in the same state whatever came before (ISI-CombUCB1). */
  readonly calibrated?: boolean;
}

/**
 * CombUCB1: bounds `mean + √(1.5 log t / n)`, at most 1, of each state of each arm; of all sequences of a block, the one
 * whose bounds sum highest is played. Found by looking at all sequences, so that few arms and short blocks are meant.
 *
 * @throws RangeError for a block below 1 or more than a million sequences.
 * @source Laforgue, Clerici, Cesa-Bianchi, Gilad-Bachrach 2022, sections 4 and 5. Deviation: sequences are searched in
 * full, where theirs are rounded from a linear program.
 */
export function createCombUcb(options: CombUcbOptions): LastSwitchPlayer {
  checkBounds(options);
  const { arms, blockLength, calibrated = false } = options;
  const sequences = (arms + 1) ** blockLength;
  if (!(blockLength >= 1) || sequences > 1e6)
    throw new RangeError(
      `cannot plan sequences, as there must be at most a million of ${blockLength} rounds: there are ${sequences}`,
    );
  const counts = emptyCounts(arms, options);
  let round = 0;
  let ahead: (number | null)[] = [];
  return {
    next(states) {
      round += 1;
      if (ahead.length === 0) {
        const calibration = calibrated ? [...states.keys()] : [];
        const from = [...states];
        for (const arm of calibration) advanceStates(from, arm);
        const upper = counts.plays.map((own, arm) =>
          own.map((count, cell) => Math.min(1, bound(counts.rewards[arm]?.[cell] ?? 0, count, 1.5 * Math.log(round)))),
        );
        ahead = [...calibration, ...bestSequence(upper, from, blockLength, options).plays];
      }
      return ahead.shift() ?? null;
    },
    learn: (arm, state, reward) => countPlay(counts, arm, state, reward),
  };
}

/** Of all sequences of plays, that whose bounds sum highest. */
function bestSequence(
  upper: readonly Float64Array[],
  states: readonly number[],
  left: number,
  bounds: StateBounds,
): { readonly sum: number; readonly plays: readonly (number | null)[] } {
  if (left === 0) return { sum: 0, plays: [] };
  let best: { sum: number; plays: readonly (number | null)[] } = { sum: -Infinity, plays: [] };
  for (const play of [...upper.keys(), null]) {
    const next = [...states];
    advanceStates(next, play);
    const now = play === null ? 0 : (upper[play]?.[cellOf(states[play] ?? 0, bounds)] ?? 0);
    const rest = bestSequence(upper, next, left - 1, bounds);
    if (now + rest.sum > best.sum) best = { sum: now + rest.sum, plays: [play, ...rest.plays] };
  }
  return best;
}

function bound(sum: number, count: number, width: number): number {
  return count === 0 ? Infinity : sum / count + Math.sqrt(width / count);
}

/** The first of the largest. */
function argmax(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > (values[best] ?? -Infinity) ? at : best), 0);
}
