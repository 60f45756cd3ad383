import { expect, test } from 'vitest';
import { createLogReader } from './log-reader.ts';
import { createSlateReader } from './slate-reader.ts';
import type { LoggedSlates } from './slates.ts';
import type { LogReaderOptions } from './log-reader.ts';
import type { LoggedRounds } from './rounds.ts';

type Row = Readonly<Record<string, unknown>>;

const good = { id: 'a', reward: 1, probability: 0.5, target: 0.25, subject: 'ada', context: { age: 30 } };

function readAll(rows: readonly Row[], options: LogReaderOptions = {}) {
  const chunks: LoggedRounds[] = [];
  const reader = createLogReader((chunk) => void chunks.push(chunk), { rewardRange: [0, 1], ...options });
  rows.forEach((row, index) =>
    reader.push(
      (field) => row[field],
      () => `line ${index + 1}`,
    ),
  );
  reader.end();
  return { chunks, reader };
}

const faults: readonly (readonly [what: string, row: Row, reason: string])[] = [
  [
    'missing probability',
    { ...good, id: 'b', probability: undefined },
    'probability must be a number from 0 to 1: it is missing',
  ],
  ['zero probability', { ...good, id: 'b', probability: 0 }, 'probability must be above 0: it is 0'],
  [
    'probability above 1',
    { ...good, id: 'b', probability: 1.2 },
    'probability must be a number from 0 to 1: it is 1.2',
  ],
  ['NaN probability', { ...good, id: 'b', probability: NaN }, 'probability must be a number from 0 to 1: it is NaN'],
  ['negative target', { ...good, id: 'b', target: -0.1 }, 'target must be a number from 0 to 1: it is -0.1'],
  ['NaN reward', { ...good, id: 'b', reward: NaN }, 'reward must be a number from 0 to 1: it is NaN'],
  ['null reward', { ...good, id: 'b', reward: null }, 'reward must be a number from 0 to 1: it is null'],
  ['reward out of range', { ...good, id: 'b', reward: 7 }, 'reward must be a number from 0 to 1: it is 7'],
  ['duplicate', { ...good }, 'id must be another one in each row: it is "a"'],
  [
    'feature of another type',
    { ...good, id: 'b', context: { age: '30' } },
    'context.age must stay a number: it is "string"',
  ],
  ['no subject', { ...good, id: 'b', subject: undefined }, 'subject must be text or a number: it is missing'],
];

test.each(faults)('%s is refused with its place and the reason', (_what, row, reason) => {
  expect(() => readAll([good, row])).toThrow(`cannot use line 2, as ${reason}`);
});

test.each(faults)('%s is left out and counted where that is asked for', (_what, row) => {
  const { chunks, reader } = readAll([good, row, { ...good, id: 'c' }], { skipBadRows: true });
  expect(reader.used).toBe(2);
  expect(reader.badRows()).toMatchObject([{ count: 1, first: 'line 2' }]);
  expect(chunks.map(({ count }) => count)).toEqual([2]);
});

const slate = {
  id: 'a',
  rewards: [1, 0],
  probability: 0.2,
  target: 0.1,
  prefixProbabilities: [0.5, 0.2],
  prefixTargets: [0.4, 0.1],
};

function readSlates(rows: readonly Row[], skipBadRows = false) {
  const chunks: LoggedSlates[] = [];
  const reader = createSlateReader((chunk) => void chunks.push(chunk), { rewardRange: [0, 2], skipBadRows });
  rows.forEach((row, index) =>
    reader.push(
      (field) => row[field],
      () => `line ${index + 1}`,
    ),
  );
  reader.end();
  return { chunks, reader };
}

test('slates: a shorter one is filled up, and what a wrong one lacks is told', () => {
  const shorter = { ...slate, id: 'b', rewards: [1], prefixProbabilities: [0.5], prefixTargets: [0.25] };
  const { chunks } = readSlates([slate, shorter]);
  expect(chunks).toMatchObject([
    {
      count: 2,
      size: 2,
      reward: Float64Array.of(1, 0, 1, 0),
      loggedPrefix: Float64Array.of(0.5, 0.2, 0.5, 1),
      targetPrefix: Float64Array.of(0.4, 0.1, 0.25, 1),
      loggedPlace: null,
    },
  ]);
  const wrong: readonly (readonly [Row, string])[] = [
    [{ ...slate, id: 'b', rewards: [1, NaN] }, 'rewards must have numbers that are finite: it is NaN'],
    [{ ...slate, id: 'b', rewards: [2, 1] }, 'rewards must add up to a number from 0 to 2: it is 3'],
    [{ ...slate, id: 'b', probability: 0 }, 'probability must be above 0: it is 0'],
    [{ ...slate, id: 'b', prefixTargets: [0.4] }, 'prefixTargets must be as many as rewards: it is 1'],
    [{ ...slate, id: 'b', prefixProbabilities: [0.5, 0] }, 'prefixProbabilities must be above 0: it is 0'],
    [{ ...slate, id: 'b', prefixTargets: [0.4, 1.1] }, 'prefixTargets must have numbers from 0 to 1: it is 1.1'],
    [{ ...slate, id: 'b', prefixTargets: undefined }, 'prefixTargets must be a list of numbers: it is missing'],
    [slate, 'id must be another one in each row: it is "a"'],
  ];
  for (const [row, reason] of wrong) {
    expect(() => readSlates([slate, row])).toThrow(`cannot use line 2, as ${reason}`);
    expect(readSlates([slate, row], true).reader.badRows()).toMatchObject([{ count: 1, first: 'line 2' }]);
  }
});

test('a wrong row that comes first does not tell what the others have', () => {
  const { chunks } = readAll([{}, good, { ...good, id: 'b' }], { skipBadRows: true });
  expect(chunks[0]?.subject).not.toBeNull();
  expect(chunks[0]?.count).toBe(2);
  expect(() =>
    readAll([
      { ...good, targetError: 0.1 },
      { ...good, id: 'b' },
    ]),
  ).toThrow('line 2, as targetError must be a number from 0 to 1: it is missing');
});

test('lists of all actions give the taken one and the expectation', () => {
  const row = { reward: 1, probability: 0.5, action: 1, targets: [0.25, 0.75], predictions: [0.2, 0.6] };
  const { chunks } = readAll([row]);
  expect(chunks[0]?.targetProbability[0]).toBe(0.75);
  expect(chunks[0]?.predictedTaken?.[0]).toBe(0.6);
  expect(chunks[0]?.predictedTarget?.[0]).toBeCloseTo(0.5, 14);
  expect(() => readAll([{ ...row, targets: [0.5, 0.6] }])).toThrow('targets must add up to 1');
  expect(() => readAll([{ ...row, action: 2 }])).toThrow('action must be a number from 0 to 1: it is 2');
});

test('a hundred thousand ids, each once: none is taken for another', () => {
  const rows = Array.from({ length: 100_000 }, (_each, index) => ({ ...good, id: `row ${index}` }));
  const { chunks, reader } = readAll(rows, { skipBadRows: true, chunkRows: 30_000 });
  expect(reader.used).toBe(100_000);
  expect(chunks.map(({ count }) => count)).toEqual([30_000, 30_000, 30_000, 10_000]);
});
