import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketSize, packSequences, paddingMask } from './padding.ts';

test('sizes are powers of two between the limits', () => {
  expect([0, 1, 2, 3, 64, 65].map((count) => bucketSize(count))).toStrictEqual([1, 1, 2, 4, 64, 128]);
  expect(bucketSize(3, { smallest: 16 })).toBe(16);
  expect(bucketSize(90, { largest: 100 })).toBe(100);
  expect(() => bucketSize(101, { largest: 100 })).toThrow('from 0 to 100: it is 101');
});

test('a mask has ones where the sequences are', () => {
  expect([...paddingMask([2, 0, 3], 3)]).toStrictEqual([1, 1, 0, 0, 0, 0, 1, 1, 1]);
  expect(() => paddingMask([4], 3)).toThrow('from 0 to 3: it is 4');
});

test('sequences are packed into the first row with room', () => {
  const packed = packSequences([3, 2, 1, 4], 4);
  expect(packed.places).toStrictEqual([
    { row: 0, start: 0 },
    { row: 1, start: 0 },
    { row: 0, start: 3 },
    { row: 2, start: 0 },
  ]);
  expect([...packed.segments]).toStrictEqual([1, 1, 1, 2, 1, 1, 0, 0, 1, 1, 1, 1]);
  expect([...packed.positions]).toStrictEqual([0, 1, 2, 0, 0, 1, 0, 0, 0, 1, 2, 3]);
});

test('every sequence has its place, and no two share one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), (lengths) => {
      const { segments, places, rows } = packSequences(lengths, 9);
      const used = places.flatMap(({ row, start }, index) =>
        Array.from({ length: lengths[index] ?? 0 }, (_, at) => row * 9 + start + at),
      );
      expect(new Set(used).size).toBe(used.length);
      expect(segments.filter((segment) => segment > 0)).toHaveLength(used.length);
      expect(rows).toBeLessThanOrEqual(lengths.length);
    }),
  );
});
