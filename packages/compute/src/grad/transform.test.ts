import { describe, expect, test } from 'vitest';
import type { HostArray } from '../graph/rule.ts';
import { expectClose, fill } from '../graph/testing.ts';
import * as h from '../index.ts';

const read = (tensor: h.Tensor, feeds = new Map<h.Tensor, HostArray>()): HostArray =>
  h.evaluate([tensor], feeds)[0] as HostArray;

describe('valueAndGrad', () => {
  const w = h.constant([2, -3]);
  const b = h.constant([1, 1]);
  const loss = (p: { w: h.Tensor; b: h.Tensor }, x: h.Tensor): h.Tensor => h.sum(h.square(h.add(h.mul(p.w, x), p.b)));

  test('hand-worked: d Σ(wx + b)² = 2(wx + b)(x, 1)', () => {
    const { value, gradients } = h.valueAndGrad(loss)({ w, b }, h.constant([3, 1]));
    expect([...read(value).data]).toEqual([53]);
    expect([...read(gradients.w).data]).toEqual([42, -4]);
    expect([...read(gradients.b).data]).toEqual([14, -4]);
  });

  test('frozen parts get zeros', () => {
    const { gradients } = h.valueAndGrad(loss, (path) => path === 'b')({ w, b }, h.constant([3, 1]));
    expect([...read(gradients.w).data]).toEqual([0, 0]);
    expect([...read(gradients.b).data]).toEqual([14, -4]);
  });

  test('leaves that depend on one another are told apart', () => {
    const slopes = h.grad((p: { a: h.Tensor; b: h.Tensor }) => h.sum(h.mul(p.a, p.b)))({ a: w, b: h.mul(w, 2) });
    expect([...read(slopes.a).data]).toEqual([4, -6]);
  });

  test('what a where leaves out does not leak NaN, through a chain of ops', () => {
    const x = h.constant([4, -1, 0]);
    const slopes = h.grad((p: h.Tensor) => h.sum(h.where(h.greater(p, 0), h.mul(h.sqrt(h.log(h.mul(p, 2))), 3), 0)))(x);
    const expected = (3 / (2 * Math.sqrt(Math.log(8)))) * (1 / 4);
    expect(read(slopes).data[0]).toBeCloseTo(expected, 12);
    expect([...read(slopes).data].slice(1)).toEqual([0, 0]);
  });

  test('straight through: the value of one, the gradient of another', () => {
    const x = h.constant([0.4, 1.6]);
    const { value, gradients } = h.valueAndGrad((p: h.Tensor) =>
      h.sum(h.mul(h.straightThrough(h.round(p), p), h.constant([5, 7]))),
    )(x);
    expect(read(value).data[0]).toBeCloseTo(14, 6);
    expect([...read(gradients).data]).toEqual([5, 7]);
  });
});

describe('second order', () => {
  test('hand-worked: the third derivative of x⁴ is 24x', () => {
    const slope = (fn: (x: h.Tensor) => h.Tensor) => (x: h.Tensor) => h.sum(h.grad((y: h.Tensor) => h.sum(fn(y)))(x));
    const third = slope(slope(slope((x) => h.square(h.square(x)))));
    expect([...read(third(h.constant([2]))).data]).toEqual([48]);
  });

  test('a Hessian-vector product: of Σ x² y it is (2 y v + 2 x u, 2 x v)', () => {
    const at = { x: h.constant([3]), y: h.constant([5]) };
    const along = { x: h.constant([1]), y: h.constant([10]) };
    const product = h.hessianVectorProduct((p: typeof at) => h.sum(h.mul(h.square(p.x), p.y)), at, along);
    expect([...read(product.x).data]).toEqual([70]);
    expect([...read(product.y).data]).toEqual([6]);
  });
});

test('a Jacobian-vector product is the difference along the direction', () => {
  const x = h.parameter('x', [2, 3]);
  const v = h.parameter('v', [2, 3]);
  const fn = (t: h.Tensor): h.Tensor => h.softmax(h.mul(h.sin(t), h.sum(t, { axes: 0 })));
  const feeds = new Map([
    [x, fill([2, 3], 1)],
    [v, fill([2, 3], 2)],
  ]);
  const { tangent } = h.jvp(fn, x, v);
  const step = 1e-5;
  const moved = (shift: number): h.Tensor => fn(h.add(x, h.mul(v, h.scalar(shift, 'float32'))));
  const difference = h.div(h.sub(moved(step), moved(-step)), 2 * step);
  expect(() => expectClose(read(tangent, feeds), read(difference, feeds), 1e-6)).not.toThrow();
});

test('maps in maps, over other axes than the first, and over trees', () => {
  const x = h.parameter('x', [2, 3, 4]);
  const w = h.parameter('w', [4, 3]);
  const feeds = new Map([
    [x, fill([2, 3, 4], 1)],
    [w, fill([4, 3], 2)],
  ]);
  // Rows of each pair along axis 1 of x, with columns along axis 1 of w: y[j, i] = x[i, j, :] · w[:, j].
  const inner = h.vmap((row: h.Tensor, p: { w: h.Tensor }) => h.sum(h.mul(row, p.w)), [0, null]);
  const outer = h.vmap((rows: h.Tensor, p: { w: h.Tensor }) => inner(rows, p), [1, 1]);
  const [got, expected] = h.evaluate(
    [outer(x, { w }), h.sum(h.mul(h.transpose(x, [1, 0, 2]), h.expandDims(h.transpose(w), 1)), { axes: 2 })],
    feeds,
  );
  expect(got?.shape).toEqual([3, 2]);
  expect(() => expectClose(got as HostArray, expected as HostArray, 1e-12)).not.toThrow();
  expect(() => h.vmap((a: h.Tensor) => a, [null])(x)).toThrow('at least one argument must be mapped');
  expect(() => h.vmap((a: h.Tensor, b: h.Tensor) => h.add(a, b))(x, w)).toThrow(
    'must be equally long: they are 2 and 4',
  );
});

test('per-example gradient norms by hand: of (w · x)² by w it is 2 |w · x| |x|', () => {
  const loss = (p: { w: h.Tensor; counts: h.Tensor }, x: h.Tensor): h.Tensor => h.square(h.sum(h.mul(p.w, x)));
  const params = { w: h.constant([1, 2]), counts: h.constant([7], { dtype: 'int64' }) };
  const examples = h.constant([
    [3, 4],
    [0, -1],
  ]);
  expect([...read(h.perExampleGradientNorms(loss, params, examples)).data]).toEqual([2 * 11 * 5, 2 * 2 * 1]);
});

test('per-example gradient norms are those of one example after another', () => {
  const w = h.parameter('w', [3, 2]);
  const xs = h.parameter('xs', [4, 3]);
  const loss = (p: { w: h.Tensor }, x: h.Tensor): h.Tensor => h.sum(h.tanh(h.matmul(h.reshape(x, [1, 3]), p.w)));
  const feeds = new Map([
    [w, fill([3, 2], 1)],
    [xs, fill([4, 3], 2)],
  ]);
  const norms = read(h.perExampleGradientNorms(loss, { w }, xs), feeds);
  const single = [0, 1, 2, 3].map((row) => {
    const example = h.reshape(h.slice(xs, 0, { start: row, end: row + 1 }), [3]);
    return read(h.norm(h.grad(loss)({ w }, example).w), feeds).data[0];
  });
  expect(norms.shape).toEqual([4]);
  for (const [row, value] of single.entries()) expect(norms.data[row]).toBeCloseTo(value ?? Number.NaN, 10);
});

test('every op has a gradient or says why it has none', () => {
  expect(h.withoutGradient.map(({ op }) => op)).toEqual(expect.arrayContaining(['argMax', 'philox', 'oneHot', 'less']));
  expect(h.withoutGradient.filter(({ reason }) => reason === '')).toEqual([]);
  const passed = Object.entries(h.ops).filter(([, row]) => row.gradient !== null);
  expect(passed).toHaveLength(Object.keys(h.ops).length - h.withoutGradient.length);
});

test('no gradient passes what jumps: what depends on others through it alone has gradient 0', () => {
  const x = h.constant([3, 1, 2]);
  const jumps = h.sum(h.mul(h.cast(h.argMax(x, 0), 'float32'), h.cast(h.less(x, 2), 'float32')));
  expect([...read(h.gradients(jumps, [x])[0] as h.Tensor).data]).toEqual([0, 0, 0]);
});
