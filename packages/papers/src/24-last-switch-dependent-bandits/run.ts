import { meanCurve } from '../frame/figure.ts';
import type { Curve, Figure } from '../frame/figure.ts';
import { definePaper, listOf, numberOf } from '../frame/paper.ts';
import type { Judged } from '../frame/paper.ts';
import { mean } from '../frame/statistics.ts';
import { full, quick } from './config.ts';
import type { Settings } from './config.ts';
import { runLastSwitchPaper } from './experiment.ts';
import { judge } from './judge.ts';

function figures({ outcomes, settings, ablation }: Judged<Settings>): Figure[] {
  const counts = Array.from({ length: Math.floor(Math.log2(settings.roundings)) + 1 }, (_, power) => 2 ** power);
  const arms = [3, ...settings.large];
  const shareOf = (name: string): number[][] =>
    outcomes.map((each) => arms.map((n) => mean(listOf(each, `${name} ${n}`)) / mean(listOf(each, `bound ${n}`))));
  const level = (name: string, key: string): Curve =>
    meanCurve(
      name,
      counts,
      outcomes.map((each) => counts.map(() => mean(listOf(each, key)) / mean(listOf(each, 'bound 3')))),
    );
  const trap = (name: string, key: string): Curve =>
    meanCurve(
      name,
      settings.positions,
      outcomes.map((each) => [...listOf(each, key)]),
    );
  const learners = ['own', 'CombUCB1', 'ISI-CombUCB1', 'UCB1'];
  // What changes a plan; the others change what is made of it.
  const planning = Object.fromEntries(
    ['phi = 1 only', 'equal offsets', 'random candidate'].map((name) => [name, 'PLAN']),
  );
  return [
    {
      name: 'roundings',
      title: 'Best of R roundings, F1, three arms',
      xLabel: 'R',
      yLabel: 'share of the relaxation',
      logX: true,
      ablated: planning,
      curves: [
        meanCurve(
          'PLAN',
          counts,
          outcomes.map((each) => counts.map((count) => mean(listOf(each, `best of ${count}`)))),
        ),
        level('optimum', 'optimum'),
        level('greedy', 'greedy 3'),
        level('one arm', 'arm 3'),
        level('in turns', 'turns 3'),
      ],
    },
    {
      name: 'offsets',
      title: 'Mean over roundings, F1',
      xLabel: 'arms',
      yLabel: 'share of the relaxation',
      logX: true,
      // Two of them are drawn over all seeds.
      ablated: { 'phi = 1 only': 'PLAN' },
      curves: [
        meanCurve('PLAN', arms, shareOf('mean')),
        { ...meanCurve('PLAN: equal offsets', arms, shareOf('equal')), broken: true },
        { ...meanCurve('PLAN: random candidate', arms, shareOf('any')), broken: true },
        meanCurve('greedy', arms, shareOf('greedy')),
        meanCurve('one arm', arms, shareOf('arm')),
        meanCurve('in turns', arms, shareOf('turns')),
      ],
    },
    {
      name: 'trap',
      title: 'F2: an arm that pays after so many rounds of rest',
      xLabel: 'rounds of rest',
      yLabel: 'reward per round',
      ablated: planning,
      curves: [trap('PLAN', 'trap'), trap('optimum', 'trap optimum'), trap('greedy', 'trap greedy')],
    },
    {
      name: 'regret',
      title: 'Online, F1, three arms',
      xLabel: 'T',
      yLabel: 'regret to PLAN with known payoffs',
      logX: true,
      logY: true,
      ablated: Object.fromEntries(
        [...Object.keys(planning), 'no isotonic step'].map((name) => [name, 'explore, then plan']),
      ),
      curves: [
        meanCurve(
          'explore, then plan',
          settings.horizons,
          outcomes.map((each) => [...listOf(each, 'regret')]),
        ),
      ],
    },
    ...(ablation === null
      ? [
          {
            name: 'learners',
            title: `Learners that do not know the payoffs, F1, three arms, T = ${settings.comparedHorizon}`,
            xLabel: 'learner',
            yLabel: 'reward per round, share of PLAN with known payoffs',
            places: ['explore, then plan', ...learners.slice(1)],
            curves: [
              meanCurve(
                'mean over seeds',
                [1, 2, 3, 4],
                outcomes.map((each) =>
                  learners.map((name) => numberOf(each, `learner ${name}`) / numberOf(each, 'known')),
                ),
              ),
            ],
          },
        ]
      : []),
  ];
}

export const paper24 = definePaper<Settings>({
  number: '24',
  slug: '24-last-switch-dependent-bandits',
  title: 'Last Switch Dependent Bandits with Monotone Payoff Functions',
  source: 'Foussoul, Goyal, Papadigenopoulos, Zeevi 2023, arXiv 2306.00338',
  claims: [
    'Satiation and recovery in one state: what an arm pays depends on plays in a row, or on rest.',
    'Planning is hard, but a relaxation, rounded by mirrored virtual states, earns about 1 − 1/e of it where payoffs are monotone.',
    'Unknown payoffs are learned with sublinear regret against planning with known ones.',
  ],
  presets: {
    quick: { settings: quick, seeds: 20, ablationSeeds: 10 },
    full: { settings: full, seeds: 50, ablationSeeds: 10 },
  },
  ablations: [
    { name: 'phi = 1 only', what: 'blocks of a single play, as for recharging bandits' },
    { name: 'equal offsets', what: 'all arms begin their periods together' },
    { name: 'random candidate', what: 'any of the arms that do not rest is played' },
    { name: 'no isotonic step', what: 'the schedule of the raw means' },
    { name: 'payoffs that fall', what: 'dominance is looked for on F4, where payoffs are not monotone' },
  ],
  runSeed: runLastSwitchPaper,
  judge,
  figures,
});
