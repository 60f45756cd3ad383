import { lastSwitchBounds, randomMonotone, runLastSwitch } from '../../packages/heed/src/environments/index.ts';
import { lastSwitchBandits } from '../../packages/heed/src/learner/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import type { Contestant } from './measure.ts';

const { createBestArm, createCombUcb, createGreedy, createLastSwitchPlayer, createRoundRobin, createStatelessUcb } =
  lastSwitchBandits;
type Player = lastSwitchBandits.LastSwitchPlayer;

const model = randomMonotone(3, 'benchmark');
const arms = model.means.length;
const samples = 40;
const blockLength = 3;

/** What the peer needs to run the same loops. */
export const lastSwitchSetting = {
  ...lastSwitchBounds,
  samples,
  blockLength,
  means: model.means.map((row) => Array.from(row)),
};

const players: Readonly<Record<string, (rounds: number) => Player>> = {
  'explore, then plan': (rounds) =>
    createLastSwitchPlayer({ ...lastSwitchBounds, arms, horizon: rounds, samples }, createRandom('player')),
  'CombUCB1': () => createCombUcb({ ...lastSwitchBounds, arms, blockLength }),
  'greedy': () => createGreedy(model),
  'best arm': () => createBestArm(model),
  'round robin': () => createRoundRobin(arms),
  'UCB1': () => createStatelessUcb(arms),
};

/** Paper 24: each player on random monotone payoffs, environment and all. */
export const lastSwitchContestants: readonly Contestant[] = Object.entries(players).map(([name, make]) => ({
  name: `24 ${name}`,
  run(rounds) {
    const [player, running] = [make(rounds), runLastSwitch(model, 'arms')];
    let sum = 0;
    for (let round = 0; round < rounds; round += 1) {
      const arm = player.next(running.states);
      const state = running.states[arm ?? -1];
      const { reward } = running.play(arm);
      if (arm !== null && state !== undefined) player.learn(arm, state, reward);
      sum += reward;
    }
    return sum / rounds;
  },
}));
