import { expect, test } from 'vitest';
import type { HostArray } from '../graph/rule.ts';
import { expectClose, mixture } from '../graph/testing.ts';
import * as h from '../index.ts';
import { opsPerGraph, randomGraph } from './testing-random-graphs.ts';
import { runCompiled } from './testing.ts';

// 100 by default, for time; HEED_RANDOM_GRAPHS=1000 runs as many as wanted.
const count = Number(process.env['HEED_RANDOM_GRAPHS'] ?? 100);

// Where float32 itself can do no better: in a thousand graphs the largest error is 9e-6, where tanh' of a product of
// 26 multiplies rounding in its inputs; each op alone is right to 4e-7 there.
const tolerance = 1e-5;

test(`${count} random graphs of ${opsPerGraph} ops: values and gradients are those of the reference`, async () => {
  let compared = 0;
  for (let index = 0; index < count; index += 1) {
    const { inputs, outputs, feeds } = randomGraph(index);
    const wanted = [...outputs, ...h.gradients(h.mul(mixture(outputs), 0.1), inputs)];
    const expected = h.evaluate(wanted, feeds);
    const rounded = h.evaluate(wanted, feeds, { precision: 'float32' });
    const actual = await runCompiled(wanted, feeds);
    for (const [place, array] of actual.entries()) {
      expectClose(array, expected[place] as HostArray, tolerance, `graph ${index}, output ${place}`);
      expectClose(rounded[place] as HostArray, expected[place] as HostArray, tolerance, `graph ${index}, rounded`);
    }
    compared += 1;
  }
  expect(compared).toBe(count);
}, 600_000);
