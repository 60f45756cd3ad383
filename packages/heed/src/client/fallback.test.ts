import { expect, test } from 'vitest';
import { fallBack, recordOf } from './fallback.ts';
import type { LoopFallback } from './fallback.ts';

const made = {
  id: '019b9294-2a3b-7000-8000-000000000001',
  reason: 'down',
  decidedAt: '2026-01-06T09:30:00.000Z',
  loopVersion: '0123456789abcdef',
} as const;
const request = {
  context: { hour: 9 },
  candidates: [
    { item: 'a', features: { rank: 3 } },
    { item: 'b', features: { rank: 1 } },
    { item: 'c', features: { rank: 2 } },
    { item: 'd', features: { rank: 0, closed: true } },
  ],
};
const choice: LoopFallback = {
  action: { type: 'choice' },
  baseline: { type: 'field', field: 'rank', order: 'ascending' },
  exclusions: [{ from: 'candidate', field: 'closed', is: 'equal', value: true }],
};

test('a choice is the first of the baseline that is allowed', () => {
  const reply = fallBack('x', choice, { ...request, exclude: ['b'] }, made);
  expect(reply).toMatchObject({
    action: { type: 'choice', item: 'c' },
    chosen: ['c'],
    behaviour: 'deterministic',
    probability: 1,
    logProbability: 0,
    fallback: 'down',
    artifact: null,
    token: null,
    decision: made.id,
  });
});

test('a slate has the size of the loop, or the smaller one asked for', () => {
  const slate: LoopFallback = { ...choice, action: { type: 'slate', size: 2 } };
  expect(fallBack('x', slate, request, made).action).toEqual({ type: 'slate', items: ['b', 'c'] });
  expect(fallBack('x', slate, { ...request, size: 1 }, made).chosen).toEqual(['b']);
  expect(fallBack('x', slate, { ...request, size: 9 }, made).chosen).toEqual(['b', 'c']);
});

test('of a loop that is not known, all come back as they were given', () => {
  expect(fallBack('x', null, { ...request, exclude: ['a'] }, { ...made, loopVersion: null })).toMatchObject({
    chosen: ['b', 'c', 'd'],
    action: { type: 'slate', items: ['b', 'c', 'd'] },
    loopVersion: 'unknown',
  });
});

test('where all are excluded nothing is chosen, and nothing throws', () => {
  expect(fallBack('x', choice, { ...request, exclude: ['a', 'b', 'c'] }, made).chosen).toEqual([]);
});

test('the record tells all that the request told, under a key of its own', () => {
  const reply = fallBack('x', choice, request, made);
  expect(
    recordOf(reply, 'down', {
      ...request,
      subject: 'ann',
      activation: 'deferred',
      idempotencyKey: 'callers',
      exclude: ['q'],
      size: 1,
      id: 'asked',
    }),
  ).toEqual({
    ...request,
    subject: 'ann',
    activation: 'deferred',
    id: made.id,
    idempotencyKey: made.id,
    action: { type: 'choice', item: 'b' },
    behaviour: { kind: 'deterministic', logProbability: 0, fallback: 'down' },
    decidedAt: made.decidedAt,
  });
});
