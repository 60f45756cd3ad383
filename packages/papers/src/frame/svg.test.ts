import { expect, test } from 'vitest';
import { drawFigure, label } from './svg.ts';

const figure = { name: 'f', title: 'F', xLabel: 'x', yLabel: 'y' };
const count = (text: string, part: string): number => text.split(part).length - 1;

test('numbers have three digits, whatever their size', () => {
  expect([0, 1, 0.12345, 123_456, 1_234_567, -0.000_426_9].map(label)).toEqual([
    '0',
    '1',
    '0.123',
    '123000',
    '1.23e+6',
    '-4.27e-4',
  ]);
});

test('what is no quantity stands apart under its name, each with its interval', () => {
  const curve = { name: 'mean', x: [1, 2], y: [3, 5], low: [2, 4], high: [4, 6] };
  const drawn = drawFigure({ ...figure, places: ['greedy', 'planned'], curves: [curve] });
  expect([count(drawn, '<circle'), count(drawn, '<polyline')]).toEqual([2, 0]);
  expect([count(drawn, '>greedy<'), count(drawn, '>planned<')]).toEqual([1, 1]);
  expect(drawFigure({ ...figure, curves: [curve] })).toContain('<polyline');
});

test('of nine curves the ninth has the first one’s colour, and dots', () => {
  const curves = Array.from({ length: 9 }, (_, at) => ({ name: `c${at}`, x: [1, 2], y: [at, at + 1] }));
  const lines = drawFigure({ ...figure, curves }).match(/<polyline.*/g) ?? [];
  expect(lines[8]).toContain('#0072b2');
  expect([lines[0], lines[8]].map((line) => line?.includes('dasharray'))).toEqual([false, true]);
});
