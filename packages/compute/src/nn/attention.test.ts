import { expect, test } from 'vitest';
import { paddingMask, segmentMask } from '../compile/sizes.ts';
import { slice } from '../graph/build/shaping.ts';
import { constant, iota, parameter } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { fill, waves } from '../graph/testing.ts';
import { key } from '../random/host.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { applyAttention, attend, initAttention } from './attention.ts';
import { causalMask, maskForHeads } from './masks.ts';
import { positionsFrom, rotate, rotationAt } from './rotary.ts';
import { gapBetween, expectSound, numbersOf, tensorOf } from './testing.ts';
import { mapValues } from './values.ts';

const one = { weight: constant([[1]]) };
const plain = { query: one, key: one, value: one, output: one };

test('by hand: scores 0 and ln 3 weigh 1/4 and 3/4', () => {
  const a = Math.sqrt(Math.log(3));
  const x = constant([[[0], [a]]]);
  expect(gapBetween(numbersOf(applyAttention(plain, x, { heads: 1 }).output), [a / 2, 0.75 * a])).toBeLessThan(1e-7);
  expect(
    gapBetween(numbersOf(applyAttention(plain, x, { heads: 1, causal: true }).output), [0, 0.75 * a]),
  ).toBeLessThan(1e-7);
});

test('masks by hand', () => {
  expect(numbersOf(causalMask(2, 1))).toEqual([1, 1, 0, 1, 1, 1]);
  const padding = maskForHeads(paddingMask(constant([1, 3], { dtype: 'int64' }), 3));
  expect(padding.shape).toEqual([2, 1, 1, 3]);
  const segments = maskForHeads(segmentMask(constant([[0, 0, 1]], { dtype: 'int64' })));
  expect(segments.shape).toEqual([1, 1, 3, 3]);
  expect(numbersOf(padding)).toEqual([1, 0, 0, 1, 1, 1]);
  expect(numbersOf(segments)).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 1]);
});

test('a causal mask of named lengths is bound by its inputs', () => {
  const x = parameter('x', ['T', 1]);
  const mask = causalMask(x.shape[0] ?? 0, 'past');
  const [array] = evaluate([mask], new Map([[x, hostArray([2, 1], [0, 0])]]), { bindings: { past: 1 } });
  expect([...(array?.data ?? [])]).toEqual([1, 1, 0, 1, 1, 1]);
});

test('a rotation turns pairs by the angle of the place: place 1 turns (1, 0) by 1 and by 1/100', () => {
  const rotation = rotationAt(iota(2), 4);
  const x = constant([
    [
      [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
      ],
    ],
  ]);
  expect(
    gapBetween(numbersOf(rotate(x, rotation)), [1, 1, 0, 0, Math.cos(1), Math.cos(0.01), Math.sin(1), Math.sin(0.01)]),
  ).toBeLessThan(1e-7);
  expect(() => rotationAt(iota(2), 3)).toThrow('even');
});

test('products of rotated vectors depend on the distance of their places alone', () => {
  const [a, b] = [waves(6, 1), waves(6, 2)];
  const product = (from: number, to: number): number => {
    const turned = [
      [a, from],
      [b, to],
    ].map(([vector, place]) =>
      numbersOf(rotate(constant([[[vector as number[]]]]), rotationAt(positionsFrom(place as number, 1), 6))),
    );
    return turned[0]?.reduce((sum, value, index) => sum + value * (turned[1]?.[index] ?? 0), 0) ?? 0;
  };
  expect(product(7, 3)).toBeCloseTo(product(12, 8), 10);
  expect(Math.abs(product(7, 3) - product(7, 4))).toBeGreaterThan(1e-3);
});

test('padding changes nothing for real places, and a row of nothing but padding is 0', () => {
  const params = mapValues(initAttention(key(1), 4, 2), tensorOf);
  const short = constant(waves(8, 3), { shape: [1, 2, 4] });
  const long = constant([...waves(8, 3), 9, 9, 9, 9], { shape: [1, 3, 4] });
  const mask = maskForHeads(paddingMask(constant([2], { dtype: 'int64' }), 3));
  const padded = numbersOf(applyAttention(params, long, { heads: 2, mask }).output);
  expect(gapBetween(padded.slice(0, 8), numbersOf(applyAttention(params, short, { heads: 2 }).output))).toBeLessThan(
    1e-9,
  );
  const empty = maskForHeads(paddingMask(constant([0], { dtype: 'int64' }), 3));
  expect(numbersOf(applyAttention(params, long, { heads: 2, mask: empty }).output).every((v) => v === 0)).toBe(true);
});

test('heads that share keys and values equal heads with copies of them', () => {
  const queries = constant(waves(2 * 4 * 3 * 2, 1), { shape: [2, 4, 3, 2] });
  const shared = [2, 3].map((phase) => waves(2 * 2 * 3 * 2, phase));
  // Heads 0 and 1 ask group 0, heads 2 and 3 group 1.
  const copied = (data: number[]): Tensor => {
    const head = (batch: number, group: number) => data.slice((batch * 2 + group) * 6, (batch * 2 + group + 1) * 6);
    const all = [0, 1].flatMap((batch) => [0, 0, 1, 1].flatMap((group) => head(batch, group)));
    return constant(all, { shape: [2, 4, 3, 2] });
  };
  const [keys, values] = shared as [number[], number[]];
  const grouped = attend(queries, {
    keys: constant(keys, { shape: [2, 2, 3, 2] }),
    values: constant(values, { shape: [2, 2, 3, 2] }),
  });
  expect(
    gapBetween(numbersOf(grouped), numbersOf(attend(queries, { keys: copied(keys), values: copied(values) }))),
  ).toBeLessThan(1e-9);
});

test('places in two parts, the first one kept as past, give what all at once gives', () => {
  const params = mapValues(initAttention(key(2), 8, 4, { keyValueHeads: 2 }), tensorOf);
  const x = constant(waves(2 * 5 * 8, 4), { shape: [2, 5, 8] });
  const options = { heads: 4, keyValueHeads: 2, causal: true } as const;
  const whole = applyAttention(params, x, { ...options, rotation: rotationAt(positionsFrom(0, 5), 2) });
  const first = applyAttention(params, slice(x, 1, { end: 3 }), {
    ...options,
    rotation: rotationAt(positionsFrom(0, 3), 2),
  });
  const rest = applyAttention(params, slice(x, 1, { start: 3 }), {
    ...options,
    rotation: rotationAt(positionsFrom(3, 2), 2),
    past: first.present,
  });
  expect(gapBetween(numbersOf(rest.output), numbersOf(slice(whole.output, 1, { start: 3 })))).toBeLessThan(1e-9);
  expect(gapBetween(numbersOf(rest.present.keys), numbersOf(whole.present.keys))).toBeLessThan(1e-9);
  expect(gapBetween(numbersOf(rest.present.values), numbersOf(whole.present.values))).toBeLessThan(1e-9);
});

test('places of all sequences as rows give the rows of what sequences give', () => {
  const params = mapValues(initAttention(key(4), 8, 4, { keyValueHeads: 2 }), tensorOf);
  const options = { heads: 4, keyValueHeads: 2, causal: true } as const;
  const [sequences, rows] = [
    [2, 5, 8],
    [10, 8],
  ].map((shape) => constant(waves(80, 4), { shape })) as [Tensor, Tensor];
  const apart = applyAttention(params, sequences, options);
  const together = applyAttention(params, rows, { ...options, places: [2, 5] });
  expect(together.output.shape).toEqual([10, 8]);
  expect(together.present.keys.shape).toEqual([2, 2, 5, 2]);
  expect(numbersOf(together.output)).toEqual(numbersOf(apart.output));
  expect(numbersOf(together.present.values)).toEqual(numbersOf(apart.present.values));
});

test('a causal place does not see what comes later', () => {
  const params = mapValues(initAttention(key(3), 4, 2), tensorOf);
  const data = waves(12, 5);
  const run = (numbers: number[]): number[] =>
    numbersOf(applyAttention(params, constant(numbers, { shape: [1, 3, 4] }), { heads: 2, causal: true }).output);
  const changed = run([...data.slice(0, 8), 5, 5, 5, 5]);
  expect(gapBetween(changed.slice(0, 8), run(data).slice(0, 8))).toBeLessThan(1e-9);
  expect(changed.slice(8)).not.toEqual(run(data).slice(8));
});

test('ONNX Runtime agrees, and gradients equal central differences', async () => {
  const values = { p: initAttention(key(4), 4, 2, { keyValueHeads: 1, bias: true }), x: fill([2, 3, 4], 6) };
  const checked = await expectSound(values, ({ p, x }) => {
    const rotation = rotationAt(positionsFrom(0, 3), 2);
    const mask = maskForHeads(paddingMask(constant([3, 2], { dtype: 'int64' }), 3));
    return [applyAttention(p, x, { heads: 2, keyValueHeads: 1, causal: true, mask, rotation }).output];
  });
  expect(checked).toBeGreaterThan(0);
});

test('widths that do not divide are refused; the options choose the shapes', () => {
  expect(() => initAttention(key(1), 5, 2)).toThrow(RangeError);
  expect(() => initAttention(key(1), 6, 3, { keyValueHeads: 2 })).toThrow(RangeError);
  const shapes = mapValues(
    initAttention(key(1), 8, 4, { keyValueHeads: 2, headWidth: 3 }),
    ({ shape }: HostArray) => shape,
  );
  expect(shapes.query.weight).toEqual([8, 12]);
  expect(shapes.value.weight).toEqual([8, 6]);
  expect(shapes.output.weight).toEqual([12, 8]);
});
