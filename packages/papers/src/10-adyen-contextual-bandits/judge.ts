import { atLeast, atMost, fullOnly, meanOf, ratioOf, reaches, within } from '../frame/checks.ts';
import type { Measured } from '../frame/checks.ts';
import { listOf } from '../frame/paper.ts';
import type { Check, Judged, Outcome } from '../frame/paper.ts';
import { autocorrelation, mean, standardDeviation } from '../frame/statistics.ts';
import { bars, dropPoints, settled } from './config.ts';
import type { Settings } from './config.ts';

/** A list of an outcome without the generations before everything has settled. */
function later(outcome: Outcome, name: string): number[] {
  return listOf(outcome, name).slice(settled);
}

function level(outcome: Outcome, name: string): number {
  return mean(later(outcome, name));
}

function spread(outcome: Outcome, arm: string): number {
  return standardDeviation(later(outcome, `${arm} greedy`));
}

function drops(outcome: Outcome, arm: string): number {
  const values = later(outcome, `${arm} greedy`);
  return mean(values.slice(1).map((value, at) => ((values[at] ?? 0) - value > dropPoints ? 1 : 0)));
}

/** Lag-1 autocorrelation of the level of greedy value: a period of two generations would make it negative. */
export function correlationOf(outcome: Outcome, arm: string): number {
  return autocorrelation(later(outcome, `${arm} greedy`));
}

/** The same over seeds. */
export function levelCorrelation(outcomes: readonly Outcome[], arm: string): Measured {
  return meanOf(outcomes.map((each) => correlationOf(each, arm)));
}

/** Standard deviation of one arm's greedy value over the generations, to that of another. */
export function spreadRatio(outcomes: readonly Outcome[], arm: string, other: string): Measured {
  return ratioOf(outcomes.map((each) => [spread(each, arm), spread(each, other)]));
}

export function judge({ outcomes, preset }: Judged<Settings>): Check[] {
  const difference = (first: string, second: string) =>
    meanOf(outcomes.map((each) => level(each, first) - level(each, second)));
  const ratio = (first: string, second: string) =>
    ratioOf(outcomes.map((each) => [level(each, first), level(each, second)]));
  const values = ['R1', 'R2'].flatMap((window) => {
    const less = (rule: string, other: string) => difference(`${rule} ${window} value`, `${other} ${window} value`);
    const { aboveEpsilonGreedy, aboveUniform } = bars;
    return [
      ...['squareCb', 'fastCb'].map((rule) =>
        atLeast(`1. value, ${rule} less ε-greedy, ${window}`, less(rule, 'epsilonGreedy'), aboveEpsilonGreedy),
      ),
      ...['squareCb', 'fastCb', 'epsilonGreedy'].map((rule) =>
        atLeast(`1. value, ${rule} less uniform, ${window}`, less(rule, 'uniform'), aboveUniform),
      ),
    ];
  });
  const lost = (gamma: string, arm: string, window: string) =>
    [
      `4. greedy value lost to own logs, γ ${gamma}, ${window}`,
      difference(`uniform ${window} greedy`, `${arm} ${window} greedy`),
    ] as const;
  const fluctuation = (gamma: string, arm: string, window: string) =>
    atLeast(
      `5. s.d. of greedy value, SquareCB γ ${gamma} to shadow, ${window}`,
      spreadRatio(outcomes, `${arm} ${window}`, `uniform ${window}`),
      bars.fluctuation,
    );
  return [
    ...values,
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
    atLeast(...lost('= 1000', 'squareCb1000', 'R1'), bars.degradation),
    atLeast(...lost('matched', 'squareCb', 'R1'), bars.degradation),
    within(...lost('= 1000', 'squareCb1000', 'M8'), [-bars.noDegradation, bars.noDegradation]),
    within(...lost('matched', 'squareCb', 'M8'), [-bars.noDegradation, bars.noDegradation]),
    dropCheck(outcomes, preset === 'full'),
    fluctuation('= 1000', 'squareCb1000', 'R1'),
    fluctuation('matched', 'squareCb', 'R1'),
    // At the matched γ seeds differ too much for a bar: it is drawn (`fluctuation`).
    fluctuation('= 1000', 'squareCb1000', 'M1'),
    ...(['= 1000', 'matched'] as const).map((gamma) => {
      const arm = gamma === 'matched' ? 'squareCb' : 'squareCb1000';
      const name = `5. s.d. of greedy value, W = 8 to W = 1, γ ${gamma}, M`;
      return atMost(name, spreadRatio(outcomes, `${arm} M8`, `${arm} M1`), bars.longMemory);
    }),
  ];
}

function dropCheck(outcomes: readonly Outcome[], decided: boolean): Check {
  const name = '4. share of drops above 0.2 points, SquareCB γ = 1000 less shadow, R1';
  if (!decided) return fullOnly(name, '> 0');
  return reaches(
    name,
    meanOf(outcomes.map((each) => drops(each, 'squareCb1000 R1') - drops(each, 'uniform R1'))),
    0,
    0,
  );
}
