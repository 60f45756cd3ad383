import { afterAll, expect, test } from 'vitest';
import {
  applyMlp,
  createRuntime,
  foldIn,
  initMlp,
  key,
  loadTraining,
  mean,
  normals,
  parameter,
  square,
  stackValues,
  sub,
  sum,
  valuesOf,
  vmap,
  type MlpParameters,
  type Tensor,
} from '../index.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

const [members, batch, widths] = [3, 8, [2, 6, 1]];

test('networks that learn together in one graph become what each becomes alone', async () => {
  const first = Array.from({ length: members }, (_, index) => initMlp(foldIn(key(1), index), widths));
  const inputs = { x: parameter('x', [batch, 2]), y: parameter('y', [batch, 1]) };
  const data = { x: normals(key(2), 2 * batch), y: normals(key(3), batch) };
  const together = await loadTraining(runtime, {
    values: stackValues(first),
    inputs,
    loss: (params, { x, y }) => {
      const all = vmap((member: MlpParameters, states: Tensor) => applyMlp(member, states), [0, null])(params, x);
      return sum(mean(square(sub(all, y)), { axes: [1, 2] }));
    },
  });
  const losses: number[] = [];
  for (let step = 0; step < 20; step += 1) losses.push(await together.step(data));
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);

  for (const [index, member] of first.entries()) {
    const alone = await loadTraining(runtime, {
      values: member,
      inputs,
      loss: (params, { x, y }) => mean(square(sub(applyMlp(params, x), y))),
    });
    for (let step = 0; step < 20; step += 1) await alone.step(data);
    for (const { path, value } of valuesOf(alone.values())) {
      const shared = together.weights[path]?.data as Float32Array;
      const own = shared.subarray(index * value.data.length, (index + 1) * value.data.length);
      for (const [place, number] of value.data.entries()) expect(own[place]).toBeCloseTo(number, 5);
    }
  }
});

test('trees that differ in form are not stacked', () => {
  expect(() => stackValues([])).toThrow('there must be at least one');
  expect(() => stackValues([initMlp(key(1), [2, 3]), initMlp(key(1), [2, 4])])).toThrow(
    'each must have layers.0.weight of 6 elements: tree 1 has 8',
  );
});
