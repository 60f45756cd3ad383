import { listOf, numberOf } from '../frame/paper.ts';
import type { Judged, Outcome } from '../frame/paper.ts';
import { meanCurve } from '../frame/figure.ts';
import type { Curve, Figure } from '../frame/figure.ts';
import { mean } from '../frame/statistics.ts';
import { settled } from './config.ts';
import type { Settings } from './config.ts';
import { correlationOf, levelCorrelation, spreadRatio } from './judge.ts';

/** Interventions offered to one transaction, from the fewest to the most. */
const offered = [2, 3, 4, 5, 6, 7, 8];
const penalties = [0.3, 1, 3, 10];

/** Plots of the checks, and of what is shown beside them: those need arms that an ablation leaves out. */
export function figuresOf({ outcomes, settings, ablation }: Judged<Settings>): Figure[] {
  const generations = Array.from({ length: settings.generations }, (_, generation) => generation);
  const over = (name: string, measure: string): Curve =>
    meanCurve(
      name,
      generations,
      outcomes.map((each) => listOf(each, `${name} ${measure}`)),
    );
  const draw = (
    name: string,
    title: string,
    measure: string,
    arms: readonly string[],
    yLabel = 'authorised',
  ): Figure => ({
    name,
    title,
    xLabel: 'generation',
    yLabel,
    curves: arms.map((arm) => over(arm, measure)),
  });
  const correlation = (arm: string): string => {
    const { value, interval } = levelCorrelation(outcomes, arm);
    return `${value.toFixed(2)} (${interval?.map((bound) => bound.toFixed(2)).join(' to ') ?? 'one seed'})`;
  };
  const greedy = (name: string, title: string, arms: readonly [string, ...string[]]): Figure =>
    draw(name, `${title}; lag-1 of the first: ${correlation(arms[0])}`, 'greedy', arms);
  const value = ['squareCb R1', 'fastCb R1', 'epsilonGreedy R1', 'greedy R1', 'uniform R1'];
  const always = [
    draw('value', 'Value of what was served, oracle R, W = 1', 'value', value),
    greedy('greedy', 'Greedy value', ['squareCb1000 R1', 'squareCb R1', 'uniform R1', 'squareCb1000 M8', 'uniform M8']),
  ];
  if (ablation !== null) return always;

  const changing = (world: string, title: string): Figure =>
    greedy(world, title, [
      `squareCb1000 R1 ${world}`,
      `uniform R1 ${world}`,
      `squareCb1000 M1 ${world}`,
      `uniform M1 ${world}`,
    ]);
  const diagnosed = ['squareCb R1', 'uniform R1', 'squareCb M1', 'squareCb M8', 'uniform M8'];
  return [
    ...always,
    changing('retiring', 'Greedy value, interventions come and go'),
    changing('changing', 'Greedy value, issuers change'),
    draw('mitigations', 'Greedy value, oracle M: what may mend the loss by own logs', 'greedy', [
      'squareCb1000 M1',
      'squareCb1000 M1 importance',
      'squareCb1000 M1 classes',
      'squareCb1000 M1 0.02',
      'squareCb1000 M1 0.05',
      'squareCb1000 M8',
      'uniform M1',
    ]),
    draw('network', 'Value of what was served, oracle T, W = 1', 'value', [
      'squareCb T1',
      'epsilonGreedy T1',
      'uniform T1',
    ]),
    draw('epsilons', 'Value of what was served by ε-greedy, oracle R, W = 1', 'value', [
      'epsilonGreedy R1 ε 0.01',
      'epsilonGreedy R1',
      'epsilonGreedy R1 ε 0.2',
      'squareCb R1',
    ]),
    {
      name: 'penalties',
      title: 'Value, SquareCB less ε-greedy, by the penalty of oracle R',
      xLabel: 'λ',
      yLabel: 'authorised',
      logX: true,
      curves: [
        meanCurve(
          'difference',
          penalties,
          outcomes.map((each) => penalties.map((l2) => byPenalty(each, l2))),
        ),
      ],
    },
    {
      name: 'offered',
      title: 'Exploration by interventions offered, last generation',
      xLabel: 'interventions offered',
      yLabel: 'share explored',
      curves: ['squareCb R1', 'fastCb R1', 'epsilonGreedy R1'].map((arm) =>
        meanCurve(
          arm,
          offered,
          outcomes.map((each) => listOf(each, `${arm} byOffered`)),
        ),
      ),
    },
    fluctuation(outcomes),
    oscillation(outcomes),
    realisability(outcomes, generations),
    draw('auc', 'Area under the curve on uniformly drawn interventions', 'auc', diagnosed, 'area'),
    draw('calibration', 'Calibration error on uniformly drawn interventions', 'calibrationError', diagnosed, 'error'),
    draw('entropy', 'Entropy of what is drawn', 'entropy', value.slice(0, 3), 'nats'),
    draw(
      'others',
      'Probability of an action that is not the best',
      'otherProbability',
      value.slice(0, 3),
      'probability',
    ),
  ];
}

/** How much more than the shadow arm's the greedy value varies, with each oracle and memory, at both γ. */
function fluctuation(outcomes: readonly Outcome[]): Figure {
  const windows = ['R1', 'M1', 'M8'];
  const curve = (name: string, rule: string): Curve => {
    const ratios = windows.map((window) => spreadRatio(outcomes, `${rule} ${window}`, `uniform ${window}`));
    return {
      name,
      x: windows.map((_, at) => at + 1),
      y: ratios.map(({ value }) => value),
      low: ratios.map(({ value, interval }) => interval?.[0] ?? value),
      high: ratios.map(({ value, interval }) => interval?.[1] ?? value),
    };
  };
  return {
    name: 'fluctuation',
    title: "Standard deviation of greedy value, to the shadow arm's",
    xLabel: 'oracle and batches in the window',
    yLabel: 'ratio',
    places: windows,
    curves: [curve('SquareCB, γ = 1000', 'squareCb1000'), curve('SquareCB, γ matched', 'squareCb')],
  };
}

/** Worlds and oracles in which a period of two generations is looked for. */
const lookedAt = [
  ['stays, R', 'R1'],
  ['stays, M', 'M1'],
  ['retires, R', 'R1 retiring'],
  ['retires, M', 'M1 retiring'],
  ['changes, R', 'R1 changing'],
  ['changes, M', 'M1 changing'],
] as const;

/** What a generation says of the next one, beside the shadow arm: models that alternate would come near −1. */
function oscillation(outcomes: readonly Outcome[]): Figure {
  const x = lookedAt.map((_, at) => at + 1);
  const curve = (name: string, rule: string): Curve =>
    meanCurve(
      name,
      x,
      outcomes.map((each) => lookedAt.map(([, window]) => correlationOf(each, `${rule} ${window}`))),
    );
  return {
    name: 'oscillation',
    title: 'Lag-1 autocorrelation of the level of greedy value',
    xLabel: 'world, oracle',
    yLabel: 'correlation',
    places: lookedAt.map(([place]) => place),
    curves: [curve('own logs: SquareCB, γ = 1000', 'squareCb1000'), curve('shadow: uniform logs', 'uniform')],
  };
}

function byPenalty(outcome: Outcome, l2: number): number {
  const named = l2 === 1 ? '' : ` λ ${l2}`;
  const level = (rule: string): number => mean(listOf(outcome, `${rule} R1${named} value`).slice(settled));
  return level('squareCb') - level('epsilonGreedy');
}

/** How much worse than the best of its family a model is that is fitted to what a policy logged. */
function realisability(outcomes: readonly Outcome[], generations: readonly number[]): Figure {
  return {
    name: 'realisability',
    title: 'Log-loss above the best of the family',
    xLabel: 'generation',
    yLabel: 'nats',
    curves: ['squareCb R1', 'uniform R1', 'squareCb M8', 'uniform M8', 'squareCb T1', 'uniform T1'].map((arm) => {
      const family = arm.at(-2) ?? '';
      const places = generations.slice(settled);
      return meanCurve(
        arm,
        places,
        outcomes.map((each) => {
          const best = numberOf(each, `best ${family} logLoss`);
          return listOf(each, `${arm} logLoss`).map((logLoss) => logLoss - best);
        }),
        places,
      );
    }),
  };
}
