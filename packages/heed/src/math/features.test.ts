import { expect, test } from 'vitest';
import { combineHashes, createFeatureEncoder, hashName } from './index.ts';
import type { FeatureDefinition } from './index.ts';

const seed = 7;
const everything: FeatureDefinition = {
  namespaces: {
    who: { from: 'subject', normalise: false },
    when: { from: 'context', normalise: false },
    meta: { from: 'candidate', fields: ['age', 'open', 'kind', 'tags', 'nothing'], normalise: false },
    text: { from: 'candidate', fields: ['words', 'embedding'], normalise: true },
    item: { from: 'item', normalise: false },
  },
  crosses: [
    ['who', 'when'],
    ['when', 'item'],
    ['who', 'item', 'text'],
  ],
  seed,
};
const situation = { subject: 'ann', context: { hour: 9 } };
const paper = {
  item: 'p1',
  features: {
    words: { b: 4, a: 0 },
    embedding: [0, 3],
    age: 0.1,
    open: true,
    kind: 'note',
    tags: ['x', 'y'],
    nothing: null,
  },
};

function featuresOf(
  definition: FeatureDefinition,
  of = paper,
  at: { subject: string | null; context: Record<string, unknown> } = situation,
) {
  const { names, values } = createFeatureEncoder(definition).named(at, of);
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

test('every kind of value becomes its features', () => {
  expect(featuresOf(everything)).toEqual({
    'constant': 1,
    'who=ann': 1,
    'when.hour': 9,
    'who=ann × when.hour': 9,
    'meta.age': Math.fround(0.1),
    'meta.kind=note': 1,
    'meta.open=true': 1,
    'meta.tags=x': 1,
    'meta.tags=y': 1,
    'text.embedding[1]': Math.fround(0.6),
    'text.words=b': Math.fround(0.8),
    'item=p1': 1,
    'when.hour × item=p1': 9,
    'who=ann × item=p1 × text.embedding[1]': Math.fround(0.6),
    'who=ann × item=p1 × text.words=b': Math.fround(0.8),
  });
});

test('hashes are those of the names, and crosses combine them', () => {
  const { names, hashes } = createFeatureEncoder(everything).named(situation, paper);
  expect(hashes[names.indexOf('text.words=b')]).toBe(hashName('text.words=b', seed));
  expect(hashes[names.indexOf('meta.age')]).toBe(hashName('meta.age', seed));
  const whoItem = combineHashes(hashName('who=ann', seed), hashName('item=p1', seed));
  expect(hashes[names.indexOf('who=ann × item=p1 × text.words=b')]).toBe(
    combineHashes(whoItem, hashName('text.words=b', seed)),
  );
});

test('rows hold the same features as named, candidate by candidate', () => {
  const encoder = createFeatureEncoder(everything);
  const other = { item: 'p2', features: { ...paper.features, kind: 'poem', words: { c: 1 } } };
  const { hashes, values, sharedEnd, starts } = encoder.rows(situation, [paper, other, paper]);
  const shown = [paper, other, paper].map((_, row) => {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    return {
      hashes: [...hashes.subarray(0, sharedEnd), ...hashes.subarray(from, to)],
      values: [...values.subarray(0, sharedEnd), ...values.subarray(from, to)],
    };
  });
  expect(sharedEnd).toBe(4);
  const expected = [paper, other, paper].map((candidate) => {
    const named = encoder.named(situation, candidate);
    return { hashes: [...named.hashes], values: [...named.values] };
  });
  expect(shown).toEqual(expected);
});

test('the order in which fields and keys come changes nothing', () => {
  const turned = {
    item: 'p1',
    features: Object.fromEntries(Object.entries({ ...paper.features, words: { a: 0, b: 4 } }).toReversed()),
  };
  const encoder = createFeatureEncoder(everything);
  expect(encoder.named(situation, turned as typeof paper)).toEqual(encoder.named(situation, paper));
});

test('a row of a table of numbers becomes the features that its fields become', () => {
  const encoder = createFeatureEncoder({
    namespaces: { meta: { from: 'candidate', fields: ['b', 'a'], normalise: true } },
    crosses: [],
    seed,
  });
  const names = ['a', 'b', 'c'];
  // Two candidates: (1, 2, 3) and (0, 5, 6), one column after the other.
  const table = { names, values: Float32Array.of(1, 0, 2, 5, 3, 6), rows: 2 };
  const candidates = [
    { item: 'x', features: { a: 1, b: 2, c: 3 } },
    { item: 'y', features: { a: 0, b: 5, c: 6 } },
  ];
  candidates.forEach(({ item, features }, row) => {
    const withRow = encoder.named(situation, { item, features: {}, numbers: { table, row } });
    expect(withRow).toStrictEqual(encoder.named(situation, { item, features }));
  });
  expect(encoder.named(situation, { item: 'y', features: {}, numbers: { table, row: 1 } }).names).toEqual([
    'constant',
    'meta.b',
  ]);
});

test('without a subject, its namespace and its crosses are empty', () => {
  const names = Object.keys(featuresOf(everything, paper, { subject: null, context: { hour: 9 } }));
  expect(names.filter((name) => name.includes('who'))).toEqual([]);
  expect(names).toContain('when.hour × item=p1');
});

test('many candidates, more than the first memory holds, stay apart', () => {
  const encoder = createFeatureEncoder({
    namespaces: { text: { from: 'candidate', normalise: false } },
    crosses: [['text', 'text']],
    seed: 0,
  });
  const candidates = Array.from({ length: 50 }, (_, index) => ({
    item: String(index),
    features: { a: index + 1, b: 1 },
  }));
  const { values, starts } = encoder.rows({ subject: null, context: {} }, candidates);
  expect(starts).toHaveLength(51);
  candidates.forEach((_, row) =>
    expect([...values.subarray(starts[row], starts[row + 1])]).toEqual([
      row + 1,
      1,
      (row + 1) ** 2,
      row + 1,
      row + 1,
      1,
    ]),
  );
});

test('crosses must name two or three declared namespaces', () => {
  const namespaces = { a: { from: 'item', normalise: false } } as const;
  expect(() => createFeatureEncoder({ namespaces, crosses: [['a', 'b']], seed: 0 })).toThrow(
    /must be declared \(a\): it is b/,
  );
  expect(() => createFeatureEncoder({ namespaces, crosses: [['a']], seed: 0 })).toThrow(/two or three: it names 1/);
});
