/*
 * Last-switch-dependent payoffs: what an arm pays depends on how long it has rested, or on how often in a row it has
 * been played. State s > 0: rested for s rounds since its last play; s < 0: played |s| rounds in a row just now.
 *
 *     played: s > 0 → −1, s < 0 → s − 1        rested: s < 0 → 1, s > 0 → s + 1
 *
 * Laforgue, Clerici, Cesa-Bianchi, Gilad-Bachrach 2022, A last switch dependent analysis of satiation and seasonality in
 * bandits. States are cut: rest beyond tauMax counts as tauMax, plays in a row beyond phiMax − 1 as phiMax − 1.
 */

/** How far apart states are told. */
export interface StateBounds {
  /** Tau, a whole number from 1: most rounds of rest that are told apart. */
  readonly tauMax: number;
  /** Phi, a whole number from 1: plays of a block; states −1 … −(Phi − 1) are told apart. */
  readonly phiMax: number;
}

/** Arms and what they pay on average. */
export interface LastSwitchModel extends StateBounds {
  /** For each arm the phiMax − 1 + tauMax means, from the most tired state to the most rested: p(−(Phi−1)) … p(−1), p(1) … p(Tau). */
  readonly means: readonly ArrayLike<number>[];
}

/** Number of states of one arm. */
export function stateCount({ tauMax, phiMax }: StateBounds): number {
  return tauMax + phiMax - 1;
}

/**
 * Place of a state among an arm's states, from the most tired to the most rested; −1 for a repeated play where phiMax is 1.
 * @param state not 0.
 */
export function cellOf(state: number, { tauMax, phiMax }: StateBounds): number {
  if (state > 0) return phiMax - 2 + Math.min(state, tauMax);
  return phiMax - 1 - Math.min(-state, phiMax - 1) - (phiMax === 1 ? 1 : 0);
}

/** The state at a place: what `cellOf` turns around. */
export function stateOf(cell: number, { phiMax }: StateBounds): number {
  return cell < phiMax - 1 ? cell - (phiMax - 1) : cell - phiMax + 2;
}

/** State after the arm was played in this one. */
function afterPlay(state: number): number {
  return state > 0 ? -1 : state - 1;
}

/** State after the arm rested in this one. */
function afterRest(state: number): number {
  return state > 0 ? state + 1 : 1;
}

/** What a play in a state pays on average; nothing for a repeated play where phiMax is 1, as no block has one. */
export function payoff(model: LastSwitchModel, arm: number, state: number): number {
  return model.means[arm]?.[cellOf(state, model)] ?? 0;
}

/**
 * Holds a table of payoffs against its shape.
 * @throws RangeError for tauMax or phiMax below 1, no arms, rows of another length, or numbers outside [0, 1].
 */
export function checkModel(model: LastSwitchModel): void {
  checkBounds(model);
  const cells = stateCount(model);
  if (model.means.length === 0) throw new RangeError('cannot plan, as there must be at least one arm: there is none');
  for (const [arm, row] of model.means.entries()) {
    if (row.length !== cells)
      throw new RangeError(
        `cannot plan, as each arm must have phiMax − 1 + tauMax = ${cells} means: arm ${arm} has ${row.length}`,
      );
    const bad = Array.from(row).find((value) => !(value >= 0 && value <= 1));
    if (bad !== undefined)
      throw new RangeError(`cannot plan, as means must lie in [0, 1]: one of arm ${arm} is ${bad}`);
  }
}

/**
 * Holds the bounds of states against what they must be.
 * @throws RangeError for tauMax or phiMax that is no whole number from 1.
 */
export function checkBounds(bounds: StateBounds): void {
  for (const name of ['tauMax', 'phiMax'] as const)
    if (!Number.isInteger(bounds[name]) || bounds[name] < 1)
      throw new RangeError(`cannot tell states apart, as ${name} must be a whole number from 1: it is ${bounds[name]}`);
}

/**
 * Refuses payoffs that fall somewhere from tired to rested: mirrored schedules keep their promise only where they do not.
 * @throws RangeError, naming the arm and the states.
 */
export function requireMonotone(model: LastSwitchModel): void {
  for (const [arm, row] of model.means.entries())
    for (let cell = 1; cell < row.length; cell += 1)
      if ((row[cell] ?? 0) < (row[cell - 1] ?? 0) - 1e-12)
        throw new RangeError(
          `cannot mirror, as payoffs must not fall from tired to rested: arm ${arm} pays ${row[cell - 1]} in state ${stateOf(cell - 1, model)} and ${row[cell]} in state ${stateOf(cell, model)}`,
        );
}

/** An arm's part of a schedule: from some offset on it rests tau rounds and plays phi in a row, for ever; tau 0: it plays always. */
export interface ScheduledArm {
  readonly arm: number;
  readonly tau: number;
  readonly phi: number;
  /** Rounds of its period that lie before round 0, from 0 to tau + phi − 1. */
  readonly offset: number;
}

/** The virtual state in which an arm would be played in a round, as if no other arm were in its way; `null` while it rests. */
export function virtualState(
  { tau, phi, offset }: ScheduledArm,
  round: number,
  { phiMax }: StateBounds,
): number | null {
  if (tau === 0) return 1 - phiMax;
  const phase = (round + offset) % (tau + phi);
  if (phase < tau) return null;
  return phase === tau ? tau : tau - phase;
}

/** What a schedule plays in a round: of the arms that do not rest, the one whose virtual state pays most; `null`: none. */
export function playOf(
  schedule: readonly ScheduledArm[],
  model: LastSwitchModel,
  round: number,
  allowed: (arm: number) => boolean = () => true,
): { readonly arm: number; readonly virtual: number } | null {
  let best: { arm: number; virtual: number } | null = null;
  let most = -Infinity;
  for (const scheduled of schedule) {
    const virtual = virtualState(scheduled, round, model);
    if (virtual === null || !allowed(scheduled.arm)) continue;
    const pays = payoff(model, scheduled.arm, virtual);
    if (pays > most) [most, best] = [pays, { arm: scheduled.arm, virtual }];
  }
  return best;
}

/** Moves the states of all arms on by one round, in place. */
export function advanceStates(states: number[], played: number | null): void {
  for (const [arm, state] of states.entries()) states[arm] = arm === played ? afterPlay(state) : afterRest(state);
}

/** What to do to come to know all states: play an arm, rest all (`null`), or nothing more (`done`). */
export type Exploration = number | null | 'done';

/**
 * Plays the arm whose state now lacks most samples, and rests all arms where none lacks any. Where no rest leads to a
 * state that lacks samples, the arm that lacks most is played, if that leads there; else all rest before it can.
 *
 * @param plays samples so far, per arm and place of a state.
 * @param samples wanted of each state.
 */
export function exploreNext(
  plays: readonly ArrayLike<number>[],
  states: readonly number[],
  samples: number,
  bounds: StateBounds,
  allowed: (arm: number) => boolean = () => true,
): Exploration {
  let [now, towards] = [0, 0];
  let [best, leading]: [number | null, number | null] = [null, null];
  let [lacking, later] = [false, false];
  for (const [arm, state] of states.entries()) {
    if (!allowed(arm)) continue;
    const lacks = lacksOf(plays[arm] ?? [], state, samples, bounds);
    if (lacks.now > now) [now, best] = [lacks.now, arm];
    if (lacks.byPlay > towards) [towards, leading] = [lacks.byPlay, arm];
    lacking ||= lacks.inAll > 0;
    later ||= lacks.byRest > 0;
  }
  if (best !== null) return best;
  if (!lacking) return 'done';
  return later ? null : leading;
}

/** Samples that an arm lacks: in its state, in those that rest leads to, in those that begin with a play, and in all. */
function lacksOf(plays: ArrayLike<number>, state: number, samples: number, bounds: StateBounds) {
  const at = cellOf(state, bounds);
  let [now, byRest, byPlay, inAll] = [0, 0, 0, 0];
  for (let cell = 0; cell < stateCount(bounds); cell += 1) {
    const missing = Math.max(0, samples - (plays[cell] ?? 0));
    inAll += missing;
    const wanted = stateOf(cell, bounds);
    if (cell === at) now = missing;
    if (wanted > Math.max(state, 0)) byRest += missing;
    // From rest a play leads to all plays in a row, and after them to all rests; in a row only to longer ones.
    else if (state > 0 || wanted < state) byPlay += missing;
  }
  return { now, byRest, byPlay, inAll };
}

/**
 * The state of an arm, read off what was played before: at rest for tauMax rounds where it is not among that.
 *
 * @param past what the last rounds played, newest first; at least max(tauMax, phiMax) of them, or all there were.
 */
export function stateFromPast<Arm>(past: readonly Arm[], arm: Arm, { tauMax }: StateBounds): number {
  const rest = past.indexOf(arm);
  if (rest < 0) return tauMax;
  if (rest > 0) return rest;
  const other = past.findIndex((each) => each !== arm);
  return other < 0 ? -past.length : -other;
}
