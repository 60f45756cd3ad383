import { expect, test } from 'vitest';
import {
  advanceStates,
  cellOf,
  checkModel,
  exploreNext,
  payoff,
  playOf,
  requireMonotone,
  stateCount,
  stateFromPast,
  stateOf,
  virtualState,
} from './last-switch.ts';
import { createRandom } from './random.ts';

const bounds = { tauMax: 3, phiMax: 3 };

test('states by hand: rest and plays in a row, cut at the ends', () => {
  expect([-9, -2, -1, 1, 2, 3, 9].map((state) => cellOf(state, bounds))).toEqual([0, 0, 1, 2, 3, 4, 4]);
  expect([0, 1, 2, 3, 4].map((cell) => stateOf(cell, bounds))).toEqual([-2, -1, 1, 2, 3]);
  expect(cellOf(-1, { tauMax: 2, phiMax: 1 })).toBe(-1);
  expect(payoff({ tauMax: 2, phiMax: 1, means: [[0.3, 0.4]] }, 0, -1)).toBe(0);
  const states = [3, -2, 1];
  advanceStates(states, 0);
  expect(states).toEqual([-1, 1, 2]);
  advanceStates(states, 0);
  advanceStates(states, null);
  expect(states).toEqual([1, 3, 4]);
});

test('a schedule by hand: two arms, the better one where both would be played', () => {
  const model = {
    ...bounds,
    means: [
      [0, 0.1, 0.2, 0.5, 0.6],
      [0, 0.3, 0.3, 0.3, 0.3],
    ],
  };
  const schedule = [
    { arm: 0, tau: 2, phi: 1, offset: 0 },
    { arm: 1, tau: 1, phi: 2, offset: 2 },
  ];
  const [first, second] = schedule.map((each) => [0, 1, 2, 3].map((round) => virtualState(each, round, model)));
  expect(first).toEqual([null, null, 2, null]);
  expect(second).toEqual([-1, null, 1, -1]);
  expect([0, 1, 2, 3].map((round) => playOf(schedule, model, round))).toEqual([
    { arm: 1, virtual: -1 },
    null,
    { arm: 0, virtual: 2 },
    { arm: 1, virtual: -1 },
  ]);
  expect(playOf(schedule, model, 2, (arm) => arm !== 0)).toEqual({ arm: 1, virtual: 1 });
  expect(virtualState({ arm: 0, tau: 0, phi: 1, offset: 0 }, 7, model)).toBe(-2);
});

test('exploration by hand', () => {
  const plays = [Float64Array.of(2, 2, 1, 2, 2), Float64Array.of(2, 2, 0, 2, 2)];
  expect(exploreNext(plays, [1, 1], 2, bounds)).toBe(1);
  expect(exploreNext(plays, [1, 1], 2, bounds, (arm) => arm === 0)).toBe(0);
  // State 1 comes after a rest from a play.
  expect(exploreNext(plays, [-1, 3], 2, bounds)).toBeNull();
  // From full rest only a play leads on: of the arm that lacks most.
  expect(exploreNext(plays, [3, 3], 2, bounds)).toBe(1);
  expect(exploreNext(plays, [3, 3], 0, bounds)).toBe('done');
});

test('exploration goes on from the end of a row, where what lacks lies before it', () => {
  const plays = [Float64Array.of(2, 1, 2, 2, 2)];
  expect(exploreNext(plays, [-2], 2, bounds)).toBeNull();
  expect(exploreNext(plays, [1], 2, bounds)).toBe(0);
  expect(exploreNext(plays, [-1], 2, bounds)).toBe(0);
});

test('exploration comes to an end, whatever lacks, also where it hears of its samples late', () => {
  const random = createRandom('exploration');
  for (let run = 0; run < 60; run += 1) {
    const shape = { tauMax: 1 + Math.floor(random.uniform() * 6), phiMax: 1 + Math.floor(random.uniform() * 4) };
    const arms = 1 + Math.floor(random.uniform() * 4);
    const plays = Array.from({ length: arms }, () =>
      Float64Array.from({ length: stateCount(shape) }, () => Math.floor(random.uniform() * 6)),
    );
    const [states, late] = [plays.map(() => shape.tauMax), run % 2 === 0 ? 1 : 15];
    let told = plays.map((own) => own.slice());
    let rounds = 0;
    for (; rounds < 5_000; rounds += 1) {
      if (rounds % late === 0) told = plays.map((own) => own.slice());
      const next = exploreNext(told, states, 5, shape);
      if (next === 'done') break;
      const cell = next === null ? -1 : cellOf(states[next] ?? 0, shape);
      const own = plays[next ?? -1];
      if (own !== undefined && cell >= 0) own[cell] = (own[cell] ?? 0) + 1;
      advanceStates(states, next);
    }
    expect(rounds).toBeLessThan(5_000);
    expect(Math.min(...plays.flatMap((own) => [...own]))).toBeGreaterThanOrEqual(5);
  }
});

test('tables of wrong shape are refused, and payoffs that fall', () => {
  const table =
    (means: number[][], tauMax = 2, phiMax = 2) =>
    () =>
      checkModel({ tauMax, phiMax, means });
  expect(table([[0.1, 0.2, 0.3]])).not.toThrow();
  expect(table([])).toThrow(/at least one arm/);
  expect(table([[0.1, 0.2]])).toThrow('phiMax − 1 + tauMax = 3 means: arm 0 has 2');
  expect(table([[0.1, 0.2, 1.3]])).toThrow(/\[0, 1\].*1.3/);
  expect(table([[0.1, NaN, 0.3]])).toThrow(/NaN/);
  expect(table([[0.1]], 0)).toThrow(/tauMax must be a whole number from 1: it is 0/);
  expect(table([[0.1]], 1, 0)).toThrow(/phiMax must be a whole number from 1: it is 0/);
  expect(() => requireMonotone({ tauMax: 2, phiMax: 2, means: [[0.1, 0.5, 0.4]] })).toThrow(
    'arm 0 pays 0.5 in state 1 and 0.4 in state 2',
  );
});

test('a state read off the past by hand, and as it was gone through', () => {
  const of = (past: string[]): number => stateFromPast(past, 'a', bounds);
  expect([[], ['b'], ['a'], ['a', 'a', 'b'], ['b', 'a'], ['b', 'b', 'b', 'a']].map(of)).toEqual([3, 3, -1, -2, 1, 3]);
  const states = [3];
  const past: string[] = [];
  for (const play of 'aababbbbaaaabb') {
    expect(cellOf(of(past), bounds)).toBe(cellOf(states[0] ?? 0, bounds));
    advanceStates(states, play === 'a' ? 0 : null);
    past.unshift(play);
  }
});
