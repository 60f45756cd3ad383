import { atLeast, atMost, fullOnly, meanOf, within } from '../frame/checks.ts';
import { definePaper, listOf } from '../frame/paper.ts';
import type { Check, Judged, Outcome } from '../frame/paper.ts';
import { autocorrelation, mean, meanInterval, standardDeviation } from '../frame/statistics.ts';
import type { Figure } from '../frame/figure.ts';
import { bars, dropPoints, full, quick, settled } from './config.ts';
import type { Settings } from './config.ts';
import { runGenerations } from './experiment.ts';

const later = (outcome: Outcome, name: string): number[] => listOf(outcome, name).slice(settled);
const level = (outcome: Outcome, name: string): number => mean(later(outcome, name));
const spread = (outcome: Outcome, arm: string): number => standardDeviation(later(outcome, `${arm} greedy`));
const drops = (outcome: Outcome, arm: string): number => {
  const values = later(outcome, `${arm} greedy`);
  return mean(values.slice(1).map((value, at) => ((values[at] ?? 0) - value > dropPoints ? 1 : 0)));
};

function judge({ outcomes, preset }: Judged<Settings>): Check[] {
  const over = (measure: (outcome: Outcome) => number) => meanOf(outcomes.map(measure));
  const difference = (first: string, second: string) => over((each) => level(each, first) - level(each, second));
  const ratio = (first: string, second: string) => over((each) => level(each, first) / level(each, second));
  const spreads = (first: string, second: string) => over((each) => spread(each, first) / spread(each, second));
  const checks: Check[] = [];
  for (const window of ['R1', 'R2']) {
    for (const rule of ['squareCb', 'fastCb'])
      checks.push(
        atLeast(
          `1. value, ${rule} less ε-greedy, ${window}`,
          difference(`${rule} ${window} value`, `epsilonGreedy ${window} value`),
          bars.aboveEpsilonGreedy,
        ),
      );
    for (const rule of ['squareCb', 'fastCb', 'epsilonGreedy'])
      checks.push(
        atLeast(
          `1. value, ${rule} less uniform, ${window}`,
          difference(`${rule} ${window} value`, `uniform ${window} value`),
          bars.aboveUniform,
        ),
      );
  }
  checks.push(
    atMost(
      '2. gap of an explored action, SquareCB to uniform exploration, R1',
      ratio('squareCb R1 gap', 'squareCb R1 uniformGap'),
      bars.gapRatio,
    ),
    atMost(
      '3. share of refusals in the window, SquareCB to uniform, R1',
      ratio('squareCb R1 zeros', 'uniform R1 zeros'),
      bars.zerosRatio,
    ),
    atLeast(
      '3. hold-out log-loss, SquareCB to uniform, R1',
      ratio('squareCb R1 logLoss', 'uniform R1 logLoss'),
      bars.logLossRatio,
    ),
    atLeast(
      '4. greedy value lost to own logs, γ = 1000, R1',
      difference('uniform R1 greedy', 'squareCb1000 R1 greedy'),
      bars.degradation,
    ),
    atLeast(
      '4. greedy value lost to own logs, γ matched, R1',
      difference('uniform R1 greedy', 'squareCb R1 greedy'),
      bars.degradation,
    ),
    within(
      '4. greedy value lost to own logs, γ = 1000, M8',
      difference('uniform M8 greedy', 'squareCb1000 M8 greedy'),
      [-bars.noDegradation, bars.noDegradation],
    ),
    dropCheck(outcomes, preset === 'full'),
    atLeast(
      '5. s.d. of greedy value, SquareCB γ = 1000 to shadow, R1',
      spreads('squareCb1000 R1', 'uniform R1'),
      bars.fluctuation,
    ),
    atLeast(
      '5. s.d. of greedy value, SquareCB γ = 1000 to shadow, M1',
      spreads('squareCb1000 M1', 'uniform M1'),
      bars.fluctuation,
    ),
    atMost(
      '5. s.d. of greedy value, W = 8 to W = 1, M',
      spreads('squareCb1000 M8', 'squareCb1000 M1'),
      bars.longMemory,
    ),
  );
  return checks;
}

function dropCheck(outcomes: readonly Outcome[], decided: boolean): Check {
  const name = '4. share of drops above 0.2 points, SquareCB γ = 1000 less shadow, R1';
  if (!decided) return fullOnly(name, '> 0');
  const values = outcomes.map((each) => drops(each, 'squareCb1000 R1') - drops(each, 'uniform R1'));
  return { ...atLeast(name, meanOf(values), 0), bar: '> 0' };
}

function figures({ outcomes, settings }: Judged<Settings>): Figure[] {
  const curve = (name: string) => {
    const at = Array.from({ length: settings.generations }, (_, index) =>
      outcomes.map((each) => listOf(each, name)[index] ?? NaN),
    );
    const bounds = at.map(meanInterval);
    return {
      name: name.replace(/ (value|greedy)$/, ''),
      x: [...at.keys()],
      y: at.map(mean),
      low: bounds.map(([low]) => low),
      high: bounds.map(([, high]) => high),
    };
  };
  const draw = (measure: string, title: string, arms: readonly string[]): Figure => ({
    name: measure,
    title,
    xLabel: 'generation',
    yLabel: 'authorised',
    curves: arms.map((arm) => curve(`${arm} ${measure}`)),
  });
  const correlation = mean(outcomes.map((each) => autocorrelation(later(each, 'squareCb1000 R1 greedy'))));
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
  presets: { quick: { settings: quick, seeds: 10 }, full: { settings: full, seeds: 10 } },
  ablations: [
    { name: 'random gap', what: 'SquareCB with the scores of the other interventions in any order' },
    { name: 'flipped gap', what: 'SquareCB that explores most where the score is lowest' },
    { name: 'free constant', what: 'no penalty on the constants of the oracle' },
  ],
  runSeed: runGenerations,
  judge,
  figures,
});
