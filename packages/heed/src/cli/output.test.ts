import { expect, test } from 'vitest';
import { HeedError } from '../spec/index.ts';
import { UsageError } from './exit.ts';
import { codeOf, counted, facts, sentenceOf, short, table } from './output.ts';

test('columns are as wide as their widest cell', () => {
  expect(
    table(
      ['loop', 'n'],
      [
        ['greeting', 3],
        ['a', null],
      ],
      'none',
    ),
  ).toBe('loop      n\ngreeting  3\na         –');
  expect(table(['loop'], [], 'none')).toBe('none');
});

test('facts line up', () => {
  expect(
    facts([
      ['loop', 'a'],
      ['artifact', null],
    ]),
  ).toBe('loop      a\nartifact  –');
});

test('numbers read as people write them', () => {
  expect([counted(1, 'row'), counted(2_500, 'row'), short(0.123456), short(1), short(null)]).toEqual([
    '1 row',
    '2,500 rows',
    '0.1235',
    '1',
    '–',
  ]);
});

test('errors keep their code', () => {
  expect([codeOf(new HeedError('not-found', 'x')), codeOf(new UsageError('x')), codeOf(new TypeError('x'))]).toEqual([
    'not-found',
    'usage',
    'internal',
  ]);
});

test('an error of several says each of them', () => {
  expect(sentenceOf(new AggregateError([new Error('refused here'), new Error('refused there')]))).toBe(
    'refused here; refused there',
  );
});
