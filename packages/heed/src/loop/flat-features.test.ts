import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flatFeatures } from './flat-features.ts';
import { featureValueSchema } from '../spec/index.ts';

test.each([
  [[{ user: { plan: 'free', age: 30 } }, { hour: 9 }], { 'user.plan': 'free', 'user.age': 30, 'hour': 9 }],
  [[{ a: { b: { c: true } } }, { a: { d: null } }], { 'a.b.c': true, 'a.d': null }],
  [[{ tags: ['new', 'hot'], sizes: [1, 2], none: [] }], { tags: ['new', 'hot'], sizes: [1, 2] }],
  [[{ list: [{ x: 1 }, { y: { z: 'q' } }] }], { 'list.x': 1, 'list.y.z': 'q' }],
  [[{ taste: 'salty' }, { taste: 'hot' }, { taste: ['sour', 'sweet'] }], { taste: ['salty', 'hot', 'sour', 'sweet'] }],
  [[{ price: 2 }, { price: 0.5 }], { price: 2.5 }],
  [[{ open: true }, { open: false }], { open: false }],
  [[{ mixed: [{ x: 1 }, 'plain'] }], { 'mixed.x': 1, 'mixed': 'plain' }],
  [[], {}],
])('%j is flat as %j', (given, flat) => {
  expect(flatFeatures(given)).toEqual(flat);
});

test('numbers and texts in dictionaries as deep as you like become features that every loop can take', () => {
  const { dictionary } = fc.letrec<{ value: unknown; dictionary: { [name: string]: unknown } }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      tie('dictionary'),
      fc.array(tie('dictionary'), { maxLength: 3 }),
    ),
    dictionary: fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(fc.array(dictionary, { maxLength: 3 }), (given) => {
      for (const value of Object.values(flatFeatures(given as Parameters<typeof flatFeatures>[0])))
        expect(featureValueSchema.safeParse(value).success).toBe(true);
    }),
  );
});
