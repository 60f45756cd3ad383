import { meanCurve } from '../frame/figure.ts';
import type { Figure } from '../frame/figure.ts';
import { definePaper, listOf } from '../frame/paper.ts';
import type { Judged } from '../frame/paper.ts';
import { full, quick } from './config.ts';
import type { Settings } from './config.ts';
import { runSwitching } from './experiment.ts';
import { judge, worstCurve } from './judge.ts';

function figures({ outcomes, settings, ablation }: Judged<Settings>): Figure[] {
  const budgets = listOf(outcomes[0] ?? {}, 'budgets');
  const curve = (title: string, key: string) =>
    meanCurve(
      title,
      budgets,
      outcomes.map((each) => listOf(each, key)),
    );
  const axes = { xLabel: 'observations B', logX: true, logY: true };
  const methods = Object.entries({
    full: 'full',
    flexible: 'flexible',
    bandit: 'bandit',
    plain: 'batched EXP3, no budget',
    undarted: 'full, drawn anew each batch',
  });
  const ablated = {
    'no dartboard': 'full',
    'dartboard on bandit feedback': 'bandit',
    'sees what it takes': 'flexible',
  };
  const regrets = ['S', 'M', 'A'].map((environment) => ({
    name: `regret-${environment}`,
    title: `Total regret, environment ${environment}, T = 2^${settings.power}`,
    yLabel: 'regret with switches',
    ...axes,
    ablated,
    curves: methods.map(([method, title]) => curve(title, `${method} ${environment} total`)),
  }));
  const unlimited = ['Hedge', 'Hedge, dartboard', 'lazy leader', 'EXP3'];
  return [
    ...regrets,
    {
      name: 'switches',
      title: 'Switches, environment S',
      yLabel: 'switches',
      ...axes,
      ablated,
      curves: methods.map(([method, title]) => curve(title, `${method} S switches`)),
    },
    {
      name: 'extra',
      title: 'Setting 1: regret under the worst gap',
      yLabel: 'regret with switches',
      ...axes,
      xLabel: 'extra observations (1: none)',
      ablated: { 'no dartboard': 'best choice', 'dartboard on bandit feedback': 'best choice' },
      curves: [worstCurve(outcomes, settings)],
    },
    ...(ablation === null
      ? [
          {
            name: 'baselines',
            title: `Beside those who look at every round, environment S, T = 2^${settings.power}`,
            yLabel: 'regret with switches',
            ...axes,
            ablated: {},
            curves: [
              curve('full, B observations', 'full S total'),
              curve('batched EXP3, no budget', 'plain S total'),
              ...unlimited.map((name) => curve(`${name}, no budget`, `${name} total`)),
            ],
          },
        ]
      : []),
  ];
}

export const paper26 = definePaper<Settings>({
  number: '26',
  slug: '26-switching-costs-feedback',
  title: 'Understanding the Role of Feedback in Online Learning with Switching Costs',
  source: 'Cheng, Zhou, Ji 2023, arXiv 2306.09588',
  claims: [
    'With B_ex extra observations beside bandit feedback the regret stays at T^(2/3) until B_ex = T^(2/3), then falls as T / √B_ex.',
    'With B observations in all the regret is T / √B for every B, of full or flexible observations.',
    'Bandit feedback is enough while B is at most about T^(2/3), and not beyond.',
    'One framework, batched mirror descent with a shrinking dartboard, gives all of them.',
  ],
  presets: {
    quick: { settings: quick, seeds: 80, ablationSeeds: 10 },
    full: { settings: full, seeds: 40, ablationSeeds: 10 },
  },
  ablations: [
    { name: 'no dartboard', what: 'the action is drawn anew after each batch' },
    { name: 'dartboard on bandit feedback', what: 'the dartboard where the estimate depends on the action' },
    {
      name: 'sees what it takes',
      what: 'flexible observations that always hold the action taken, weighed as if they did not',
    },
  ],
  runSeed: runSwitching,
  judge,
  figures,
});
