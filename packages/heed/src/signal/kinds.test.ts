import { describe, expect, test } from 'vitest';
import { signalSchema } from '../spec/index.ts';
import type { Feedback, FeedbackTarget, SignalKind, SignalValue } from '../spec/index.ts';
import { createDeriver, decisionId, decisionOf, feedbackOf, idOf } from './testing.ts';

const mine: FeedbackTarget = { type: 'decision', decision: decisionId };
const other: FeedbackTarget = { type: 'decision', decision: idOf(2) };
const third: FeedbackTarget = { type: 'decision', decision: idOf(3) };
const retracts: FeedbackTarget = { type: 'feedback', feedback: idOf(1_001), relation: 'retracts' };

/** The values of the usable signals of a kind that the feedback gives. */
function valuesOf(
  kind: SignalKind,
  feedback: readonly Feedback[],
  change: Parameters<typeof createDeriver>[0] = {},
): SignalValue[] {
  const signals = createDeriver({ kind, ...change }).derive(feedback, 500);
  for (const signal of signals) expect(signalSchema.parse(signal)).toStrictEqual(signal);
  return signals.flatMap(({ value }) => (value === null ? [] : [value]));
}
const prefer = (number: number, targets: FeedbackTarget[], probability: number, change: Partial<Feedback> = {}) =>
  feedbackOf(number, {
    kind: 'preference',
    name: null,
    targets,
    value: { type: 'probability', probability },
    ...change,
  });

describe('pairs', () => {
  test('have the preferred one as the chosen', () => {
    expect(valuesOf('pair', [prefer(1, [mine, other], 0.75)])).toEqual([
      { kind: 'pair', chosen: mine, rejected: other, probability: 0.75 },
    ]);
    expect(valuesOf('pair', [prefer(1, [mine, other], 0.25)])).toEqual([
      { kind: 'pair', chosen: other, rejected: mine, probability: 0.75 },
    ]);
  });

  test('come also of a ranking of two, with ties at one half', () => {
    const ranking = (ranks: number[]) =>
      feedbackOf(1, { kind: 'ranking', name: null, targets: [mine, other], value: { type: 'ranking', ranks } });
    expect(valuesOf('pair', [ranking([2, 1])])).toEqual([
      { kind: 'pair', chosen: other, rejected: mine, probability: 1 },
    ]);
    expect(valuesOf('pair', [ranking([1, 1])])).toEqual([
      { kind: 'pair', chosen: mine, rejected: other, probability: 0.5 },
    ]);
  });

  test('belong to the first decision that is named', () => {
    expect(valuesOf('pair', [prefer(1, [other, mine], 1)])).toEqual([]);
  });

  test('are one per giver, however often it is said, and the newest counts', () => {
    const deriver = createDeriver({ kind: 'pair' });
    expect(deriver.derive([prefer(1, [mine, other], 1)], 20)).toMatchObject([
      { version: 1, status: 'final', target: { type: 'feedback', feedback: idOf(1_001) } },
    ]);
    const twice = [prefer(1, [mine, other], 1), prefer(2, [mine, other], 1, { idempotencyKey: 'again' })];
    expect(deriver.derive(twice, 30)).toEqual([]);
    expect(deriver.derive([...twice, prefer(3, [mine, other], 0)], 40)).toMatchObject([
      { version: 2, value: { chosen: other }, target: { feedback: idOf(1_001) } },
    ]);
    expect(
      valuesOf('pair', [prefer(1, [mine, other], 1), prefer(2, [mine, other], 1, { subject: 'bob' })]),
    ).toHaveLength(2);
  });

  test('are censored when taken back, and not made of what came after the window', () => {
    const deriver = createDeriver({ kind: 'pair' });
    deriver.derive([prefer(1, [mine, other], 1)], 20);
    expect(
      deriver.derive([prefer(1, [mine, other], 1), feedbackOf(2, { kind: 'retraction', targets: [retracts] })], 30),
    ).toMatchObject([{ version: 2, status: 'censored', value: null }]);
    expect(valuesOf('pair', [prefer(1, [mine, other], 1, { observedAt: '2026-01-06T09:01:41.000Z' })])).toEqual([]);
  });
});

test('rankings keep their ties and need three targets', () => {
  const ranking = (targets: FeedbackTarget[], ranks: number[]) =>
    feedbackOf(1, { kind: 'ranking', name: null, targets, value: { type: 'ranking', ranks } });
  expect(valuesOf('ranking', [ranking([mine, other, third], [1, 2, 2])])).toEqual([
    { kind: 'ranking', targets: [mine, other, third], ranks: [1, 2, 2] },
  ]);
  expect(valuesOf('ranking', [ranking([mine, other], [1, 2])])).toEqual([]);
});

test('labels are what verdicts say', () => {
  const verdict = (number: number, value: Feedback['value']) =>
    feedbackOf(number, { kind: 'verdict', name: null, value, subject: `judge-${number}` });
  expect(
    valuesOf('label', [
      verdict(1, { type: 'category', category: 'correct' }),
      verdict(2, { type: 'number', number: 0 }),
      verdict(3, { type: 'text', text: 'so so' }),
    ]),
  ).toEqual([
    { kind: 'label', label: 'correct' },
    { kind: 'label', label: 0 },
  ]);
});

test('demonstrations are what should have been done', () => {
  const parts = [{ type: 'vector' as const, values: [0.5] }];
  const alternative: FeedbackTarget = {
    type: 'alternative',
    decision: decisionId,
    action: { type: 'choice', item: 'p2' },
  };
  const correction = (number: number, targets: FeedbackTarget[], value: Feedback['value']) =>
    feedbackOf(number, { kind: 'correction', name: null, targets, value, subject: `teacher-${number}` });
  expect(
    valuesOf('demonstration', [
      correction(1, [mine], { type: 'text', text: 'pick up the sponge' }),
      correction(2, [mine], { type: 'content', parts }),
      correction(3, [alternative], { type: 'number', number: 1 }),
    ]),
  ).toEqual([
    { kind: 'demonstration', target: { type: 'content', parts: [{ type: 'text', text: 'pick up the sponge' }] } },
    { kind: 'demonstration', target: { type: 'content', parts } },
    { kind: 'demonstration', target: alternative },
  ]);
});

test('token weights are the sums over the spans that hold a token', () => {
  const decision = decisionOf({ action: { type: 'tokens', tokens: [5, 6, 7, 8], tokenizer: 'bytes' } });
  const span = (number: number, from: number, to: number, weight: number, change: Partial<Feedback> = {}) =>
    feedbackOf(number, {
      kind: 'reward',
      name: null,
      targets: [{ type: 'span', decision: decisionId, unit: 'token', from, to }],
      value: { type: 'number', number: weight },
      ...change,
    });
  const said = [
    span(1, 0, 2, 1),
    span(2, 1, 9, -0.5),
    feedbackOf(3, { kind: 'retraction', targets: [{ type: 'feedback', feedback: idOf(1_004), relation: 'retracts' }] }),
    span(4, 0, 4, 10),
  ];
  expect(valuesOf('tokenWeights', said, { decision })).toEqual([
    { kind: 'tokenWeights', weights: [1, 0.5, -0.5, -0.5] },
  ]);
  expect(valuesOf('tokenWeights', said)).toEqual([]);
});

test('transitions are rewards with what came next', () => {
  const succession = { next: idOf(2), terminal: false };
  expect(valuesOf('transition', [feedbackOf(1)], { succession })).toEqual([
    { kind: 'transition', reward: 1, next: idOf(2), terminal: false },
  ]);
  expect(valuesOf('transition', [feedbackOf(1)])).toEqual([]);
});
