import { checkModel, stateCount } from '../../math/index.ts';
import type { LastSwitchModel } from '../../math/index.ts';

/** The optimum as far as it was found: it lies between the bounds. */
export interface ExactValue {
  /** Reward per round in the long run. */
  readonly value: number;
  readonly bounds: readonly [low: number, high: number];
  /** Joint states of all arms. */
  readonly states: number;
}

export interface ExactOptions {
  /** Most distance of the bounds. Default 1e-7. */
  readonly tolerance?: number;
  /** Most sweeps over all states. Default 200,000. */
  readonly sweeps?: number;
}

/** What the exact solver does where its options say nothing. */
const exactDefaults = { tolerance: 1e-7, sweeps: 200_000 } as const;

/** Joint states beyond which nobody wants to wait. */
const mostStates = 100_000;

/**
 * The best reward per round of any policy that knows the payoffs, by relative value iteration over the joint states of
 * all arms: `h ← h + ½ (max over plays of (p + h′) − h)`. Halving the steps makes the chain lazy; without it cyclic
 * policies never settle.
 *
 * @throws RangeError for a table of wrong shape or more than 100,000 joint states; Error where the bounds do not meet.
 * @example
 * exactValue({ tauMax: 3, phiMax: 1, means: [[0, 0, 0.9]] }).value; // 0.225
 */
export function exactValue(model: LastSwitchModel, options: ExactOptions = {}): ExactValue {
  checkModel(model);
  const { tolerance = exactDefaults.tolerance, sweeps = exactDefaults.sweeps } = options;
  const arms = model.means.length;
  // Where phiMax is 1 a repeated play has a state of its own, which pays nothing.
  const cells = stateCount(model) + (model.phiMax === 1 ? 1 : 0);
  const states = cells ** arms;
  if (states > mostStates)
    throw new RangeError(
      `cannot solve exactly, as there must be at most ${mostStates} joint states: there are ${states}`,
    );
  const { next, rewards } = transitionsOf(model, cells, states);
  let values = new Float64Array(states);
  let changed = new Float64Array(states);
  let bounds: readonly [number, number] = [-Infinity, Infinity];
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    let [low, high] = [Infinity, -Infinity];
    for (let state = 0; state < states; state += 1) {
      let best = -Infinity;
      for (let at = state * (arms + 1); at < (state + 1) * (arms + 1); at += 1) {
        const worth = (rewards[at] ?? 0) + (values[next[at] ?? 0] ?? 0);
        if (worth > best) best = worth;
      }
      const gain = best - (values[state] ?? 0);
      if (gain < low) low = gain;
      if (gain > high) high = gain;
      changed[state] = (values[state] ?? 0) + gain / 2;
    }
    const shift = changed[0] ?? 0;
    for (let state = 0; state < states; state += 1) changed[state] = (changed[state] ?? 0) - shift;
    [values, changed] = [changed, values];
    bounds = [low, high];
    if (high - low <= tolerance) return { value: (low + high) / 2, bounds, states };
  }
  throw new Error(
    `cannot solve exactly, as the bounds must come within ${tolerance}: after ${sweeps} sweeps they are ${bounds.join(' and ')}`,
  );
}

/** For each joint state and each play (none last): the state after it, and what it pays. */
function transitionsOf(model: LastSwitchModel, cells: number, states: number) {
  const { means, tauMax } = model;
  const arms = means.length;
  // Places from the most tired to the most rested; with phiMax 1 a place for a repeated play comes first.
  const repeated = cells - tauMax;
  const next = new Int32Array(states * (arms + 1));
  const rewards = new Float64Array(states * (arms + 1));
  for (let state = 0; state < states; state += 1)
    for (let play = 0; play <= arms; play += 1) {
      let [after, factor, left] = [0, 1, state];
      for (let arm = 0; arm < arms; arm += 1) {
        const cell = left % cells;
        left = Math.floor(left / cells);
        const rested = cell < repeated ? repeated : Math.min(cell + 1, cells - 1);
        const tired = cell < repeated ? Math.max(cell - 1, 0) : repeated - 1;
        after += factor * (arm === play ? tired : rested);
        factor *= cells;
        if (arm === play) rewards[state * (arms + 1) + play] = means[arm]?.[cell - (cells - stateCount(model))] ?? 0;
      }
      next[state * (arms + 1) + play] = after;
    }
  return { next, rewards };
}
