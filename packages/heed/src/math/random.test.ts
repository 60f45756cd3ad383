import { expect, test } from 'vitest';
import { createRandom, drawIndex } from './index.ts';

const golden = [0.1441913631061259, 0.9593489864920776, 0.06531092347106168];

test('a seed gives the same stream for ever', () => {
  const random = createRandom('decision 7');
  expect([random.uniform(), random.uniform(), random.gumbel()]).toEqual(golden);
  expect(createRandom('decision 8').uniform()).not.toBe(createRandom('decision 7').uniform());
});

test('uniform numbers have the mean, variance and spread of uniform numbers', () => {
  const random = createRandom('moments');
  const count = 100_000;
  const cells = new Float64Array(20);
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < count; index += 1) {
    const u = random.uniform();
    sum += u;
    squares += u * u;
    const cell = Math.floor(u * 20);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  expect(Math.abs(sum / count - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / count));
  expect(Math.abs(squares / count - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / count));
  const chiSquare = cells.reduce((total, seen) => total + (seen - count / 20) ** 2 / (count / 20), 0);
  expect(chiSquare).toBeLessThan(43.8); // 99.9 % point of χ² with 19 degrees of freedom
});

test('first numbers of neighbouring seeds do not hang together', () => {
  const firsts = Array.from({ length: 20_000 }, (_, index) => createRandom(`seed-${index}`).uniform());
  let covariance = 0;
  for (let index = 1; index < firsts.length; index += 1)
    covariance += ((firsts[index] ?? 0) - 0.5) * ((firsts[index - 1] ?? 0) - 0.5);
  expect(Math.abs(covariance * 12) / firsts.length).toBeLessThan(4 / Math.sqrt(firsts.length));
});

test('Gumbel numbers have the mean of Euler and Mascheroni', () => {
  const random = createRandom('gumbel');
  let sum = 0;
  for (let index = 0; index < 100_000; index += 1) sum += random.gumbel();
  expect(Math.abs(sum / 100_000 - 0.577_215_664_9)).toBeLessThan(4 * Math.sqrt(Math.PI ** 2 / 6 / 100_000));
});

test('drawIndex walks the cumulative sum, never to a probability of 0', () => {
  expect([0, 0.19, 0.2, 0.69, 0.7, 0.99].map((u) => drawIndex([0, 0.2, 0.5, 0, 0.3, 0], u))).toEqual([
    1, 1, 2, 2, 4, 4,
  ]);
  expect(drawIndex([0.5, 0.499_999, 0], 0.999_999_9)).toBe(1);
});
