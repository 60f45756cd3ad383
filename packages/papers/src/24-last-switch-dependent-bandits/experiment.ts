import { greedyTrap, lastSwitchBounds, randomMonotone, runLastSwitch, satiation, spikes } from 'heed/environments';
import type { RunningLastSwitch } from 'heed/environments';
import { lastSwitchBandits } from 'heed/learner';
import { createRandom } from 'heed/math';
import type { LastSwitchModel, Random } from 'heed/math';
import type { Outcome, SeedRun } from '../frame/paper.ts';
import { meanInterval, mean } from '../frame/statistics.ts';
import type { Settings } from './config.ts';

const {
  createBestArm,
  createCombUcb,
  createGreedy,
  createLastSwitchPlayer,
  createRoundRobin,
  createStatelessUcb,
  estimateMeans,
  exactValue,
  planWithoutOverlap,
  relax,
  relaxByPrice,
  roundSchedule,
  valueOf,
} = lastSwitchBandits;
type Relaxation = lastSwitchBandits.Relaxation;
type Player = lastSwitchBandits.LastSwitchPlayer;

/** What an ablation takes away from planning. */
interface Broken {
  readonly phiMost?: number;
  readonly equalOffsets?: boolean;
  readonly anyCandidate?: boolean;
}

const ablations: Readonly<Record<string, Broken>> = {
  'phi = 1 only': { phiMost: 1 },
  'equal offsets': { equalOffsets: true },
  'random candidate': { anyCandidate: true },
};

/** Rounds over which policies that look at states are valued. */
const policyRounds = 2_000;

interface Planned {
  readonly relaxation: Relaxation;
  /** Reward per round of each rounding. */
  readonly rewards: readonly number[];
  readonly leastAdvantage: number;
}

/** Plans for `planned` and plays that on `model`. */
async function plan(
  model: LastSwitchModel,
  { roundings }: Pick<Settings, 'roundings'>,
  seed: string,
  { phiMost, equalOffsets = false, anyCandidate = false }: Broken = {},
  planned = model,
): Promise<Planned> {
  const relaxation = await relax(planned, phiMost === undefined ? {} : { phiMost });
  const random = createRandom(`${seed} roundings`);
  const values = Array.from({ length: roundings }, () => {
    const schedule = roundSchedule(relaxation, random, { equalOffsets });
    return valueOf(schedule, model, { planned, ...(anyCandidate && { anyCandidate: random }) });
  });
  return {
    relaxation,
    rewards: values.map(({ reward }) => reward),
    leastAdvantage: Math.min(...values.map(({ leastAdvantage }) => leastAdvantage)),
  };
}

/** Expected reward per round of a policy, from `from` on. */
function play(player: Player, arms: RunningLastSwitch, rounds: number, from = 0): number {
  let sum = 0;
  for (let round = 0; round < rounds; round += 1) {
    const arm = player.next(arms.states);
    const state = arms.states[arm ?? -1];
    const { reward, expected } = arms.play(arm);
    if (arm !== null && state !== undefined) player.learn(arm, state, reward);
    if (round >= from) sum += expected;
  }
  return sum / (rounds - from);
}

function playKnown(player: Player, model: LastSwitchModel): number {
  const warmUp = model.tauMax + model.phiMax;
  return play(player, runLastSwitch(model, 'known'), policyRounds + warmUp, warmUp);
}

/** Lower end of the 95 % interval of the mean over roundings, as a share of the bound. */
function leastShare({ rewards }: Planned, bound: number): number {
  return meanInterval(rewards)[0] / bound;
}

/** Every run of the paper for one seed. */
export async function runLastSwitchPaper({ settings, seed, ablation, pulse }: SeedRun<Settings>): Promise<Outcome> {
  const found: Record<string, number[]> = {};
  const add = (name: string, value: number): void => {
    (found[name] ??= []).push(value);
  };
  const broken = ablations[ablation ?? ''] ?? {};
  const monotone = ablation !== 'payoffs that fall';
  const leastShares: number[] = [];
  const advantages: number[] = [];

  for (const arms of [3, ...settings.large]) {
    for (let instance = 0; instance < (arms === 3 ? settings.instances : 1); instance += 1) {
      const name = `24 ${seed} ${arms} ${instance}`;
      const model = randomMonotone(arms, name);
      const { value: bound } = await relax(model);
      const roundings = arms === 3 ? settings.roundings : settings.largeRoundings;
      const method = await plan(model, { roundings }, name, broken);
      const equal = await plan(model, settings, name, { equalOffsets: true });
      const any = await plan(model, settings, name, { anyCandidate: true });
      leastShares.push(leastShare(method, bound));
      advantages.push(method.leastAdvantage);
      add(`bound ${arms}`, bound);
      add(`mean ${arms}`, mean(method.rewards));
      add(`best ${arms}`, Math.max(...method.rewards.slice(0, settings.roundings)));
      add(`equal ${arms}`, mean(equal.rewards));
      add(`any ${arms}`, mean(any.rewards));
      add(`greedy ${arms}`, playKnown(createGreedy(model), model));
      add(`arm ${arms}`, playKnown(createBestArm(model), model));
      add(`turns ${arms}`, playKnown(createRoundRobin(arms), model));
      if (arms !== 3) continue;
      add('optimum', exactValue(model).value);
      for (let count = 1; count <= settings.roundings; count *= 2)
        add(`best of ${count}`, Math.max(...method.rewards.slice(0, count)) / bound);
    }
  }
  pulse(0.3);

  for (const position of settings.positions) {
    const model = greedyTrap(position);
    const method = await plan(model, settings, `24 ${seed} trap ${position}`, broken);
    const { value: bound } = await relax(model);
    add('trap', mean(method.rewards));
    add('trap greedy', playKnown(createGreedy(model), model));
    add('trap optimum', exactValue(model).value);
    add('trap bound', bound);
    leastShares.push(leastShare(method, bound));
    advantages.push(method.leastAdvantage);
  }

  const method = await plan(satiation(), settings, `24 ${seed} satiation`, broken);
  const short = await plan(satiation(), settings, `24 ${seed} satiation`, { phiMost: 1 });
  const { value: bound } = await relax(satiation());
  leastShares.push(leastShare(method, bound));
  advantages.push(method.leastAdvantage);
  const satiated = {
    'long blocks': method.relaxation.value / short.relaxation.value - 1,
    'long blocks played': mean(method.rewards) / mean(short.rewards) - 1,
    'satiation optimum': exactValue(satiation()).value,
    'satiation greedy': playKnown(createGreedy(satiation()), satiation()),
    'satiation mean': mean(method.rewards),
  };

  const falling = await plan(spikes(), settings, `24 ${seed} spikes`, broken);
  const apart = planWithoutOverlap(spikes(), relaxByPrice(spikes()), createRandom(`24 ${seed} apart`));
  pulse(0.4);

  return {
    ...found,
    ...satiated,
    'least share': Math.min(...leastShares),
    'least advantage': monotone ? Math.min(...advantages) : falling.leastAdvantage,
    'falling advantage': falling.leastAdvantage,
    'apart advantage': valueOf(apart.schedule, spikes()).leastAdvantage,
    'apart share': apart.reward / apart.bound,
    ...(await online(settings, seed, ablation, pulse)),
  };
}

/** What an exploration saw, and what it earned on the way. */
function explore(model: LastSwitchModel, horizon: number, seed: string, samples?: number) {
  const options = { ...lastSwitchBounds, arms: model.means.length, horizon, ...(samples !== undefined && { samples }) };
  const player = createLastSwitchPlayer(options, createRandom(seed));
  const arms = runLastSwitch(model, seed);
  let [rounds, reward] = [0, 0];
  for (; rounds < horizon; rounds += 1) {
    const arm = player.next(arms.states);
    if (player.planned()) break;
    const state = arms.states[arm ?? -1];
    const outcome = arms.play(arm);
    reward += outcome.expected;
    if (arm !== null && state !== undefined) player.learn(arm, state, outcome.reward);
  }
  return { counts: player.counts, rounds, reward };
}

/** Regret to planning with known payoffs, the gain of the isotonic step, and other learners on the same instance. */
async function online(
  settings: Settings,
  seed: number,
  ablation: string | null,
  pulse: (share: number) => void,
): Promise<Outcome> {
  const broken = ablations[ablation ?? ''] ?? {};
  const withoutIsotonic = ablation === 'no isotonic step';
  const model = randomMonotone(3, `24 ${seed} online`);
  const known = mean((await plan(model, settings, `24 ${seed} known`)).rewards);
  const regrets: number[] = [];
  const shares: number[] = [];
  for (const horizon of settings.horizons) {
    const { counts, rounds, reward } = explore(model, horizon, `24 ${seed} ${horizon}`);
    const estimates = estimateMeans(counts, { withoutIsotonic });
    const later = mean((await plan(model, settings, `24 ${seed} known`, broken, estimates)).rewards);
    const sum = reward + (horizon - rounds) * later;
    regrets.push(horizon * known - sum);
    shares.push(sum / (horizon * known));
  }
  pulse(0.6);
  const gains: number[] = [];
  for (let instance = 0; instance < settings.isotonicInstances; instance += 1) {
    const name = `24 ${seed} isotonic ${instance}`;
    const other = randomMonotone(3, name);
    const { counts } = explore(other, settings.comparedHorizon, name, settings.isotonicSamples);
    const worth = async (without: boolean): Promise<number> =>
      mean((await plan(other, settings, name, {}, estimateMeans(counts, { withoutIsotonic: without }))).rewards);
    gains.push((await worth(withoutIsotonic)) - (await worth(true)));
  }
  pulse(0.8);
  const compared = ablation === null ? compare(model, settings, `24 ${seed}`) : {};
  return { 'regret': regrets, 'share': shares, 'isotonic gain': mean(gains), known, ...compared };
}

/** Expected reward per round of each learner. */
function compare(model: LastSwitchModel, { comparedHorizon: horizon, blockLength }: Settings, seed: string): Outcome {
  const arms = model.means.length;
  const run = (name: string, make: (random: Random) => Player): number =>
    play(make(createRandom(`${seed} ${name}`)), runLastSwitch(model, `${seed} ${name}`), horizon);
  const options = { ...lastSwitchBounds, arms, blockLength };
  return {
    'learner own': run('own', (random) => createLastSwitchPlayer({ ...lastSwitchBounds, arms, horizon }, random)),
    'learner CombUCB1': run('CombUCB1', () => createCombUcb(options)),
    'learner ISI-CombUCB1': run('ISI', () => createCombUcb({ ...options, calibrated: true })),
    'learner UCB1': run('UCB1', () => createStatelessUcb(arms)),
  };
}
