import { expect, test } from 'vitest';
import { lastInputsMlp, mlpFromArrays, mlpToArrays, packArrays, predictMlp, unpackArrays } from './index.ts';

// Two features, of which the second is halved; two hidden units; one output.
const network = {
  scales: Float32Array.of(1, 0.5),
  layers: [
    { weight: Float32Array.of(1, -1, 2, 1), bias: Float32Array.of(0, 0.5) },
    { weight: Float32Array.of(3, 4), bias: Float32Array.of(-1) },
  ],
};

test.each([
  // Hidden (1·1 + 2·1, −1·1 + 1·1 + 0.5) = (3, 0.5): 3 · 3 + 4 · 0.5 − 1.
  { row: [1, 2], hidden: [3, 0.5], expected: 10 },
  // Hidden (2, −1.5), of which the second is cut to 0: 3 · 2 − 1.
  { row: [2, 0], hidden: [2, 0], expected: 5 },
  // Nothing but the biases: 4 · 0.5 − 1.
  { row: [0, 0], hidden: [0, 0.5], expected: 1 },
])('by hand: $row', ({ row, hidden, expected }) => {
  expect([...lastInputsMlp(network, row)]).toEqual(hidden);
  expect(predictMlp(network, row)).toBe(expected);
});

test('a stored network is the same', () => {
  expect(mlpFromArrays(unpackArrays(packArrays(mlpToArrays(network))))).toEqual(network);
});
