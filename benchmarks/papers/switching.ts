import { stochasticLosses } from '../../packages/heed/src/environments/index.ts';
import { switchingCostBandits } from '../../packages/heed/src/learner/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import type { Contestant } from './measure.ts';

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
} = switchingCostBandits;
type Options = switchingCostBandits.BatchedDescentOptions;

const actions = 4;
const gap = 0.05;

/** The schedules for a number of rounds; budgets are T^0.75. */
export function switchingSchedules(horizon: number): Readonly<Record<string, Options>> {
  const situation = { actions, horizon };
  const budget = Math.floor(horizon ** 0.75);
  return {
    'full': fullFeedback(situation, budget),
    'flexible': flexibleFeedback(situation, budget, 2),
    'bandit': banditFeedback(situation, budget),
    'plain bandit': plainBandit(situation),
    'Hedge': hedge(situation),
    'Hedge, dartboard': dartboardHedge(situation),
    'Exp3': exp3(situation),
  };
}

export const switchingSetting = { actions, gap };

/** The same batches as the paper's experiment, round by round: what is played is paid for in every round. */
function play(options: Options, losses: Float64Array): number {
  const random = createRandom('player');
  let state = startDescent(options, random);
  let sum = 0;
  for (let batch = 0; batch < options.batches; batch += 1) {
    const [from, to] = batchBounds(options, batch);
    for (let round = from; round < to; round += 1) sum += losses[round * actions + state.action] ?? 0;
    const observed = chooseObservation(options, state, to - from, random);
    const seen = observed.actions.map((action) => losses[(from + observed.round) * actions + action] ?? 0);
    state = descend(options, state, estimateLosses(options, state, observed.actions, seen), random);
  }
  return sum / options.horizon;
}

/** Paper 26: each method on independent losses that are there beforehand. */
export function switchingContestants(): readonly Contestant[] {
  const tables = new Map<number, Float64Array>();
  const tableOf = (horizon: number): Float64Array => {
    const known = tables.get(horizon) ?? stochasticLosses({ actions, horizon, gap, seed: 'losses' }).losses;
    tables.set(horizon, known);
    return known;
  };
  const methods = Object.keys(switchingSchedules(1_024)).map((name): Contestant => ({
    name: `26 ${name}`,
    prepare: (rounds) => void tableOf(rounds),
    run(rounds) {
      const options = switchingSchedules(rounds)[name];
      return options === undefined ? NaN : play(options, tableOf(rounds));
    },
  }));
  const lazy: Contestant = {
    name: '26 lazy leader',
    prepare: (rounds) => void tableOf(rounds),
    run(rounds) {
      const losses = tableOf(rounds);
      const taken = lazyLeader({ actions, horizon: rounds }, losses, createRandom('player'));
      return taken.reduce((sum, action, round) => sum + (losses[round * actions + action] ?? 0), 0) / rounds;
    },
  };
  return [...methods, lazy];
}
