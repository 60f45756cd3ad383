import { expect, test } from 'vitest';
import * as h from '../index.ts';

const valuesOf = (tensor: h.Tensor): number[] => [...(h.evaluate([tensor], new Map())[0]?.data ?? [])];

test('buckets are powers of two times the smallest', () => {
  expect([0, 1, 2, 3, 5, 64, 65].map((length) => h.bucketLength(length))).toEqual([1, 1, 2, 4, 8, 64, 128]);
  expect(h.bucketLength(5, 16)).toBe(16);
  expect(() => h.bucketLength(2.5)).toThrow(/whole number/u);
});

test('masks of padding and of packed segments', () => {
  expect(valuesOf(h.paddingMask(h.constant([2, 0], { dtype: 'int64' }), 3))).toEqual([1, 1, 0, 0, 0, 0]);
  expect(valuesOf(h.segmentMask(h.constant([[1, 1, 2]], { dtype: 'int64' })))).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 1]);
});

test('three steps in one graph are three steps one after another', () => {
  const step = (state: { w: h.Tensor }, batch: { x: h.Tensor }) => {
    const { value, gradients } = h.valueAndGrad((p: { w: h.Tensor }) => h.sum(h.square(h.sub(h.mul(p.w, batch.x), 1))))(
      state,
    );
    return { state: { w: h.sub(state.w, h.mul(gradients.w, 0.1)) }, metrics: { loss: value } };
  };
  const { state, metrics } = h.repeatStep(step, 3)({ w: h.scalar(0) }, { x: h.constant([1, 2, 0.5]) });
  let w = 0;
  const losses: number[] = [];
  for (const x of [1, 2, 0.5]) {
    losses.push((w * x - 1) ** 2);
    w -= 0.1 * 2 * (w * x - 1) * x;
  }
  expect(valuesOf(state.w)[0]).toBeCloseTo(w, 6);
  for (const [index, loss] of valuesOf(metrics.loss).entries())
    expect(loss).toBeCloseTo(losses[index] ?? Number.NaN, 6);
  expect(() => h.repeatStep(step, 0)).toThrow(/whole number from 1: it is 0/u);
});
