import { meanCurve } from '../frame/figure.ts';
import type { Figure } from '../frame/figure.ts';
import { definePaper, listOf } from '../frame/paper.ts';
import type { Judged, Outcome } from '../frame/paper.ts';
import { full, quick } from './config.ts';
import type { Settings } from './config.ts';
import { roundsNoted, runDynamical } from './experiment.ts';
import { judge } from './judge.ts';

const players = [
  'dynamical',
  'everyRound',
  'noPersistence',
  'linear',
  'linearRidge1',
  'discounted',
  'autoregressive',
  'exp3',
  'batchedExp3',
];

/** The players that a system has a curve of. */
function drawn(outcome: Outcome, system: string, { sweep }: Settings): string[] {
  const bounds = ['overestimated', ...sweep.map((factor) => `bound × ${factor}`)];
  return [...players, ...(sweep.length > 0 ? bounds : [])].filter((name) => `${name} ${system}` in outcome);
}

function figures({ outcomes, settings }: Judged<Settings>): Figure[] {
  const rounds = roundsNoted(settings.horizon, settings.checkpoints);
  const shown = [...rounds.keys()].filter((at) => at % 5 === 0 || at === rounds.length - 1);
  return Object.keys(settings.systems).map((system) => ({
    name: `regret-${system.replaceAll(/[^\w.]+/g, '-')}`,
    title: `Regret against the best constant action, system ${system}`,
    xLabel: 'round',
    yLabel: 'regret',
    logX: true,
    logY: true,
    curves: drawn(outcomes[0] ?? {}, system, settings).map((name) =>
      meanCurve(
        name,
        shown.map((index) => rounds[index] ?? NaN),
        outcomes.map((each) => listOf(each, `${name} ${system}`)),
        shown,
      ),
    ),
  }));
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
