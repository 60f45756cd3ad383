import { expect, it } from 'vitest';
import { counted, fromLog, longDay, moment, opening, percentage, shortDay, signed } from './format.ts';

it('writes days and moments', () => {
  expect(shortDay('2025-05-20')).toBe('May 20, 2025');
  expect(longDay('2026-01-06')).toBe('Tuesday 6 January 2026');
  expect(moment('2026-01-06T14:05:09.123Z')).toBe('Jan 6, 2026, 14:05:09 UTC');
});

it('writes counts and numbers', () => {
  expect([counted(1, 'author'), counted(0, 'author'), counted(12, 'author')]).toEqual([
    '1 author',
    '0 authors',
    '12 authors',
  ]);
  expect([signed(0.12), signed(-0.0312), signed(-0.0001)]).toEqual(['+0.120', '−0.031', '0.000']);
  expect([percentage(0.1234), percentage(0.0057), percentage(0.00001), percentage(0), percentage(1)]).toEqual([
    '12 %',
    '0.57 %',
    '< 0.01 %',
    '0 %',
    '100 %',
  ]);
  expect([fromLog(Math.log(0.25)), fromLog(-83.214), fromLog(null), fromLog(0)]).toEqual([
    '0.25',
    'e^−83.21',
    'not known',
    '1',
  ]);
});

it('cuts a text between words', () => {
  expect(opening('A short one.', 20)).toBe('A short one.');
  expect(opening('One line\n\nand, another one', 14)).toBe('One line and …');
});
