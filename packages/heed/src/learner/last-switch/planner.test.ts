import { expect, test } from 'vitest';
import { greedyTrap, randomMonotone, satiation, spikes } from '../../environments/index.ts';
import { createRandom } from '../../math/index.ts';
import { exactValue, planMirrored, planWithoutOverlap, relax, relaxByPrice, roundSchedule, valueOf } from './index.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the relaxation by hand', async () => {
  // One arm that pays 0.8 after two rounds of rest, 0.2 after one: 0.8 / 3, against 0.2 / 2.
  const one = await relax({ tauMax: 2, phiMax: 1, means: [[0.2, 0.8]] });
  expect(one.value).toBeCloseTo(0.8 / 3, 9);
  expect(one.blocks).toHaveLength(1);
  expect(one.blocks[0]).toMatchObject({ arm: 0, tau: 2, phi: 1 });
  expect(one.blocks[0]?.frequency).toBeCloseTo(1 / 3, 9);
  // Two such arms share the plays only where these are scarce: they are not.
  expect(
    (
      await relax({
        tauMax: 2,
        phiMax: 1,
        means: [
          [0.2, 0.8],
          [0.2, 0.8],
        ],
      })
    ).value,
  ).toBeCloseTo(1.6 / 3, 9);
  // An arm that never tires is played always.
  expect((await relax({ tauMax: 2, phiMax: 2, means: [[0.5, 0.5, 0.5]] })).value).toBeCloseTo(0.5, 9);
  expect((await relax(satiation())).value).toBeCloseTo(0.7, 9);
  expect((await relax(satiation(), { phiMost: 1 })).value).toBeCloseTo(0.61, 9);
  expect((await relax(greedyTrap(4))).value).toBeCloseTo((0.95 + 0.05 * 4) / 5, 9);
});

test('the solver and the price agree, on payoffs of any shape', async () => {
  const random = createRandom('agreement');
  for (let instance = 0; instance < 40; instance += 1) {
    const [tauMax, phiMax] = [1 + Math.floor(random.uniform() * 7), 1 + Math.floor(random.uniform() * 5)];
    const means = Array.from({ length: 1 + Math.floor(random.uniform() * 8) }, () =>
      Array.from({ length: tauMax + phiMax - 1 }, () => random.uniform()),
    );
    const model = { tauMax, phiMax, means };
    expect(relaxByPrice(model).value).toBeCloseTo((await relax(model)).value, 8);
    expect(relaxByPrice(model, { phiMost: 1 }).value).toBeCloseTo((await relax(model, { phiMost: 1 })).value, 8);
  }
});

test('frequencies are feasible: no arm has more time than there is, and there is one play a round', async () => {
  for (let instance = 0; instance < 20; instance += 1) {
    const model = randomMonotone(5, `feasible ${instance}`);
    for (const { blocks } of [await relax(model), relaxByPrice(model)]) {
      const times = model.means.map((_, arm) =>
        blocks.reduce((sum, each) => sum + (each.arm === arm ? (each.tau + each.phi) * each.frequency : 0), 0),
      );
      expect(Math.max(...times)).toBeLessThanOrEqual(1 + 1e-12);
      expect(blocks.reduce((sum, { phi, frequency }) => sum + phi * frequency, 0)).toBeLessThanOrEqual(1 + 1e-7);
    }
  }
});

test('no policy earns more than the relaxation, and the best schedule no more than the optimum', () => {
  for (let instance = 0; instance < 3; instance += 1) {
    const model = randomMonotone(2, `bound ${instance}`);
    const relaxation = relaxByPrice(model);
    const { value } = exactValue(model);
    expect(value).toBeLessThanOrEqual(relaxation.value + 1e-6);
    expect(planMirrored(model, relaxation, createRandom('plan')).reward).toBeLessThanOrEqual(value + 1e-6);
  }
});

test('a schedule by hand: rest two, play one, beside an arm that is always played', () => {
  const model = {
    tauMax: 2,
    phiMax: 2,
    means: [
      [0.1, 0.4, 0.8],
      [0.5, 0.5, 0.5],
    ],
  };
  const schedule = [
    { arm: 0, tau: 2, phi: 1, offset: 0 },
    { arm: 1, tau: 0, phi: 1, offset: 0 },
  ];
  expect(valueOf(schedule, model).reward).toBeCloseTo((0.8 + 0.5 + 0.5) / 3, 12);
});

test('every play pays at least what its virtual state does, where payoffs do not fall; on spikes it does not', () => {
  const least = (model: ReturnType<typeof spikes>, seed: string): number => {
    const relaxation = relaxByPrice(model);
    const random = createRandom(seed);
    const values = Array.from({ length: 50 }, () => valueOf(roundSchedule(relaxation, random), model).leastAdvantage);
    return Math.min(...values);
  };
  for (let instance = 0; instance < 10; instance += 1)
    expect(least(randomMonotone(4, `dominance ${instance}`), 's')).toBeGreaterThanOrEqual(0);
  expect(least(spikes(), 's')).toBeLessThan(-0.8);
});

test('planning earns most of the bound, with independent offsets more than with equal ones', () => {
  const [own, equal, bounds]: [number[], number[], number[]] = [[], [], []];
  for (let instance = 0; instance < 12; instance += 1) {
    const model = randomMonotone(3, `worth ${instance}`);
    const relaxation = relaxByPrice(model);
    const random = createRandom(`worth ${instance}`);
    const plan = planMirrored(model, relaxation, random);
    expect(plan.reward).toBe(Math.max(...plan.rewards));
    own.push(mean(plan.rewards));
    bounds.push(plan.bound);
    equal.push(
      mean(plan.rewards.map(() => valueOf(roundSchedule(relaxation, random, { equalOffsets: true }), model).reward)),
    );
  }
  expect(mean(own) / mean(bounds)).toBeGreaterThan(1 - 1 / Math.E);
  expect(mean(own)).toBeGreaterThan(mean(equal));
});

test('payoffs that fall are refused; kept apart, arms are played in their virtual states whatever they pay', () => {
  const relaxation = relaxByPrice(spikes());
  expect(() => planMirrored(spikes(), relaxation, createRandom('s'))).toThrow(/arm 0 pays 0.95 in state 3 and 0 in/);
  const plan = planWithoutOverlap(spikes(), relaxation, createRandom('s'));
  expect(valueOf(plan.schedule, spikes()).leastAdvantage).toBe(0);
  // Spikes at 3 and 5 meet every fourth and sixth round, at even and odd places.
  expect(plan.reward).toBeCloseTo(0.95 / 4 + 0.85 / 6, 12);
});

test('bad requests are refused', async () => {
  const model = satiation();
  await expect(relax({ ...model, tauMax: 5 })).rejects.toThrow(/must have phiMax − 1 \+ tauMax = 8 means/);
  await expect(relax(model, { phiMost: 0 })).rejects.toThrow(/phiMost must be a whole number from 1 to 4: it is 0/);
  expect(() => planMirrored(model, relaxByPrice(model), createRandom('s'), { roundings: 0 })).toThrow(/roundings/);
});
