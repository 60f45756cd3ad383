import { expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import { longRunWorth, runSystem, slowSystem, stabilityOf, syntheticSystem } from '../../environments/index.ts';
import { createAutoregressive, createExp3 } from './baselines.ts';
import { createDiscountedUcb, discountedBounds } from './discounted.ts';
import { addReward, argmax, confidenceWidth, createDynamicalUcb, holdRounds, noRewards } from './ucb.ts';
import type { DynamicalBounds, DynamicalOptions } from './ucb.ts';

const bounds: DynamicalBounds = {
  spectralRadius: 0.5,
  overshoot: 1,
  direct: 1,
  readout: 1,
  input: 1,
  action: 1,
  state: 2,
  noise: 0.1,
};
const options: DynamicalOptions = { bounds, horizon: 100, ridge: 1 };

test('by hand: epochs 1, 2, 4 and 8 at ρ = 1/2 are 1, 2, 3 and 4 rounds long', () => {
  expect([1, 2, 3, 4, 7, 8].map((epoch) => 1 + holdRounds(epoch, 0.5))).toEqual([1, 2, 2, 3, 3, 4]);
  expect(holdRounds(1_000, 0)).toBe(0);
});

test('by hand: c1 = 4, c2 = 3 and σ̃² = 0.01 · 7/3 at the first round', () => {
  const expected = 4 * 1 + 3 + Math.sqrt(2 * 0.01 * (7 / 3) * Math.log(100));
  expect(confidenceWidth(options, 2)(0)).toBeCloseTo(expected, 12);
  expect(confidenceWidth({ ...options, withoutTransient: true }, 2)(0)).toBeCloseTo(expected - 4, 12);
});

test('the largest is taken, equals by chance', () => {
  const random = createRandom('ties');
  expect(argmax(3, (index) => [1, 3, 2][index] ?? NaN, random)).toBe(1);
  expect(argmax(3, (index) => [-3, -2, -1][index] ?? NaN, random)).toBe(2);
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 3_000; draw += 1) {
    const index = argmax(3, (at) => (at === 1 ? 0 : 5), random);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  expect(counts[1]).toBe(0);
  expect(Math.abs((counts[0] ?? NaN) - 1_500)).toBeLessThan(4 * Math.sqrt(750));
});

test('only the last reward of an epoch is learned from', () => {
  const player = createDynamicalUcb(
    [[1]],
    { ...options, bounds: { ...bounds, spectralRadius: 0.5 } },
    createRandom('a'),
  );
  const play = (reward: number): void => {
    player.next();
    player.learn(reward);
  };
  play(2);
  expect(player.estimate()[0]).toBeCloseTo(2 / 2, 12);
  play(100);
  expect(player.estimate()[0]).toBeCloseTo(1, 12);
  play(4);
  expect(player.estimate()[0]).toBeCloseTo((2 + 4) / 3, 12);
});

test('its estimate comes to the long-run worth of the actions, not to what they pay at once', () => {
  const { spectralRadius } = stabilityOf(slowSystem.transition);
  const player = createDynamicalUcb(
    slowSystem.vectors,
    { bounds: { ...bounds, spectralRadius }, horizon: 20_000, ridge: 1 },
    createRandom('b'),
  );
  const running = runSystem(slowSystem, 'noise');
  for (let round = 0; round < 20_000; round += 1) player.learn(running.play(player.next()).reward);
  const worth = longRunWorth(slowSystem);
  const error = Math.max(...player.estimate().map((value, at) => Math.abs(value - (worth[at] ?? NaN))));
  expect(error).toBeLessThan(0.15);
});

test('what is believed of h comes nearer by the root of the epochs', () => {
  const { vectors } = syntheticSystem;
  const worth = longRunWorth(syntheticSystem);
  const [marks, games] = [[32, 512], 60];
  const squaredErrors = marks.map(() => 0);
  for (let game = 0; game < games; game += 1) {
    const running = runSystem(syntheticSystem, `root ${game}`);
    const statistics = noRewards(3, 1e-9);
    for (let epoch = 1; epoch <= 512; epoch += 1) {
      const index = epoch % vectors.length;
      let reward = 0;
      // So long that only noise is left.
      for (let round = 0; round < 8; round += 1) reward = running.play(index).reward;
      addReward(statistics, vectors[index] ?? [], reward);
      const place = marks.indexOf(epoch);
      if (place < 0) continue;
      const error = worth.reduce((sum, value, at) => sum + ((statistics.estimate[at] ?? NaN) - value) ** 2, 0);
      squaredErrors[place] = (squaredErrors[place] ?? NaN) + error / games;
    }
  }
  const [early = NaN, late = NaN] = squaredErrors;
  // The root of 16, within what 60 games tell.
  expect(Math.sqrt(early / late)).toBeGreaterThan(3);
  expect(Math.sqrt(early / late)).toBeLessThan(5.3);
});

test('a constant action earns h·u, within three standard errors', () => {
  const [worth, running] = [longRunWorth(syntheticSystem), runSystem(syntheticSystem, 'constant')];
  const rewards = Array.from({ length: 40_000 }, () => running.play(0).reward);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  expect(Math.abs(mean - ((worth[0] ?? NaN) + 0.5 * (worth[1] ?? NaN)))).toBeLessThan(3 * (0.02 / 200));
  expect(stabilityOf(syntheticSystem.transition).spectralRadius).toBeCloseTo(0.2, 9);
});

test('baselines find the better of two constant rewards', () => {
  const vectors = [
    [1, 0],
    [0, 1],
  ];
  const players = [
    createDiscountedUcb(
      vectors,
      { discount: 0.9999, ridge: 1, horizon: 3_000, coefficients: 1, action: 1, noise: 0.1 },
      createRandom('c'),
    ),
    createExp3({ count: 2, horizon: 3_000, largest: 0.5 }, createRandom('d')),
    createExp3({ count: 2, horizon: 3_000, largest: 0.5, batch: 3 }, createRandom('e')),
  ];
  for (const player of players) {
    let taken = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const index = player.next();
      player.learn(index === 1 ? 0.9 : 0.1);
      taken += round >= 2_000 ? index : 0;
    }
    expect(taken).toBeGreaterThan(600);
  }
});

test('AR2 plays each arm once, then alternates while others may be as good', () => {
  const player = createAutoregressive({ count: 3, memory: 0.5, noise: 0.1, largest: 1 });
  const played: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const index = player.next();
    played.push(index);
    player.learn(index === 2 ? 1 : 0);
  }
  expect(played.slice(0, 3)).toEqual([0, 1, 2]);
  expect(new Set(played.slice(3)).size).toBeGreaterThan(1);
});

test('AR2 by hand: of the two played last the better one is exploited, and who has waited longest is looked at', () => {
  // A radius of nothing to speak of: an arm is looked at again where it is believed to be as good.
  const player = createAutoregressive({ count: 3, memory: 0.5, noise: 1e-9, largest: 1, epoch: 1_000 });
  // After round 2 arms are believed to pay 0.1, 0.05 and 0.2 next; then arm 2 pays nothing, twice.
  const rewards = [
    [0.8, 0, 0],
    [0, 0.2, 0],
    [0, 0, 0.4],
    [0, 0, 0],
    [0, 0, 0],
    [0.1, 0, 0],
    [0.1, 0, 0],
    [0, 0.9, 0],
    [0, 0.9, 0],
  ];
  const played = rewards.map((row) => {
    const index = player.next();
    player.learn(row[index] ?? NaN);
    return index;
  });
  expect(played).toEqual([0, 1, 2, 2, 2, 0, 0, 1, 1]);
});

test('bounds that make no sense, no vectors and a singular design are refused', () => {
  const make =
    (more: Partial<DynamicalOptions>, vectors: number[][] = [[1, 0]]) =>
    () =>
      createDynamicalUcb(vectors, { ...options, ...more }, createRandom('a'));
  expect(make({ bounds: { ...bounds, spectralRadius: 1 } })).toThrow('in [0, 1), for a system that settles: it is 1');
  expect(make({ ridge: 0 })).toThrow('or the design is singular: it is 0');
  expect(make({ horizon: 1 })).toThrow('at least 2 rounds: it is 1');
  expect(make({}, [])).toThrow(RangeError);
  expect(make({}, [[1, 0], [1]])).toThrow('of one length');
  expect(() => createExp3({ count: 2, horizon: 10, largest: 1, batch: 11 }, createRandom('a'))).toThrow('from 1 to 10');
  const wandering = { count: 3, memory: 0.5, noise: 0.1, largest: 1 };
  expect(() => createAutoregressive({ ...wandering, epoch: 3 })).toThrow('exceed 3 rounds: they are 0.5, 0.1 and 3');
  expect(() => createAutoregressive({ ...wandering, memory: 1 })).toThrow('memory must lie in (0, 1)');
});

test('a reward that is no number and a design that has become singular are refused, and spoil nothing', () => {
  const discounted = { discount: 0.9, ridge: 1, horizon: 10, coefficients: 1, action: 1, noise: 0.1 };
  const players = [
    createDynamicalUcb([[1]], options, createRandom('a')),
    createDiscountedUcb([[1]], discounted, createRandom('a')),
    createExp3({ count: 2, horizon: 10, largest: 1 }, createRandom('a')),
    createAutoregressive({ count: 2, memory: 0.5, noise: 0.1, largest: 1 }),
  ];
  for (const player of players) {
    player.next();
    expect(() => player.learn(NaN)).toThrow('it must be finite: it is NaN');
    player.learn(0.5);
    expect([...player.estimate()].every(Number.isFinite)).toBe(true);
  }
  const singular = { matrix: new Float64Array(4), squared: new Float64Array(4), sums: new Float64Array(2) };
  expect(() => discountedBounds(singular)).toThrow('it became singular');
});

test('by hand: V = 2 I, Ṽ = 3 I and Σ u y = (4, 2): θ̂ = (2, 1), V⁻¹ Ṽ V⁻¹ = ¾ I', () => {
  const { estimate, matrix } = discountedBounds({
    matrix: Float64Array.of(2, 0, 0, 2),
    squared: Float64Array.of(3, 0, 0, 3),
    sums: Float64Array.of(4, 2),
  });
  expect([...estimate]).toEqual([expect.closeTo(2, 12), expect.closeTo(1, 12)]);
  expect([...matrix]).toEqual([0.75, 0, 0, 0.75].map((value) => expect.closeTo(value, 12)));
});
