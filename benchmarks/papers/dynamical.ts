import { runSystem, stabilityOf, syntheticSystem } from '../../packages/heed/src/environments/index.ts';
import { dynamicalLinearBandits } from '../../packages/heed/src/learner/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { boundsOf } from '../../packages/papers/src/22-dynamical-linear-bandits/experiment.ts';
import type { Contestant } from './measure.ts';

const { createAutoregressive, createDiscountedUcb, createDynamicalUcb, createExp3 } = dynamicalLinearBandits;
type Player = dynamicalLinearBandits.VectorPlayer;

const horizon = 100_000;
const system = syntheticSystem;
const { spectralRadius } = stabilityOf(system.transition);
const bounds = boundsOf(system, spectralRadius);
const { action } = bounds;
const ridge = Math.log(horizon);
const coefficients = bounds.direct + (bounds.readout * bounds.input) / (1 - spectralRadius);
const largest = coefficients * action;
const count = system.vectors.length;
const batch = 7;
const discount = 0.999999;

/** What the peer needs to run the same loops. */
export const dynamicalSetting = {
  ...system,
  horizon,
  ridge,
  coefficients,
  largest,
  count,
  batch,
  discount,
  bounds,
};

const players: Readonly<Record<string, () => Player>> = {
  'DynLin-UCB': () => createDynamicalUcb(system.vectors, { bounds, horizon, ridge }, createRandom('player')),
  'Lin-UCB': () =>
    createDynamicalUcb(
      system.vectors,
      { bounds: { ...bounds, spectralRadius: 0 }, horizon, ridge, withoutTransient: true },
      createRandom('player'),
    ),
  'D-Lin-UCB': () =>
    createDiscountedUcb(
      system.vectors,
      { discount, ridge, horizon, coefficients, action, noise: bounds.noise },
      createRandom('player'),
    ),
  'AR2': () => createAutoregressive({ count, memory: spectralRadius, noise: bounds.noise, largest }),
  'EXP3': () => createExp3({ count, horizon, largest }, createRandom('player')),
  'batched EXP3': () => createExp3({ count, horizon, largest, batch }, createRandom('player')),
};

/** Paper 22: each player on the paper's synthetic system, environment and all. */
export const dynamicalContestants: readonly Contestant[] = Object.entries(players).map(([name, make]) => ({
  name: `22 ${name}`,
  run(rounds) {
    const [player, running] = [make(), runSystem(system, 'system')];
    let sum = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { reward } = running.play(player.next());
      player.learn(reward);
      sum += reward;
    }
    return sum / rounds;
  },
}));
