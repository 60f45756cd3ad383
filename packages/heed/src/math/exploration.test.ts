import { expect, test } from 'vitest';
import {
  createRandom,
  greedyNext,
  gumbelTopK,
  plackettLuceNext,
  squareCbGamma,
  squareCbNext,
  uniformNext,
  uniformShare,
} from './index.ts';

const none = Uint8Array.of(0, 0, 0);

test('SquareCB by hand: γ = 10, scores 0.5, 0.2, 0', () => {
  const [first, second, third] = squareCbNext(Float64Array.of(0.5, 0.2, 0), 10, none);
  expect(second).toBeCloseTo(1 / 6, 15); // 1 / (3 + 10 · 0.3)
  expect(third).toBeCloseTo(1 / 8, 15); // 1 / (3 + 10 · 0.5)
  expect(first).toBeCloseTo(1 - 1 / 6 - 1 / 8, 15);
});

test('SquareCB is uniform at γ = 0 and among equals', () => {
  for (const probabilities of [
    squareCbNext(Float64Array.of(3, 2, 1), 0, none),
    squareCbNext(Float64Array.of(2, 2, 2), 50, none),
  ]) {
    for (const probability of probabilities) expect(probability).toBeCloseTo(1 / 3, 15);
  }
});

test('SquareCB looks at the items left only', () => {
  const [first, second, third] = squareCbNext(Float64Array.of(0.5, 0.2, 0), 10, Uint8Array.of(1, 0, 0));
  expect(first).toBe(0);
  expect(second).toBeCloseTo(1 - 1 / 4, 15); // the other has 1 / (2 + 10 · 0.2)
  expect(third).toBeCloseTo(1 / 4, 15);
});

test('γ grows with the examples seen', () => {
  expect(squareCbGamma(10, 0.5, 0)).toBe(0);
  expect(squareCbGamma(10, 0.5, 16)).toBe(40);
});

test('greedy takes the best of those left, and equals share', () => {
  expect([...greedyNext(Float64Array.of(1, 3, 2), none)]).toEqual([0, 1, 0]);
  expect([...greedyNext(Float64Array.of(1, 3, 2), Uint8Array.of(0, 1, 0))]).toEqual([0, 0, 1]);
  expect([...greedyNext(Float64Array.of(3, 3, 2), none)]).toEqual([0.5, 0.5, 0]);
});

test('Plackett–Luce by hand: weights 1, 2, 5 at τ = 0.5', () => {
  const scores = Float64Array.of(0, Math.log(2) / 2, Math.log(5) / 2);
  expect(plackettLuceNext(scores, 0.5, none)[2]).toBeCloseTo(Math.log(5 / 8), 14);
  const next = plackettLuceNext(scores, 0.5, Uint8Array.of(0, 0, 1));
  expect(next[1]).toBeCloseTo(Math.log(2 / 3), 14);
  expect(next[2]).toBe(-Infinity);
});

test('uniformNext shares among those left', () => {
  expect([...uniformNext(Uint8Array.of(0, 1, 0))]).toEqual([-Math.LN2, -Infinity, -Math.LN2]);
});

test('Gumbel-top-k draws the orders of Plackett–Luce', () => {
  const scores = Float64Array.of(0, Math.log(2), Math.log(5));
  const random = createRandom('orders');
  const seen = new Map<string, number>();
  const count = 30_000;
  for (let index = 0; index < count; index += 1) {
    const order = gumbelTopK(scores, 1, 2, random).join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  const expected = {
    '01': ((1 / 8) * 2) / 7,
    '02': ((1 / 8) * 5) / 7,
    '10': ((2 / 8) * 1) / 6,
    '12': ((2 / 8) * 5) / 6,
    '20': ((5 / 8) * 1) / 3,
    '21': ((5 / 8) * 2) / 3,
  };
  const chiSquare = Object.entries(expected).reduce(
    (sum, [order, p]) => sum + ((seen.get(order) ?? 0) - count * p) ** 2 / (count * p),
    0,
  );
  expect(chiSquare).toBeLessThan(20.5); // 99.9 % point of χ² with 5 degrees of freedom
});

test('the uniform share lifts every item to the least probability', () => {
  expect(uniformShare(0, 0.02, 20)).toBeCloseTo(0.4, 15);
  expect(uniformShare(0.5, 0.02, 20)).toBe(0.5);
  expect(uniformShare(0.1, 0.02, 200)).toBe(1);
});
