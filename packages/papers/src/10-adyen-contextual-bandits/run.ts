import { definePaper, listOf } from '../frame/paper.ts';
import type { Judged } from '../frame/paper.ts';
import { meanCurve } from '../frame/figure.ts';
import type { Figure } from '../frame/figure.ts';
import { full, quick } from './config.ts';
import type { Settings } from './config.ts';
import { runGenerations } from './experiment.ts';
import { judge, levelCorrelation } from './judge.ts';

function figures({ outcomes, settings }: Judged<Settings>): Figure[] {
  const generations = Array.from({ length: settings.generations }, (_, generation) => generation);
  const draw = (measure: string, title: string, arms: readonly string[]): Figure => ({
    name: measure,
    title,
    xLabel: 'generation',
    yLabel: 'authorised',
    curves: arms.map((arm) =>
      meanCurve(
        arm,
        generations,
        outcomes.map((each) => listOf(each, `${arm} ${measure}`)),
      ),
    ),
  });
  const correlation = levelCorrelation(outcomes, 'squareCb1000 R1');
  return [
    draw('value', 'Value of what was served, oracle R, W = 1', [
      'squareCb R1',
      'fastCb R1',
      'epsilonGreedy R1',
      'greedy R1',
      'uniform R1',
    ]),
    draw('greedy', `Greedy value (lag-1 autocorrelation at γ = 1000, R1: ${correlation.toFixed(2)})`, [
      'squareCb1000 R1',
      'squareCb R1',
      'uniform R1',
      'squareCb1000 M8',
      'uniform M8',
    ]),
  ];
}

export const paper10 = definePaper<Settings>({
  number: '10',
  slug: '10-adyen-contextual-bandits',
  title: 'Contextual Bandits in Payment Processing: Non-uniform Exploration and Supervised Learning at Adyen',
  source: 'Vangara, Egg 2024, arXiv 2412.00569',
  claims: [
    'Exploration by the gap of a regression oracle costs less than ε-greedy that explores as much, and far less than uniform.',
    'A policy that does well leaves few refusals in its logs, and models trained on them get worse: a longer memory mends that.',
  ],
  presets: {
    quick: { settings: quick, seeds: 20, ablationSeeds: 10 },
    full: { settings: full, seeds: 20, ablationSeeds: 10 },
  },
  ablations: [
    { name: 'random gap', what: 'SquareCB with the scores of the other interventions in any order' },
    { name: 'flipped gap', what: 'SquareCB that explores most where the score is lowest' },
    { name: 'free constant', what: 'no penalty on the constants of the oracle' },
  ],
  runSeed: runGenerations,
  judge,
  figures,
});
