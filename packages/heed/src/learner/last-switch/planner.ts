import { advanceStates, payoff, playOf, requireMonotone, virtualState } from '../../math/index.ts';
import type { LastSwitchModel, Random, ScheduledArm } from '../../math/index.ts';
import type { Relaxation } from './relaxation.ts';

/*
 * From the relaxation to a schedule: each arm by itself draws one of its blocks, with the share of time that the
 * relaxation gives to it, and an offset; where several arms would be played at once, the one that pays most is.
 *
 * Virtual states ignore who is in whose way. An arm is really played only when it virtually is, so it is never more
 * tired, nor less rested, than its virtual copy: where payoffs do not fall from tired to rested it pays at least as much.
 * Offsets are independent, so the best of the candidates is worth 1 − 1/e of the relaxation, on average over roundings.
 */

export interface RoundingOptions {
  /** Gives all arms the offset 0: wrong, and here to show it. */
  readonly equalOffsets?: boolean;
}

/** Draws a schedule from a relaxation; an arm that draws no block is left out. */
export function roundSchedule(
  { blocks }: Pick<Relaxation, 'blocks'>,
  random: Random,
  { equalOffsets = false }: RoundingOptions = {},
): ScheduledArm[] {
  const schedule: ScheduledArm[] = [];
  for (const [arm, own] of Map.groupBy(blocks, (block) => block.arm)) {
    let [left, offset] = [random.uniform(), random.uniform()];
    const drawn = own.find(({ tau, phi, frequency }) => (left -= (tau + phi) * frequency) < 0);
    if (drawn === undefined) continue;
    const { tau, phi } = drawn;
    offset = equalOffsets ? 0 : Math.floor(offset * (tau + phi));
    schedule.push({ arm, tau, phi, offset });
  }
  return schedule;
}

/** What a schedule earns. */
export interface ScheduleValue {
  /** Per round. */
  readonly reward: number;
  /** Least of p(real) − p(virtual) over all plays: not negative where the schedule keeps its promise. */
  readonly leastAdvantage: number;
}

export interface ValueOptions {
  /** What the schedule was made for and chooses by, where that is not what pays: estimates. */
  readonly planned?: LastSwitchModel;
  /** Plays any candidate instead of the best one: wrong, and here to show it. Then `rounds` are played. */
  readonly anyCandidate?: Random;
}

/** Rounds that a chance-driven schedule is valued over. */
const chanceRounds = 2_000;
/** Periods of many arms have no common multiple that anybody could wait for. */
const mostRounds = 10_000;

/**
 * Plays a schedule, from arms at rest, for a warm-up of tauMax + phiMax rounds and then one whole period, or 10,000 rounds
 * of it.
 */
export function valueOf(
  schedule: readonly ScheduledArm[],
  model: LastSwitchModel,
  { planned = model, anyCandidate }: ValueOptions = {},
): ScheduleValue {
  const warmUp = model.tauMax + model.phiMax;
  const rounds = anyCandidate === undefined ? Math.min(periodOf(schedule), mostRounds) : chanceRounds;
  const states = model.means.map(() => model.tauMax);
  let [sum, leastAdvantage] = [0, Infinity];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const play =
      anyCandidate === undefined ? playOf(schedule, planned, round) : anyOf(schedule, planned, round, anyCandidate);
    if (play !== null && round >= warmUp) {
      const pays = payoff(model, play.arm, states[play.arm] ?? 0);
      sum += pays;
      leastAdvantage = Math.min(leastAdvantage, pays - payoff(model, play.arm, play.virtual));
    }
    advanceStates(states, play?.arm ?? null);
  }
  return { reward: sum / rounds, leastAdvantage };
}

function anyOf(schedule: readonly ScheduledArm[], model: LastSwitchModel, round: number, random: Random) {
  const candidates = schedule.flatMap((scheduled) => {
    const virtual = virtualState(scheduled, round, model);
    return virtual === null ? [] : [{ arm: scheduled.arm, virtual }];
  });
  return candidates[Math.floor(random.uniform() * candidates.length)] ?? null;
}

/** Rounds after which a schedule begins anew. */
function periodOf(schedule: readonly ScheduledArm[]): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return schedule.reduce((period, { tau, phi }) => (period / divisor(period, tau + phi)) * (tau + phi), 1);
}

/** A schedule, what it earns, and how good that is at least. */
export interface LastSwitchPlan {
  readonly schedule: readonly ScheduledArm[];
  /** Reward per round of this schedule. */
  readonly reward: number;
  /** Reward per round of every rounding that was drawn. */
  readonly rewards: readonly number[];
  /** Value of the relaxation: no policy earns more in the long run. */
  readonly bound: number;
}

/** What planning does where its options say nothing. */
export const planDefaults = { roundings: 64 } as const;

/**
 * Draws several roundings, values each over its period, and keeps the best: one rounding is one schedule for ever.
 *
 * @param options.roundings a whole number from 1. Default 64.
 * @throws RangeError where payoffs fall somewhere from tired to rested (see `planWithoutOverlap`), or roundings is below 1.
 * @example
 * ```ts
 * import { lastSwitchBandits } from 'heed/learner';
 * import { createRandom } from 'heed/math';
 *
 * const model = { tauMax: 2, phiMax: 1, means: [[0.2, 0.8], [0.1, 0.6]] };
 * const relaxation = await lastSwitchBandits.relax(model);
 * const { schedule, reward, bound } = lastSwitchBandits.planMirrored(model, relaxation, createRandom('plan'));
 * if (schedule.length === 0 || reward > bound + 1e-9) process.exitCode = 1;
 * ```
 */
export function planMirrored(
  model: LastSwitchModel,
  relaxation: Relaxation,
  random: Random,
  { roundings = planDefaults.roundings }: { readonly roundings?: number } = {},
): LastSwitchPlan {
  requireMonotone(model);
  return bestOf(model, relaxation, roundings, () => roundSchedule(relaxation, random));
}

/** The best of several schedules, however they are drawn. */
export function bestOf(
  model: LastSwitchModel,
  { value }: Relaxation,
  roundings: number,
  draw: () => readonly ScheduledArm[],
): LastSwitchPlan {
  if (!Number.isInteger(roundings) || roundings < 1)
    throw new RangeError(`cannot plan, as roundings must be a whole number from 1: it is ${roundings}`);
  const drawn = Array.from({ length: roundings }, () => {
    const schedule = draw();
    return { schedule, reward: valueOf(schedule, model).reward };
  });
  const best = drawn.reduce((first, second) => (second.reward > first.reward ? second : first));
  return { ...best, rewards: drawn.map(({ reward }) => reward), bound: value };
}
