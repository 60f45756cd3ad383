import { createRandom } from 'heed/math';
import { longRunWorth, runSystem, spectralNorm, stabilityOf } from 'heed/environments';
import type { LinearSystem } from 'heed/environments';
import { dynamicalLinearBandits } from 'heed/learner';
import type { Outcome, SeedRun } from '../frame/paper.ts';
import { discount, expertShares, slowDiscount } from './config.ts';
import type { Settings } from './config.ts';

const { createAutoregressive, createDiscountedUcb, createDynamicalUcb, createExp3, holdRounds } =
  dynamicalLinearBandits;
type Bounds = dynamicalLinearBandits.DynamicalBounds;
type Player = dynamicalLinearBandits.VectorPlayer;

/** The bounds that the card gives the learner: the system's own constants, with ρ as asked. */
export function boundsOf(system: LinearSystem, spectralRadius: number): Bounds {
  const { overshoot } = stabilityOf(system.transition);
  const action = Math.max(...system.vectors.map((vector) => Math.hypot(...vector)));
  return {
    spectralRadius,
    overshoot: Math.max(1, overshoot),
    direct: Math.hypot(...system.direct),
    readout: Math.hypot(...system.readout),
    input: spectralNorm(system.input),
    action,
    state: action / (1 - spectralRadius),
    noise: system.noise,
  };
}

/** Regret by `J* − h·u` at the checkpoints and over the last tenth, and by expected rewards at the end. */
function play(system: LinearSystem, player: Player, seed: string, { horizon, checkpoints }: Settings) {
  const worth = longRunWorth(system);
  const values = system.vectors.map((vector) => vector.reduce((sum, value, at) => sum + value * (worth[at] ?? 0), 0));
  const best = Math.max(...values);
  const running = runSystem(system, seed);
  const notedAt = roundsNoted(horizon, checkpoints);
  const noted: number[] = [];
  let [regret, expected, before] = [0, 0, 0];
  for (let round = 1; round <= horizon; round += 1) {
    const index = player.next();
    const played = running.play(index);
    player.learn(played.reward);
    regret += best - (values[index] ?? 0);
    expected += best - played.expected;
    if (round === Math.floor(0.9 * horizon)) before = regret;
    if (round === notedAt[noted.length]) noted.push(regret);
  }
  return { regrets: noted, late: (regret - before) / (0.1 * horizon), expected };
}

/** Whole rounds, evenly spaced in log t from T/10 to T, each once. */
export function roundsNoted(horizon: number, checkpoints: number): number[] {
  const rounds = Array.from({ length: checkpoints }, (_, at) =>
    Math.round((horizon / 10) * 10 ** (at / (checkpoints - 1))),
  );
  return [...new Set(rounds)];
}

/**
 * What the authors' code has of D-Lin-UCB where λ = log T: this width. It discounts no reward, and its bonus is Lin-UCB's;
 * rounds are counted both whole and discounted, in a product.
 */
function widthAsRun({ bounds, ridge, horizon }: { bounds: Bounds; ridge: number; horizon: number }, size: number) {
  const { direct, readout, input, overshoot, action, noise, spectralRadius } = bounds;
  const constant = (direct + (readout * input * overshoot) / (1 - spectralRadius)) * Math.sqrt(ridge);
  const variance = noise ** 2 * (1 + (readout * overshoot) ** 2 / (1 - spectralRadius ** 2));
  return (round: number): number => {
    const counted = (round * (1 - discount ** (2 * round))) / (1 - discount ** 2);
    const inside = Math.log(horizon) + (size / 2) * Math.log(1 + (counted * action ** 2) / (size * ridge));
    return constant + Math.sqrt(2 * variance * inside);
  };
}

/** Shares of a budget of 1½ as an expert would set them, each at most 1: what is over goes to the others in proportion. */
export function expertVector(shares: readonly number[]): number[] {
  const most = 1 / 1.5;
  const total = shares.reduce((sum, share) => sum + share, 0);
  const parts = shares.map((share) => share / total);
  const cut = parts.filter((part) => part > most);
  const rest = parts.filter((part) => part <= most).reduce((sum, part) => sum + part, 0);
  return parts.map((part) => 1.5 * (part > most ? most : (part * (1 - most * cut.length)) / rest));
}

/** Regret of a constant action at the checkpoints. */
function constantRegrets(
  system: LinearSystem,
  vector: readonly number[],
  { horizon, checkpoints }: Settings,
): number[] {
  const worth = longRunWorth(system);
  const valueOf = (each: readonly number[]): number =>
    each.reduce((sum, value, at) => sum + value * (worth[at] ?? 0), 0);
  const gap = Math.max(...system.vectors.map(valueOf)) - valueOf(vector);
  return roundsNoted(horizon, checkpoints).map((round) => round * gap);
}

/** Every player on every system, on the same noise. */
export function runDynamical({ settings, seed, ablation, pulse }: SeedRun<Settings>): Outcome {
  const found: Record<string, number | number[]> = {};
  const { horizon } = settings;
  const names = Object.keys(settings.systems);
  for (const [at, [name, system]] of Object.entries(settings.systems).entries()) {
    const { spectralRadius: rho } = stabilityOf(system.transition);
    const ridge = Math.log(horizon);
    const { vectors, noise } = system;
    const make = (radius: number, more: object, player: string): Player =>
      createDynamicalUcb(
        vectors,
        { bounds: boundsOf(system, radius), horizon, ridge, ...more },
        createRandom(`${seed} ${name} ${player}`),
      );
    const bounds = boundsOf(system, rho);
    const largest = (bounds.direct + (bounds.readout * bounds.input) / (1 - rho)) * bounds.action;
    const chance = (player: string) => createRandom(`${seed} ${name} ${player}`);
    const known = {
      horizon,
      coefficients: bounds.direct + (bounds.readout * bounds.input) / (1 - rho),
      action: bounds.action,
      noise,
    };
    // The batch of batched EXP3 is as long as the last epoch of DynLin-UCB.
    let [epochs, rounds] = [0, 0];
    while (rounds < horizon) rounds += 1 + holdRounds((epochs += 1), rho);
    const batch = Math.max(1, Math.ceil(Math.log(epochs) / Math.log(1 / rho)));
    const method =
      ablation === 'no persistence'
        ? make(0, {}, 'dynamical')
        : make(
            rho,
            ablation === 'every round'
              ? { learnFrom: 'every' }
              : ablation === 'first reward'
                ? { learnFrom: 'first' }
                : {},
            'dynamical',
          );
    const players: Record<string, Player> = {
      dynamical: method,
      everyRound: make(rho, { learnFrom: 'every' }, 'everyRound'),
      noPersistence: make(0, {}, 'noPersistence'),
      linear: make(0, { withoutTransient: true }, 'linear'),
      dynamicalRidge1: make(rho, { ridge: 1 }, 'dynamicalRidge1'),
      linearRidge1: make(0, { withoutTransient: true, ridge: 1 }, 'linearRidge1'),
      discounted: createDiscountedUcb(vectors, { ...known, discount, ridge }, chance('discounted')),
      discountedRidge1: createDiscountedUcb(
        vectors,
        { ...known, discount: slowDiscount, ridge: 1 },
        chance('discountedRidge1'),
      ),
      discountedAsRun: make(
        0,
        { width: widthAsRun({ bounds, ridge, horizon }, vectors[0]?.length ?? 0) },
        'discountedAsRun',
      ),
      autoregressive: createAutoregressive({ count: vectors.length, memory: rho, noise, largest }),
      exp3: createExp3({ count: vectors.length, horizon, largest }, chance('exp3')),
      batchedExp3: createExp3({ count: vectors.length, horizon, largest, batch }, chance('batchedExp3')),
    };
    if (name === 'B') found['expert B'] = constantRegrets(system, expertVector(expertShares), settings);
    if (2 * rho < 1) players['overestimated'] = make(2 * rho, {}, 'overestimated');
    for (const factor of name.startsWith('A') ? settings.sweep : [])
      players[`bound × ${factor}`] = make(factor * rho, {}, `bound × ${factor}`);
    for (const [turn, [player, learner]] of Object.entries(players).entries()) {
      const { regrets, late, expected } = play(system, learner, `22 ${seed} ${name}`, settings);
      found[`${player} ${name}`] = regrets;
      found[`${player} ${name} late`] = late;
      found[`${player} ${name} expected`] = expected;
      pulse((at + (turn + 1) / Object.keys(players).length) / names.length);
    }
  }
  return found;
}
