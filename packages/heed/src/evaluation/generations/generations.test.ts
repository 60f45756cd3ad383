import { expect, test } from 'vitest';
import { createRandom, drawNormal } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import { createGenerationTally, generationDefaults, reportGenerations } from './index.ts';
import type { GenerationTally } from './index.ts';
import { oscillationOf } from './oscillation.ts';

type Rewards = readonly (readonly [subject: string | null, reward: number | null])[];

function tallyOf(artifact: string, rewards: Rewards): GenerationTally {
  const tally = createGenerationTally(artifact);
  for (const [subject, reward] of rewards) tally.observe({ subject, reward, probabilities: null });
  return tally;
}

/** Rewards of 0 or 1 with this mean. */
function drawn(artifact: string, mean: number, count: number, random: Random): GenerationTally {
  return tallyOf(
    artifact,
    Array.from({ length: count }, () => [null, Number(random.uniform() < mean)] as const),
  );
}

test('three rewards by hand: subjects are clusters, and what is not known is not 0', () => {
  const rewards: Rewards = [
    ['a', 1],
    ['a', 0],
    ['b', 1],
    ['c', null],
  ];
  const { generations, oscillation } = reportGenerations([tallyOf('first', rewards)]);
  // ψ: a −1/9, b 1/9, and of the two that are added −2/9, 1/9: error √(4/3 · 7/81), with 3 degrees of freedom.
  const radius = 3.182446305284263 * Math.sqrt(28 / 243);
  expect(generations).toEqual([
    {
      artifact: 'first',
      decisions: 4,
      rewards: 3,
      reward: 2 / 3,
      interval: { lower: expect.closeTo(2 / 3 - radius, 10), upper: expect.closeTo(2 / 3 + radius, 10) },
      zeroShare: 1 / 3,
      shaped: 0,
      explorationRate: null,
      entropy: null,
      otherProbability: null,
      difference: null,
      degraded: false,
    },
  ]);
  expect(oscillation).toMatchObject({ generations: 0, autocorrelation: null, oscillating: false });
});

test('what was drawn from, by hand: a single allowed action is no exploration', () => {
  const tally = createGenerationTally('first');
  tally.observe({ subject: null, reward: null, probabilities: [0.25, 0.5, 0.25] });
  tally.observe({ subject: null, reward: null, probabilities: [1] });
  tally.observe({ subject: null, reward: null, probabilities: null });
  expect(reportGenerations([tally]).generations[0]).toMatchObject({
    decisions: 3,
    rewards: 0,
    reward: null,
    interval: null,
    zeroShare: null,
    shaped: 2,
    explorationRate: 0.25,
    entropy: expect.closeTo(0.75 * Math.LN2, 12),
    otherProbability: 0.25,
  });
});

test('what makes no sense is refused, and nothing is told of nothing', () => {
  const tally = createGenerationTally('first');
  expect(() => tally.observe({ subject: null, reward: NaN, probabilities: null })).toThrow(RangeError);
  expect(() => tally.observe({ subject: null, reward: 1, probabilities: [0.5, 0.4] })).toThrow('add up to 0.9');
  expect(reportGenerations([]).generations).toEqual([]);
});

test('a subject of both generations counts once: what it always does is no noise', () => {
  const same = (name: (place: number) => string): Rewards =>
    Array.from({ length: 100 }, (_, place) => [name(place), place % 2] as const);
  const width = (second: Rewards): number => {
    const { difference } = reportGenerations([
      tallyOf(
        '1',
        same((place) => `${place}`),
      ),
      tallyOf('2', second),
    ]).generations[1] ?? { difference: null };
    return (difference?.upper ?? NaN) - (difference?.lower ?? NaN);
  };
  // Others have errors of √(2 · 0.25 / 100); of the same only the four rewards that are added are left.
  expect(width(same((place) => `other ${place}`))).toBeCloseTo(2 * 3.09 * Math.sqrt(0.5 / 100), 1);
  expect(width(same((place) => `${place}`))).toBeLessThan(width(same((place) => `other ${place}`)) / 3);
});

test('a generation with few rewards is not compared, and the next one is compared with the last that was', () => {
  const random = createRandom('few');
  const tallies = [drawn('1', 0.9, 500, random), drawn('2', 0, 20, random), drawn('3', 0.5, 500, random)];
  const [, second, third] = reportGenerations(tallies).generations;
  expect([second?.difference, second?.degraded]).toEqual([null, false]);
  expect(third).toMatchObject({ degraded: true, difference: { to: '1' } });
});

test('rewards that are all alike make no interval of width 0', () => {
  const ones: Rewards = Array.from({ length: 40 }, () => [null, 1] as const);
  const [first, second] = reportGenerations([tallyOf('1', ones), tallyOf('2', [...ones, [null, 0]])]).generations;
  expect((first?.interval?.upper ?? 0) - (first?.interval?.lower ?? 0)).toBeGreaterThan(0.02);
  expect(second?.degraded).toBe(false);
});

test('of 200 runs of 20 generations that are all as good, hardly one alarms: at most 1 in 1,000 comparisons', () => {
  const random = createRandom('equal generations');
  let alarms = 0;
  for (let run = 0; run < 200; run += 1) {
    const tallies = Array.from({ length: 20 }, (_, place) => drawn(`${place}`, 0.8, 80, random));
    alarms += reportGenerations(tallies).generations.filter(({ degraded }) => degraded).length;
  }
  const expected = (200 * 19 * (1 - generationDefaults.degradedLevel)) / 2;
  // Four standard deviations of a count.
  expect(alarms).toBeLessThanOrEqual(expected + 4 * Math.sqrt(expected));
});

test('so too where subjects come back and are not alike', () => {
  const random = createRandom('subjects');
  const rates = Array.from({ length: 60 }, () => random.uniform());
  let alarms = 0;
  for (let run = 0; run < 200; run += 1) {
    const tallies = Array.from({ length: 10 }, (_generation, place) => {
      // Who comes in a generation, and how often, differs.
      const rewards = Array.from({ length: 40 }, () => Math.floor(random.uniform() * 60)).flatMap((who) =>
        Array.from({ length: 4 }, () => [`${who}`, Number(random.uniform() < (rates[who] ?? 0))] as const),
      );
      return tallyOf(`${place}`, rewards);
    });
    alarms += reportGenerations(tallies).generations.filter(({ degraded }) => degraded).length;
  }
  const expected = (200 * 9 * (1 - generationDefaults.degradedLevel)) / 2;
  expect(alarms).toBeLessThanOrEqual(expected + 4 * Math.sqrt(expected));
});

test('a drop of ten points in a hundred is found, and a rise is none', () => {
  const random = createRandom('drop');
  let [found, wrong] = [0, 0];
  for (let run = 0; run < 50; run += 1) {
    const tallies = [0.8, 0.9, 0.8].map((mean, place) => drawn(`${place}`, mean, 800, random));
    const [, rise, drop] = reportGenerations(tallies).generations;
    if (rise?.degraded === true) wrong += 1;
    if (drop?.degraded === true) found += 1;
  }
  // The drop is 5.7 standard errors, the bar 3.1: 99.5 in 100 are found.
  expect(found).toBeGreaterThanOrEqual(45);
  expect(wrong).toBe(0);
});

test('eight levels by hand: r = −7/8, free of bias −3/4, with the variance 2268 / 28224', () => {
  const { autocorrelation, lower, upper, oscillating } = oscillationOf([1, 0, 1, 0, 1, 0, 1, 0]);
  const radius = 2.5758293035489 * Math.sqrt(2_268 / 28_224);
  expect(autocorrelation).toBeCloseTo(-7 / 8, 12);
  expect(lower).toBeCloseTo(-3 / 4 - radius, 10);
  expect(upper).toBeCloseTo(-3 / 4 + radius, 10);
  expect(oscillating).toBe(true);
});

test('seven levels, and levels that are all alike, tell nothing', () => {
  for (const values of [[1, 0, 1, 0, 1, 0, 1], Array.from({ length: 12 }, () => 0.1)])
    expect(oscillationOf(values)).toMatchObject({ autocorrelation: null, oscillating: false });
});

test('a two-cycle in noise is an oscillation; noise, a slope and a step are none', () => {
  const random = createRandom('cycle');
  const told = (runs: number, length: number, level: (place: number) => number): number => {
    let count = 0;
    for (let run = 0; run < runs; run += 1)
      if (oscillationOf(Array.from({ length }, (_, place) => level(place) + drawNormal(random))).oscillating)
        count += 1;
    return count;
  };
  expect(told(50, 14, (place) => (place % 2 === 0 ? 4 : -4))).toBeGreaterThanOrEqual(45);
  const expected = (1_000 * (1 - generationDefaults.oscillationLevel)) / 2;
  for (const length of [8, 12, 20])
    expect(told(1_000, length, () => 0)).toBeLessThanOrEqual(expected + 4 * Math.sqrt(expected));
  expect(told(200, 20, (place) => place)).toBe(0);
  expect(told(200, 20, (place) => (place < 10 ? 5 : 0))).toBe(0);
});
