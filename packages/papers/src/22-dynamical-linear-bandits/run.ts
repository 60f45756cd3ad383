import { meanCurve } from '../frame/figure.ts';
import type { Curve, Figure } from '../frame/figure.ts';
import { definePaper, listOf, numberOf } from '../frame/paper.ts';
import type { Judged, Outcome } from '../frame/paper.ts';
import { full, quick, titles } from './config.ts';
import type { Settings } from './config.ts';
import { roundsNoted, runDynamical } from './experiment.ts';
import { judge } from './judge.ts';

/** The players that a system has a curve of, but for those with another ridge. */
function drawn(outcome: Outcome, system: string): string[] {
  return Object.keys(titles).filter((name) => `${name} ${system}` in outcome && !name.endsWith('Ridge1'));
}

/** Those that have one curve for each ridge. */
const ridged = ['dynamical', 'dynamicalRidge1', 'linear', 'linearRidge1', 'discounted', 'discountedRidge1'];

/** Those of whom both regrets are drawn. */
const compared = ['dynamical', 'everyRound', 'noPersistence', 'linear', 'discounted', 'exp3'];

function fileOf(system: string): string {
  return system.replaceAll(/[^\w.]+/g, '-');
}

function figures({ outcomes, settings }: Judged<Settings>): Figure[] {
  const rounds = roundsNoted(settings.horizon, settings.checkpoints);
  const shown = [...rounds.keys()].filter((at) => at % 5 === 0 || at === rounds.length - 1);
  const systems = Object.keys(settings.systems);
  const regrets = (system: string, names: readonly string[]): Curve[] =>
    names.map((name) =>
      meanCurve(
        titles[name] ?? name,
        shown.map((index) => rounds[index] ?? NaN),
        outcomes.map((each) => listOf(each, `${name} ${system}`)),
        shown,
      ),
    );
  const axes = { xLabel: 'round', yLabel: 'regret, sum of J* − h·u', logX: true, logY: true };
  return [
    ...systems.map((system) => ({
      name: `regret-${fileOf(system)}`,
      title: `Regret against the best constant action, system ${system}`,
      ...axes,
      curves: regrets(system, drawn(outcomes[0] ?? {}, system)),
    })),
    ...systems.map((system) => ({
      name: `ridges-${fileOf(system)}`,
      title: `Regret with λ = log T, and with λ = 1, system ${system}`,
      ...axes,
      ablated: {},
      curves: regrets(system, ridged),
    })),
    ...systems.map((system) => ({
      name: `conventions-${fileOf(system)}`,
      title: `Regret at T = ${settings.horizon}, counted both ways, system ${system}`,
      xLabel: 'learner',
      yLabel: 'regret',
      logY: true,
      places: ['DynLin-UCB', 'every round', 'ρ̄ = 0', 'Lin-UCB', 'D-Lin-UCB', 'EXP3'],
      ablated: {},
      curves: [
        meanCurve(
          'sum of J* − h·u',
          [1, 2, 3, 4, 5, 6],
          outcomes.map((each) => compared.map((name) => listOf(each, `${name} ${system}`).at(-1) ?? NaN)),
        ),
        meanCurve(
          'T J* less expected rewards',
          [1, 2, 3, 4, 5, 6],
          outcomes.map((each) => compared.map((name) => numberOf(each, `${name} ${system} expected`))),
        ),
      ],
    })),
  ];
}

export const paper22 = definePaper<Settings>({
  number: '22',
  slug: '22-dynamical-linear-bandits',
  title: 'Dynamical Linear Bandits',
  source: 'Mussi, Metelli, Restelli 2023, arXiv 2211.08997',
  claims: [
    'The best policy is a constant action that maximises its long-run worth h·u.',
    'DynLin-UCB has sub-linear regret where learners without persistence settle on what pays at once.',
    'It stays sub-linear where the bound of the spectral radius is twice too large.',
  ],
  presets: {
    quick: { settings: quick, seeds: 20, ablationSeeds: 20 },
    full: { settings: full, seeds: 50, ablationSeeds: 10 },
  },
  ablations: [
    { name: 'no persistence', what: 'every action is held for one round, as if nothing carried over' },
    { name: 'every round', what: 'the rewards of every round are learned from, not the last of an epoch alone' },
    { name: 'first reward', what: 'the first reward of an epoch is learned from, before the system has settled' },
  ],
  runSeed: runDynamical,
  judge,
  figures,
});
