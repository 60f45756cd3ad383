import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthMask, packSequences } from './padding.ts';

test('a mask has ones where the sequences are', () => {
  expect([...lengthMask([2, 0, 3], 3)]).toStrictEqual([1, 1, 0, 0, 0, 0, 1, 1, 1]);
  expect(() => lengthMask([4], 3)).toThrow('from 0 to 3: it is 4');
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
