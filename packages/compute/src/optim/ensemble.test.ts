import { afterAll, expect, test } from 'vitest';
import {
  applyMlp,
  createRuntime,
  foldIn,
  hostArray,
  initMlp,
  key,
  loadTraining,
  mapValues,
  mean,
  normals,
  parameter,
  square,
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
  const flat = first.map((member) => valuesOf(member));
  const values = mapValues(first[0] as (typeof first)[number], ({ shape }, path) =>
    hostArray(
      [members, ...shape],
      flat.flatMap((leaves) => leaves.flatMap((leaf) => (leaf.path === path ? [...leaf.value.data] : []))),
    ),
  );
  const together = await loadTraining(runtime, {
    values,
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
