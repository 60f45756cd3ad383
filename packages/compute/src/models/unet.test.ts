import { expect, test } from 'vitest';
import { slice } from '../graph/build/shaping.ts';
import { constant, parameter } from '../graph/build/sources.ts';
import { fill, runOnnx, waves } from '../graph/testing.ts';
import { gapBetween, expectSound, feedsFor, numbersOf, tensorOf } from '../nn/testing.ts';
import { changeValues, countValues, mapValues, parametersFor } from '../nn/values.ts';
import { key } from '../random/host.ts';
import { evaluate, hostArray } from '../reference/evaluate.ts';
import { applyUnet, initUnet, sinusoids, type UnetConfig } from './unet.ts';

const config: UnetConfig = { channels: 3, widths: [4, 8], timeWidth: 4, groups: 2, kernelSize: 3 };
const values = initUnet(key(1), config);
const params = mapValues(values, tensorOf);
const x = constant(waves(2 * 3 * 8, 1), { shape: [2, 3, 8] });
const times = constant([1, 7]);

test('sinusoids of time 2 turn at rates 1 and 1/10,000', () => {
  const expected = [Math.sin(2), Math.sin(2e-4), Math.cos(2), Math.cos(2e-4)];
  expect(gapBetween(numbersOf(sinusoids(constant([2]), 4)), expected)).toBeLessThan(1e-7);
});

test('as many parameters as by hand for one level of 2 channels', () => {
  const small = initUnet(key(1), { channels: 1, widths: [2], timeWidth: 2, groups: 1, kernelSize: 3 });
  const norm = 4;
  const time = 2 * 2 + 2;
  const down = 1 * 2 * 3 + 2 + norm + (2 * 2 * 3 + 2 + norm) + time + (1 * 2 + 2) + (2 * 2 * 3 + 2);
  const middle = 2 * (2 * 2 * 3 + 2 + norm) + time;
  const up = 2 * 2 * 4 + (4 * 2 * 3 + 2 + norm) + (2 * 2 * 3 + 2 + norm) + time + (4 * 2 + 2);
  const ends = 2 * 8 + 8 + (8 * 2 + 2) + (2 * 2 * 3 + 2 + norm) + (2 * 1 + 1);
  expect(countValues(small)).toBe(down + middle + up + ends);
});

test('what comes out has the shape of what went in, each row by itself and by its time', () => {
  const both = applyUnet(params, config, x, times);
  expect(both.shape).toEqual([2, 3, 8]);
  const second = applyUnet(params, config, slice(x, 0, { start: 1 }), constant([7]));
  expect(gapBetween(numbersOf(both).slice(24), numbersOf(second))).toBeLessThan(1e-9);
  const later = applyUnet(params, config, slice(x, 0, { start: 1 }), constant([8]));
  expect(gapBetween(numbersOf(later), numbersOf(second))).toBeGreaterThan(1e-3);
});

test('every place of the output sees every place of the input', () => {
  const moved = Array.from({ length: 8 }, (_, place) => {
    const data = waves(24, 1);
    data[place] = (data[place] ?? 0) + 1;
    return numbersOf(applyUnet(params, config, constant(data, { shape: [1, 3, 8] }), constant([1])));
  });
  const still = numbersOf(applyUnet(params, config, constant(waves(24, 1), { shape: [1, 3, 8] }), constant([1])));
  const changes = moved.flatMap((output) => output.map((value, index) => Math.abs(value - (still[index] ?? NaN))));
  expect(Math.min(...changes)).toBeGreaterThan(0);
});

test('ONNX Runtime agrees with the reference on two levels', async () => {
  const tree = parametersFor(values);
  const [input, time] = [parameter('x', ['B', 3, 8]), parameter('time', ['B'])];
  const feeds = feedsFor(values, tree)
    .set(input, fill([2, 3, 8], 2))
    .set(time, hostArray([2], [0, 30]));
  const output = applyUnet(tree, config, input, time);
  const [reference] = evaluate([output], feeds);
  const [native] = await runOnnx([output], feeds);
  expect(gapBetween([...(native?.data ?? [])], [...(reference?.data ?? [])])).toBeLessThan(1e-5);
});

test('gradients equal central differences', async () => {
  const tiny: UnetConfig = { channels: 1, widths: [2], timeWidth: 2, groups: 1, kernelSize: 1 };
  // Biases and scales that are all 0 or 1 would hide mistakes.
  const start = changeValues(initUnet(key(3), tiny), (value, path) => {
    const noise = fill(value.shape, path.length).data;
    return { ...value, data: value.data.map((weight, index) => weight + 0.1 * (noise[index] ?? 0)) };
  });
  const sample = constant([[[0.5, -1, 2, 0.3]]]);
  expect(await expectSound(start, (p) => [applyUnet(p, tiny, sample, constant([3]))])).toBe(1);
});

test('widths that do not divide into groups, and lengths that do not halve, are refused', () => {
  expect(() => initUnet(key(1), { ...config, widths: [4, 7] })).toThrow(RangeError);
  expect(() => initUnet(key(1), { ...config, widths: [] })).toThrow(RangeError);
  const odd = constant(waves(3 * 6, 1), { shape: [1, 3, 6] });
  expect(() => applyUnet(params, config, odd, constant([1]))).toThrow(RangeError);
});
