import { expect, test } from 'vitest';
import type { HostArray } from '../graph/rule.ts';
import { mixture, type Feeds } from '../graph/testing.ts';
import * as h from '../index.ts';
import { opsPerGraph, randomGraph } from './testing-random-graphs.ts';
import { runCompiled } from './testing.ts';

// 100 by default, for time; HEED_RANDOM_GRAPHS=1000 runs as many as wanted.
const count = Number(process.env['HEED_RANDOM_GRAPHS'] ?? 100);
const tolerance = 1e-5;
/** Of float32, relative. */
const lastPlace = 2 ** -23;

/** The largest error, relative above 1 and absolute below. */
function largestError(actual: readonly HostArray[], expected: readonly HostArray[]): number {
  const errors = expected.flatMap(({ data }, place) =>
    Array.from(data, (value, index) => {
      const got = actual[place]?.data[index] ?? Number.NaN;
      return Number.isNaN(got) ? Infinity : Math.abs(got - value) / Math.max(1, Math.abs(value));
    }),
  );
  return Math.max(...errors);
}

/** Inputs moved by one unit in the last place of float32, up or down by chance. */
function nudged(feeds: Feeds, index: number): Feeds {
  const entries = [...feeds].map(([tensor, array], input): [h.Tensor, HostArray] => {
    const signs = h.bits(h.foldIn(h.foldIn(h.key(7), index), input), array.data.length);
    const data = array.data.map(
      (value, place) => value * (1 + ((signs[place] ?? 0) % 2 === 0 ? lastPlace : -lastPlace)),
    );
    return [tensor, { ...array, data }];
  });
  return new Map(entries);
}

/**
 * How sharply float32 determines the outputs: the largest error of the reference where it rounds after every op, over
 * inputs that differ in the last place. Some graphs compare values that are equal but for rounding, such as x − mean(x)
 * with x where the mean is 0: either branch is right, and they say nothing about our formulas.
 */
function uncertainty(wanted: readonly h.Tensor[], feeds: Feeds, expected: readonly HostArray[]): number {
  const variants = [feeds, nudged(feeds, 1), nudged(feeds, 2), nudged(feeds, 3)];
  return Math.max(
    ...variants.map((given) => largestError(h.evaluate(wanted, given, { precision: 'float32' }), expected)),
  );
}

test(`${count} random graphs of ${opsPerGraph} ops: values and gradients are those of the reference`, async () => {
  const wrong: string[] = [];
  const undetermined: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { inputs, outputs, feeds } = randomGraph(index);
    const wanted = [...outputs, ...h.gradients(h.mul(mixture(outputs), 0.1), inputs)];
    const expected = h.evaluate(wanted, feeds);
    const error = largestError(await runCompiled(wanted, feeds), expected);
    const unsure = uncertainty(wanted, feeds, expected);
    const line = `graph ${index}: off by ${error}, which float32 determines to ${unsure}`;
    // Four variants tell the size of what rounding does, not its bound.
    if (unsure > tolerance / 4) undetermined.push(line);
    else if (error > tolerance) wrong.push(line);
  }
  expect(wrong).toEqual([]);
  // Graphs that decide nothing would be no test.
  expect(undetermined.length).toBeLessThanOrEqual(0.02 * count);
}, 600_000);
