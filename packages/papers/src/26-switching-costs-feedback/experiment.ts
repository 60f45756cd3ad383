import { createRandom } from 'heed/math';
import type { Random } from 'heed/math';
import { shiftingLosses, stochasticLosses, walkLosses } from 'heed/environments';
import type { LossTable } from 'heed/environments';
import { switchingCostBandits } from 'heed/learner';
import type { Outcome, SeedRun } from '../frame/paper.ts';
import type { Settings } from './config.ts';

const {
  banditFeedback,
  batchBounds,
  chooseObservation,
  dartboardHedge,
  descend,
  estimateLosses,
  exp3,
  flexibleFeedback,
  fullFeedback,
  hedge,
  lazyLeader,
  plainBandit,
  startDescent,
  withExtraObservations,
} = switchingCostBandits;
type Options = switchingCostBandits.BatchedDescentOptions;
type State = switchingCostBandits.BatchedDescentState;

/** Losses with the sums that make a batch's loss one subtraction. */
interface Game {
  readonly table: LossTable;
  readonly sums: Float64Array;
  readonly bestLoss: number;
}

interface Played {
  readonly lossRegret: number;
  readonly switches: number;
  readonly total: number;
  /** Losses looked at. */
  readonly observations: number;
}

function gameOf(table: LossTable): Game {
  const { actions, horizon, losses } = table;
  const sums = new Float64Array((horizon + 1) * actions);
  for (let at = 0; at < losses.length; at += 1) sums[at + actions] = (sums[at] ?? 0) + (losses[at] ?? 0);
  return { table, sums, bestLoss: Math.min(...sums.subarray(horizon * actions)) };
}

/** Breaks the method where an ablation asks for it. */
function broken(options: Options, ablation: string | null): Options {
  if (ablation === 'no dartboard') return { ...options, dartboard: false };
  if (ablation === 'dartboard on bandit feedback' && options.observed.kind === 'bandit')
    return { ...options, dartboard: true };
  return options;
}

function observe(options: Options, state: State, rounds: number, random: Random, ablation: string | null) {
  const observation = chooseObservation(options, state, rounds, random);
  if (ablation !== 'sees what it takes' || options.observed.kind !== 'flexible') return observation;
  const others = observation.actions.filter((action) => action !== state.action);
  return { ...observation, actions: [state.action, ...others].slice(0, options.observed.count) };
}

function play({ table, sums, bestLoss }: Game, given: Options, seed: string, ablation: string | null): Played {
  const options = broken(given, ablation);
  const { losses, actions } = table;
  const random = createRandom(seed);
  let state = startDescent(options, random);
  let [loss, switches, observations] = [0, 0, 0];
  for (let batch = 0; batch < options.batches; batch += 1) {
    const [from, to] = batchBounds(options, batch);
    loss += (sums[to * actions + state.action] ?? 0) - (sums[from * actions + state.action] ?? 0);
    if (batch === options.batches - 1) break;
    const observation = observe(options, state, to - from, random, ablation);
    const seen = observation.actions.map((action) => losses[(from + observation.round) * actions + action] ?? 0);
    observations += seen.length;
    const next = descend(options, state, estimateLosses(options, state, observation.actions, seen), random);
    if (next.action !== state.action) switches += 1;
    state = next;
  }
  return { lossRegret: loss - bestLoss, switches, total: loss - bestLoss + switches, observations };
}

/** Regret with switches of those who look at every round: what no budget of observations allows. */
function playUnlimited(game: Game, seed: string): Readonly<Record<string, number>> {
  const { losses, actions, horizon } = game.table;
  const situation = { actions, horizon };
  const schedules = {
    'Hedge': hedge(situation),
    'Hedge, dartboard': dartboardHedge(situation),
    'EXP3': exp3(situation),
  };
  const taken = lazyLeader(situation, losses, createRandom(`${seed} lazy leader`));
  let [loss, switches] = [0, 0];
  for (const [round, action] of taken.entries()) {
    loss += losses[round * actions + action] ?? 0;
    if (round > 0 && action !== taken[round - 1]) switches += 1;
  }
  return {
    ...Object.fromEntries(
      Object.entries(schedules).map(([name, options]) => [name, play(game, options, `${seed} ${name}`, null).total]),
    ),
    'lazy leader': loss - game.bestLoss + switches,
  };
}

/** Every run of the paper for one seed. */
export function runSwitching({ settings, seed, ablation, pulse }: SeedRun<Settings>): Outcome {
  const found: Record<string, number[]> = {};
  const add = (name: string, values: Partial<Played>): void => {
    for (const [measure, value] of Object.entries(values)) (found[`${name} ${measure}`] ??= []).push(value);
  };
  const { actions, flexible } = settings;
  const horizon = 2 ** settings.power;
  const situation = { actions, horizon };
  for (const [step, exponent] of settings.exponents.entries()) {
    const budget = Math.floor(horizon ** exponent);
    const gap = Math.min(0.25, Math.sqrt(actions / budget));
    const methods: Record<string, Options> = {
      full: fullFeedback(situation, budget),
      flexible: flexibleFeedback(situation, budget, flexible),
      bandit: banditFeedback(situation, budget),
      plain: plainBandit(situation),
    };
    methods['undarted'] = { ...fullFeedback(situation, budget), dartboard: false };
    const environments = {
      S: () => stochasticLosses({ actions, horizon, gap, seed: `26 ${seed}` }),
      M: () => walkLosses({ actions, horizon, gap, seed: `26 ${seed}`, scale: settings.walkScale }),
      A: () => shiftingLosses({ actions, horizon, gap: settings.shiftGap, seed: `26 ${seed}` }),
    };
    (found['budgets'] ??= []).push(budget);
    // One at a time: a table of the full preset has 134 MB.
    for (const [at, [environment, make]] of Object.entries(environments).entries()) {
      const game = gameOf(make());
      if (environment === 'M') (found['clipped'] ??= []).push(game.table.clipped);
      for (const [method, options] of Object.entries(methods)) {
        const played = play(game, options, `${seed} ${method} ${exponent}`, ablation);
        add(`${method} ${environment}`, played);
        if (method !== 'plain') (found['spent'] ??= []).push(played.observations / budget);
      }
      // Nothing of these is taken away.
      if (environment === 'S' && ablation === null)
        for (const [name, total] of Object.entries(playUnlimited(game, `${seed} ${exponent}`))) add(name, { total });
      pulse((0.4 * (step + (at + 1) / 3)) / settings.exponents.length);
    }
  }
  for (const [step, power] of settings.powers.entries()) {
    const rounds = 2 ** power;
    const budget = Math.floor(rounds ** settings.againstHorizon);
    const gap = Math.min(0.25, Math.sqrt(actions / budget));
    const game = gameOf(stochasticLosses({ actions, horizon: rounds, gap, seed: `26 ${seed} ${power}` }));
    const at = { actions, horizon: rounds };
    add('full T', { total: play(game, fullFeedback(at, budget), `${seed} full ${power}`, ablation).total });
    add('flexible T', {
      total: play(game, flexibleFeedback(at, budget, flexible), `${seed} flexible ${power}`, ablation).total,
    });
    pulse(0.4 + (0.2 * (step + 1)) / settings.powers.length);
  }
  for (let step = 0; step < settings.gaps; step += 1) {
    const game = gameOf(stochasticLosses({ actions, horizon, gap: 0.25 * 2 ** (-step / 2), seed: `26 ${seed}` }));
    for (const exponent of settings.extraExponents) {
      const extra = exponent === 0 ? 0 : Math.floor(horizon ** exponent);
      add(`extra ${step}`, {
        total: play(game, withExtraObservations(situation, extra), `${seed} extra ${exponent}`, ablation).total,
      });
    }
    pulse(0.6 + (0.3 * (step + 1)) / settings.gaps);
  }
  return { ...found, ...marginals(settings, seed, ablation) };
}

/** Many short games on the same losses: how far the last action is from its distribution, and the covariance of that. */
function marginals({ marginalGames }: Settings, seed: number, ablation: string | null): Outcome {
  const [actions, rounds] = [4, 8];
  const chance = createRandom(`marginal losses`);
  const losses = Float64Array.from(
    { length: actions * rounds },
    (_, at) => (at % actions === 0 ? 0.1 : 1) * chance.uniform(),
  );
  const base = { actions, horizon: rounds, batches: rounds };
  const methods: Record<string, Options> = {
    full: { ...base, learningRate: 0.5, observed: { kind: 'full' }, dartboard: true },
    flexible: { ...base, learningRate: 0.25, observed: { kind: 'flexible', count: 2 }, dartboard: true },
    bandit: { ...base, learningRate: 0.15, observed: { kind: 'bandit' }, dartboard: false },
  };
  const found: Record<string, number[]> = {};
  for (const [method, given] of Object.entries(methods)) {
    const options = broken(given, ablation);
    const random = createRandom(`${seed} marginal ${method}`);
    const difference = Array.from({ length: actions }, () => 0);
    const covariance = Array.from({ length: actions * actions }, () => 0);
    for (let game = 0; game < marginalGames; game += 1) {
      let state = startDescent(options, random);
      for (let round = 0; round < rounds; round += 1) {
        const { actions: seen } = observe(options, state, 1, random, ablation);
        const estimate = estimateLosses(
          options,
          state,
          seen,
          seen.map((action) => losses[round * actions + action] ?? 0),
        );
        state = descend(options, state, estimate, random);
      }
      for (let row = 0; row < actions; row += 1) {
        const weight = state.weights[row] ?? 0;
        difference[row] = (difference[row] ?? 0) + (state.action === row ? 1 : 0) - weight;
        for (let column = 0; column < actions; column += 1)
          covariance[row * actions + column] =
            (covariance[row * actions + column] ?? 0) +
            (row === column ? weight : 0) -
            weight * (state.weights[column] ?? 0);
      }
    }
    found[`${method} difference`] = difference;
    found[`${method} covariance`] = covariance;
  }
  return found;
}
