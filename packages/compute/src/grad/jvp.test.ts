import { expect, test } from 'vitest';
import { isFloating } from '../graph/dtype.ts';
import type { HostArray } from '../graph/rule.ts';
import { allCases } from '../graph/testing-cases.ts';
import { expectClose, fill, prepare } from '../graph/testing.ts';
import * as h from '../index.ts';

test.each(allCases)('$name: the derivative along a direction is what the outputs change by', (given) => {
  const { inputs, feeds } = prepare(given);
  const floating = inputs.filter(({ dtype }) => isFloating(dtype));
  const directions = floating.map(({ shape }, index) => h.parameter(`v${index}`, shape));
  const along = new Map(
    directions.map((tensor, index): [h.Tensor, HostArray] => [tensor, fill(tensor.shape.map(Number), index + 40)]),
  );
  const fn = (moved: readonly h.Tensor[]): h.Tensor[] => {
    const all = inputs.map((input) => moved[floating.indexOf(input)] ?? input);
    return given.build(all).filter(({ dtype }) => isFloating(dtype));
  };
  const { tangent } = h.jvp<readonly h.Tensor[], readonly h.Tensor[]>(fn, floating, directions);
  const actual = h.evaluate(tangent, new Map([...feeds, ...along]));
  const step = 1e-5;
  const at = (shift: number): HostArray[] => {
    const moved = new Map(feeds);
    for (const [index, tensor] of floating.entries()) {
      const [base, v] = [feeds.get(tensor) as HostArray, along.get(directions[index] as h.Tensor) as HostArray];
      moved.set(tensor, { ...base, data: base.data.map((value, place) => value + shift * (v.data[place] ?? 0)) });
    }
    return h.evaluate(fn(floating), moved);
  };
  const [after, before] = [at(step), at(-step)];
  expect(actual.length).toBeGreaterThan(0);
  for (const [index, array] of actual.entries()) {
    const data = (after[index]?.data ?? new Float64Array()).map(
      (value, place) => (value - (before[index]?.data[place] ?? 0)) / (2 * step),
    );
    expectClose(array, { ...array, data }, 1e-6, `output ${index}`);
  }
});
