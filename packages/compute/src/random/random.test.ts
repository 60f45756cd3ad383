import { describe, expect, test } from 'vitest';
import { runOnnx } from '../graph/testing.ts';
import * as h from '../index.ts';
import { philoxBlock } from './philox.ts';

describe('Philox 4×32-10', () => {
  // The known answers published with the generator (Random123, kat_vectors).
  test.each([
    [
      [0, 0],
      [0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('key %j, counter %j', (words, counter, expected) => {
    expect(philoxBlock(words, counter)).toEqual(expected);
  });
});

test('the graph draws the very bits that the host draws', async () => {
  const words = h.foldIn(h.key(2 ** 40 + 7), 3);
  const given = h.parameter('key', [2], 'uint32');
  const drawn = h.randomBits(given, [3, 5]);
  const step = h.parameter('step', [], 'int64');
  const outputs = [
    drawn,
    h.splitKeyTensor(given, 3),
    h.foldInTensor(given, step),
    h.uniform(given, [7]),
    h.normal(given, [9]),
  ];
  const feeds = new Map([
    [given, h.hostArray([2], words, 'uint32')],
    [step, h.hostArray([], [41], 'int64')],
  ]);
  for (const results of [h.evaluate(outputs, feeds), await runOnnx(outputs, feeds)]) {
    const [bits, split, folded, uniform, normal] = results.map((array) => [...array.data]);
    expect(bits).toEqual([...h.bits(words, 15)]);
    expect(split).toEqual(h.splitKey(words, 3).flat());
    expect(folded).toEqual([...h.foldIn(words, 41)]);
    expect(uniform).toEqual([...h.uniforms(words, 7)]);
    for (const [index, value] of h.normals(words, 9).entries()) expect(normal?.[index]).toBeCloseTo(value, 5);
  }
});

test('normals have mean 0, variance 1 and the tails of a normal distribution', () => {
  const draws = h.normals(h.key(1), 100_000);
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
  const variance = draws.reduce((a, b) => a + b * b, 0) / draws.length;
  // Four standard errors of each.
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(100_000));
  expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 100_000));
  const beyond = draws.filter((value) => Math.abs(value) > 1.959964).length / draws.length;
  expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 100_000));
});

test('keys of one seed differ, and a mapped key gives each its own stream', () => {
  const keys = h.splitKey(h.key(5), 4);
  expect(new Set(keys.map((words) => h.bits(words, 1)[0])).size).toBe(4);
  const given = h.parameter('keys', [4, 2], 'uint32');
  const drawn = h.vmap((one: h.Tensor) => h.randomBits(one, [6]))(given);
  const [all] = h.evaluate([drawn], new Map([[given, h.hostArray([4, 2], keys.flat(), 'uint32')]]));
  expect([...(all?.data ?? [])]).toEqual(keys.flatMap((words) => [...h.bits(words, 6)]));
});

test('a seed that is no whole number is refused', () => {
  expect(() => h.key(1.5)).toThrow(/cannot make a key, as the seed must be a whole number .*: it is 1.5/u);
});
