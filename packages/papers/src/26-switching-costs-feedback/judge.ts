import { chiSquareTail, choleskyFactor, solveCholesky } from 'heed/math';
import { atLeast, atMost, meanOf, within } from '../frame/checks.ts';
import type { Measured } from '../frame/checks.ts';
import type { Curve } from '../frame/figure.ts';
import { listOf } from '../frame/paper.ts';
import type { Check, Judged, Outcome } from '../frame/paper.ts';
import { bootstrapInterval, logSlope, mean } from '../frame/statistics.ts';
import { bars } from './config.ts';
import type { Settings } from './config.ts';

type Outcomes = readonly Outcome[];

/** Mean over seeds, place by place. */
function meanList(outcomes: Outcomes, name: string): number[] {
  const lists = outcomes.map((outcome) => listOf(outcome, name));
  return (lists[0] ?? []).map((_, at) => mean(lists.map((list) => list[at] ?? NaN)));
}

function overSeeds(outcomes: Outcomes, statistic: (sample: Outcomes) => number): Measured {
  return { value: statistic(outcomes), interval: bootstrapInterval(outcomes, statistic, 500) };
}

function last(outcomes: Outcomes, name: string): number {
  return meanList(outcomes, name).at(-1) ?? NaN;
}

/** At each number of extra observations, the mean regret under the worst gap. */
function worstCase(outcomes: Outcomes, { gaps }: Settings): number[] {
  const byGap = Array.from({ length: gaps }, (_, step) => meanList(outcomes, `extra ${step} total`));
  return (byGap[0] ?? []).map((_, at) => Math.max(...byGap.map((list) => list[at] ?? NaN)));
}

/** The same as a curve over the numbers of extra observations, with its band. */
export function worstCurve(outcomes: Outcomes, settings: Settings): Curve {
  const bounds = settings.extraExponents.map(
    (_, place) =>
      overSeeds(outcomes, (sample) =>
        Math.max(
          ...Array.from({ length: settings.gaps }, (_each, step) =>
            mean(sample.map((outcome) => listOf(outcome, `extra ${step} total`)[place] ?? NaN)),
          ),
        ),
      ).interval,
  );
  return {
    name: 'best choice',
    x: settings.extraExponents.map((exponent) => (2 ** settings.power) ** exponent),
    y: worstCase(outcomes, settings),
    low: bounds.map((interval) => interval?.[0] ?? NaN),
    high: bounds.map((interval) => interval?.[1] ?? NaN),
  };
}

/** The exponent at which regret leaves its level and falls by the square root: least squares on logarithms. */
function kink(regrets: readonly number[], { extraExponents, power }: Settings): number {
  const logs = regrets.map(Math.log);
  const scale = power * Math.LN2;
  let found = NaN;
  let least = Infinity;
  for (let at = 0.4; at <= 1; at += 0.0025) {
    const fall = extraExponents.map((exponent) => -0.5 * scale * Math.max(0, exponent - at));
    const level = mean(logs.map((log, index) => log - (fall[index] ?? 0)));
    const error = mean(logs.map((log, index) => (log - level - (fall[index] ?? 0)) ** 2));
    if (error < least) [least, found] = [error, at];
  }
  return found;
}

/** Probability of so large a distance of actions from their distributions. */
function marginalTest(outcomes: Outcomes, method: string): number {
  const sum = (name: string): number[] => meanList(outcomes, name).map((value) => value * outcomes.length);
  const difference = sum(`${method} difference`);
  const size = difference.length - 1;
  // The last action is left out: the differences sum to 0.
  const covariance = sum(`${method} covariance`);
  const inner = Float64Array.from(
    { length: size * size },
    (_, at) => covariance[Math.floor(at / size) * (size + 1) + (at % size)] ?? 0,
  );
  const factor = choleskyFactor(inner, size);
  if (factor === null) return NaN;
  const solved = solveCholesky(factor, size, difference.slice(0, size));
  return chiSquareTail(
    solved.reduce((total, value, at) => total + value * (difference[at] ?? 0), 0),
    size,
  );
}

/** Passes where no difference lies within the interval. */
function agrees(name: string, { value, interval }: Measured): Check {
  const passed = interval !== null && interval[0] <= 0 && interval[1] >= 0;
  return { name, value, interval, bar: 'interval holds 0', passed };
}

export function judge({ outcomes, settings }: Judged<Settings>): Check[] {
  const budgets = listOf(outcomes[0] ?? {}, 'budgets');
  const horizons = settings.powers.map((power) => 2 ** power);
  const slopeIn = (x: readonly number[], name: string): Measured =>
    overSeeds(outcomes, (sample) => logSlope(x, meanList(sample, name)));
  const ratio = (first: string, second: string): Measured =>
    overSeeds(outcomes, (sample) => last(sample, first) / last(sample, second));
  const at = (exponent: number): number => settings.extraExponents.indexOf(exponent);
  const worst = overSeeds(outcomes, (sample) => {
    const regrets = worstCase(sample, settings);
    const level = regrets[at(0)] ?? NaN;
    return Math.max(
      ...settings.extraExponents.map((exponent, index) =>
        exponent <= 0.55 ? Math.abs((regrets[index] ?? NaN) / level - 1) : 0,
      ),
    );
  });
  const gain = overSeeds(outcomes, (sample) => {
    const regrets = worstCase(sample, settings);
    return (regrets[at(0)] ?? NaN) / (regrets[at(1)] ?? NaN);
  });
  const lossGap = meanOf(
    outcomes.map(
      (each) =>
        ((listOf(each, 'undarted S lossRegret').at(-1) ?? NaN) - (listOf(each, 'full S lossRegret').at(-1) ?? NaN)) /
        Math.sqrt(2 ** settings.power),
    ),
  );
  const probability = (method: string): Measured => ({ value: marginalTest(outcomes, method), interval: null });
  return [
    within('1. slope of total regret against B, full, S', slopeIn(budgets, 'full S total'), bars.slopeInBudget),
    within('1. slope of total regret against B, flexible, S', slopeIn(budgets, 'flexible S total'), bars.slopeInBudget),
    within(
      '1. slope of total regret against T at B = T^0.75, full, S',
      slopeIn(horizons, 'full T total'),
      bars.slopeInHorizon,
    ),
    within(
      '1. slope of total regret against T at B = T^0.75, flexible, S',
      slopeIn(horizons, 'flexible T total'),
      bars.slopeInHorizon,
    ),
    atMost(
      '1. observations spent, largest share of the budget',
      { value: Math.max(...outcomes.flatMap((each) => [...listOf(each, 'spent')])), interval: null },
      1,
    ),
    atMost('2. change of worst-case regret up to T^0.55 extra observations', worst, bars.flatBelow),
    atLeast('2. worst-case regret, without extra to T extra observations', gain, bars.gainOfExtra),
    within(
      '2. exponent at which worst-case regret begins to fall',
      overSeeds(outcomes, (sample) => kink(worstCase(sample, settings), settings)),
      bars.kink,
    ),
    atLeast('3. total regret at B = T, bandit to full, S', ratio('bandit S total', 'full S total'), bars.insufficient),
    atLeast(
      '3. total regret at B = T, bandit to plain bandit, S',
      ratio('bandit S total', 'plain S total'),
      bars.atLeastPlain,
    ),
    atLeast('3. slope of switches against B, bandit, S', slopeIn(budgets, 'bandit S switches'), bars.banditSwitchSlope),
    atMost('3. slope of switches against B, full, S', slopeIn(budgets, 'full S switches'), bars.fullSwitchSlope),
    atLeast(
      '4. switches at B = T, without dartboard to with it, S',
      ratio('undarted S switches', 'full S switches'),
      bars.dartboardSaves,
    ),
    atLeast('4. total regret at B = T, without dartboard to with it, S', ratio('undarted S total', 'full S total'), 1),
    agrees('4. loss regret, without dartboard less with it, in √T, S', lossGap),
    ...['full', 'flexible', 'bandit'].map((method) =>
      atLeast(
        `${method === 'bandit' ? 5 : 4}. actions against their distributions, p, ${method}`,
        probability(method),
        bars.marginal,
      ),
    ),
    atMost(
      'environment M: largest share of losses cut',
      { value: Math.max(...outcomes.flatMap((each) => [...listOf(each, 'clipped')])), interval: null },
      0.01,
    ),
  ];
}
