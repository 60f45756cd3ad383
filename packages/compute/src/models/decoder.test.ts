import { expect, test } from 'vitest';
import { and } from '../graph/build/elementwise.ts';
import { segmentMask } from '../compile/sizes.ts';
import { slice } from '../graph/build/shaping.ts';
import { constant } from '../graph/build/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { maskForHeads, causalMask } from '../nn/masks.ts';
import { expectSound, gapBetween, numbersOf, tensorOf } from '../nn/testing.ts';
import { changeValues, countValues, mapValues } from '../nn/values.ts';
import { key } from '../random/host.ts';
import { applyDecoder, decoderLoss, initDecoder, scoreTokens, type DecoderConfig } from './decoder.ts';

const config: DecoderConfig = { vocabulary: 7, width: 8, layers: 2, heads: 4, keyValueHeads: 2, hiddenWidth: 6 };
const int64 = (values: readonly (readonly number[])[]): Tensor => constant(values, { dtype: 'int64' });
const tokens = int64([
  [1, 4, 2, 0, 6],
  [3, 3, 5, 1, 2],
]);
// Ten times the usual weights, so that tokens and places make a difference.
const large = changeValues(initDecoder(key(1), config), (value, path) =>
  path.endsWith('scale') ? value : { ...value, data: value.data.map((weight) => 10 * weight) },
);
const params = mapValues(large, tensorOf);

test('as many parameters as by hand', () => {
  // 7·8 table; each block: q 8·8, k and v 8·4, o 8·8, three times 8·6, two norms of 8; a norm of 8.
  expect(countValues(large)).toBe(56 + 2 * (64 + 32 + 32 + 64 + 3 * 48 + 16) + 8);
  const untied = initDecoder(key(1), { ...config, tied: false });
  expect(countValues(untied)).toBe(countValues(large) + 56);
});

test('with a table of zeros all tokens are as likely, and the loss is ln 7', () => {
  const zeros = mapValues(
    changeValues(large, (value, path) =>
      path === 'embedding.table' ? { ...value, data: value.data.map(() => 0) } : value,
    ),
    tensorOf,
  );
  expect(numbersOf(decoderLoss(zeros, config, tokens))[0]).toBeCloseTo(Math.log(7), 6);
});

test('scores are the log-softmax of the logits before, and the loss their mean over what counts', () => {
  const logits = numbersOf(applyDecoder(params, config, tokens).logits);
  const expected = [4, 2, 0, 6].map((token, place) => {
    const row = logits.slice(place * 7, place * 7 + 7);
    return (row[token] ?? NaN) - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  });
  const scores = numbersOf(scoreTokens(params, config, tokens));
  expect(gapBetween(scores.slice(0, 4), expected)).toBeLessThan(1e-6);
  const counted = constant(
    [
      [1, 1, 0, 0],
      [0, 0, 0, 0],
    ],
    { dtype: 'bool' },
  );
  const loss = -((expected[0] ?? NaN) + (expected[1] ?? NaN)) / 2;
  expect(numbersOf(decoderLoss(params, config, tokens, counted))[0]).toBeCloseTo(loss, 6);
});

test('tokens one by one, with what was kept of those before, give what all at once give', () => {
  const whole = numbersOf(applyDecoder(params, config, tokens).logits);
  const first = applyDecoder(params, config, slice(tokens, 1, { end: 3 }));
  const fourth = applyDecoder(params, config, slice(tokens, 1, { start: 3, end: 4 }), { past: first.present });
  const fifth = applyDecoder(params, config, slice(tokens, 1, { start: 4 }), { past: fourth.present });
  const row = (place: number): number[] => whole.slice(place * 7, place * 7 + 7);
  expect(gapBetween(numbersOf(fourth.logits), [...row(3), ...row(8)])).toBeLessThan(1e-6);
  expect(gapBetween(numbersOf(fifth.logits), [...row(4), ...row(9)])).toBeLessThan(1e-6);
  expect(fifth.present[1]?.keys.shape).toEqual([2, 2, 5, 2]);
});

test('a later token changes nothing before it', () => {
  const before = (last: number): number[] =>
    numbersOf(applyDecoder(params, config, int64([[1, 4, last]])).logits).slice(0, 14);
  expect(before(2)).toEqual(before(6));
});

test('two sequences in one row, told apart by segments and positions, score as in rows of their own', () => {
  const packed = int64([[1, 4, 2, 3, 5]]);
  const mask = maskForHeads(and(segmentMask(int64([[1, 1, 1, 2, 2]])), causalMask(5)));
  const positions = constant([0, 1, 2, 0, 1], { dtype: 'int64' });
  const together = numbersOf(applyDecoder(params, config, packed, { mask, positions }).logits);
  const apart = [[[1, 4, 2]], [[3, 5]]].flatMap((rows) => numbersOf(applyDecoder(params, config, int64(rows)).logits));
  expect(gapBetween(together, apart)).toBeLessThan(1e-6);
});

test('ONNX Runtime agrees on the loss, and gradients equal central differences', async () => {
  const tiny: DecoderConfig = {
    vocabulary: 4,
    width: 4,
    layers: 1,
    heads: 2,
    keyValueHeads: 1,
    hiddenWidth: 3,
    tied: false,
  };
  const values = changeValues(initDecoder(key(2), tiny), (value) => ({
    ...value,
    data: value.data.map((w) => (w === 1 ? w : 20 * w)),
  }));
  const sample = int64([[1, 3, 0, 2]]);
  expect(await expectSound(values, (p) => [decoderLoss(p, tiny, sample)])).toBe(1);
});
