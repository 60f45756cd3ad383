import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseCandidates, packCandidates, unpackCandidates } from './candidates.ts';
import type { Candidate } from './loop.ts';

const number = fc.double({ noNaN: true, min: -3e38, max: 3e38 });
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    number,
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(number, { maxLength: 4 }),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('any'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any;
const features = fc.record({ a: number, b: fc.array(number, { minLength: 3, maxLength: 3 }) }).chain((always) =>
  fc
    .dictionary(fc.oneof(fc.constantFrom('__proto__', '0', '10', 'a', 'z'), fc.string()), value, {
      maxKeys: 5,
      noNullPrototype: true,
    })
    .map((some) => ({ ...always, ...some })),
);
const candidateSets = fc.array(fc.record({ item: fc.string({ minLength: 1 }), features }), { maxLength: 6 });

describe('packCandidates', () => {
  test('lays two candidates out as worked by hand', () => {
    const { bytes } = packCandidates([
      { item: 'x', features: { score: 1.5, tag: 'new' } },
      { item: 'y', features: { tag: 'old', score: -2 } },
    ]);
    const header = '{"items":["x","y"],"numbers":["score"],"rest":[{"tag":"new"},{"tag":"old"}]}';
    expect([...bytes.subarray(0, 5)]).toEqual([1, header.length, 0, 0, 0]);
    expect(new TextDecoder().decode(bytes.subarray(5, 5 + header.length))).toBe(header);
    // 1.5 = 0x3fc00000, -2 = 0xc0000000, little-endian.
    expect([...bytes.subarray(5 + header.length)]).toEqual([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
  });

  test('gives back the normalised set, of whatever JSON it is made', () => {
    fc.assert(
      fc.property(candidateSets, (candidates) => {
        const back = unpackCandidates(packCandidates(candidates).bytes);
        expect(back).toStrictEqual(normaliseCandidates(candidates));
        // The order of fields is part of what a policy sees: sums of floats depend on it.
        expect(JSON.stringify(back)).toBe(JSON.stringify(normaliseCandidates(candidates)));
      }),
    );
  });

  test('gives the same bytes whatever the order of the fields', () => {
    fc.assert(
      fc.property(candidateSets, (candidates) => {
        const turned = candidates.map(({ item, features: given }) => ({
          item,
          features: Object.fromEntries(Object.entries(given).toReversed()),
        }));
        expect(packCandidates(turned).bytes).toEqual(packCandidates(candidates).bytes);
      }),
    );
  });

  test('a table of numbers has the bytes and the candidates of any other set', () => {
    const numbers = fc.float({ noNaN: true, noDefaultInfinity: true });
    const rows = fc.array(fc.tuple(fc.string({ minLength: 1 }), numbers, numbers, fc.boolean()), { maxLength: 6 });
    fc.assert(
      fc.property(rows, (given) => {
        const alike = given.map(([item, z, a]) => ({ item, features: { z, a } }));
        const mixed = given.map(([item, z, a, turn]) => ({ item, features: turn ? { a, z } : { z, a } }));
        const packed = packCandidates(alike);
        expect(packed.bytes).toEqual(packCandidates(mixed).bytes);
        const seen = packed.normalise();
        expect(seen.map(({ item, features: made }) => ({ item, features: made }))).toStrictEqual(
          normaliseCandidates(alike),
        );
        expect(seen.every(({ numbers: row }, index) => row?.row === index)).toBe(true);
      }),
    );
  });

  test('rounds to float32 at every depth, and has no negative zero', () => {
    const [made] = normaliseCandidates([{ item: 'x', features: { z: { inner: [0.1] }, a: -0 } }]);
    expect(made?.features).toStrictEqual({ a: 0, z: { inner: [0.10000000149011612] } });
  });

  test('keeps 20 candidates of 32 numbers under 3,200 bytes', () => {
    const set: Candidate[] = Array.from({ length: 20 }, (_, row) => ({
      item: `item-${row}`,
      features: Object.fromEntries(
        Array.from({ length: 32 }, (__, column) => [`feature${column}`, Math.sin(row * 32 + column)]),
      ),
    }));
    expect(packCandidates(set).bytes.byteLength).toBeLessThan(3_200);
  });

  test('keeps sparse words short: nine digits at most', () => {
    const { bytes } = packCandidates([
      { item: 'x', features: { words: { loop: 0.1 } } },
      { item: 'y', features: { words: { heed: 0.3 } } },
    ]);
    expect(new TextDecoder().decode(bytes)).toContain('"loop":0.1}');
  });

  test.each([
    ['a number too large', 1e39],
    ['no number', Number.NaN],
    ['a function', () => 1],
  ])('refuses %s', (_name, wrong) => {
    const pack = () => packCandidates([{ item: 'x', features: { deep: { field: wrong } } }]);
    expect(pack).toThrow(/candidate x, as its feature deep\.field must be/);
    expect(pack).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });

  test('refuses bytes that are no set, or a cut one', () => {
    expect(() => unpackCandidates(new Uint8Array([9, 0, 0, 0, 0]))).toThrow(/format version must be 1: it is 9/);
    const { bytes } = packCandidates([{ item: 'x', features: { a: 1 } }]);
    expect(() => unpackCandidates(bytes.subarray(0, bytes.byteLength - 4))).toThrow(/set must be \d+ bytes long/);
  });
});
