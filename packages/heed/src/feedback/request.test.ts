import { describe, expect, test } from 'vitest';
import { isHeedError } from '../spec/index.ts';
import type { FeedbackKind, JsonValue, LoopConfiguration } from '../spec/index.ts';
import { toFeedback, usualSource } from './request.ts';
import type { IncomingFeedback } from './request.ts';
import { toFeedbackValue } from './value.ts';

const decision = '01890000-0000-7000-8000-00000000000a';
const id = '01890000-0000-7000-8000-00000000000b';
const other = '01890000-0000-7000-8000-00000000000c';
const receivedAt = '2026-01-06T09:30:00.000Z';
const configuration: LoopConfiguration = {
  name: 'papers',
  context: {},
  candidate: {},
  action: { type: 'slate', size: 10 },
  feedback: {
    upvote: { kind: 'reaction', value: null },
    stars: { kind: 'rating', value: { type: 'number' } },
    note: { kind: 'comment', value: { type: 'string' } },
  },
  reward: { from: { upvote: 1 }, combine: 'sum', range: [0, 1], final: 'window', missing: { default: 0 } },
  attributionWindowSeconds: 3_600,
  baseline: { type: 'given' },
  exclusions: [],
  leastProbability: 0,
  deadlineMs: 100,
  retentionDays: 30,
  features: { namespaces: {}, crosses: [], bits: 18, seed: 0 },
  learner: { name: 'contextualBandit', options: {} },
  exploration: { name: 'plackettLuce', options: {} },
  release: { promote: 'automatic', everySignals: 1, everySeconds: 1, leastSubjects: 0 },
};
const origin = { configuration, id, receivedAt };

describe('toFeedback', () => {
  test('fills the record of an upvote', () => {
    expect(toFeedback({ decision, item: 'p1', name: 'upvote', subject: 'ada' }, origin)).toStrictEqual({
      schemaVersion: 1,
      id,
      loop: 'papers',
      targets: [{ type: 'item', decision, item: 'p1' }],
      kind: 'reaction',
      name: 'upvote',
      value: { type: 'category', category: 'upvote' },
      source: usualSource,
      subject: 'ada',
      observedAt: receivedAt,
      receivedAt,
      idempotencyKey: null,
    });
  });

  test('keeps what the request says of source, time and key', () => {
    const source = { type: 'model', id: 'judge', seen: 'part' } as const;
    const made = toFeedback(
      { decision, name: 'stars', value: 4, source, observedAt: '2026-01-06T10:00:00+01:00', idempotencyKey: 'k' },
      origin,
    );
    expect(made).toMatchObject({
      source,
      observedAt: '2026-01-06T09:00:00.000Z',
      receivedAt,
      idempotencyKey: 'k',
      value: { type: 'number', number: 4 },
    });
  });

  test('names the decision, the item and further targets, each once', () => {
    const supersedes = { type: 'feedback', feedback: other, relation: 'supersedes' } as const;
    const item = { type: 'item', decision, item: 'p1' } as const;
    expect(
      toFeedback({ decision, item: 'p1', targets: [item, supersedes], name: 'stars', value: 2 }, origin).targets,
    ).toStrictEqual([item, supersedes]);
    expect(toFeedback({ decision, name: 'stars', value: 2 }, origin).targets).toStrictEqual([
      { type: 'decision', decision },
    ]);
  });

  test('takes a retraction under a declared name, and a kind without a name', () => {
    expect(toFeedback({ decision, item: 'p1', name: 'upvote', kind: 'retraction' }, origin)).toMatchObject({
      kind: 'retraction',
      name: 'upvote',
    });
    expect(toFeedback({ decision, kind: 'critique', value: 'too long' }, origin)).toMatchObject({
      kind: 'critique',
      name: null,
      value: { type: 'text', text: 'too long' },
    });
  });

  test.each<[string, IncomingFeedback, RegExp]>([
    ['no target', { name: 'upvote' }, /must name what it judges/],
    ['an item without its decision', { item: 'p1', name: 'upvote' }, /p1 comes without decision/],
    [
      'an unknown name',
      { decision, name: 'toString' },
      /must be one that the loop papers declares \(upvote, stars, note\): it is toString/,
    ],
    ['another kind', { decision, name: 'upvote', kind: 'rating' }, /kind of upvote must be reaction/],
    ['neither name nor kind', { decision }, /by name \(upvote, stars, note\) or by kind: it has neither/],
    ['no time', { decision, name: 'upvote', observedAt: 'noon' }, /observedAt must be a time in ISO 8601: it is noon/],
    ['an id that is none', { decision: 'x', name: 'upvote' }, /targets\.0\.decision must fit the record/],
    ['a rank too few', { decision, kind: 'ranking', value: [1, 2] }, /one rank per target \(1\): it has 2/],
  ])('refuses %s', (_name, request, message) => {
    expect(() => toFeedback(request, origin)).toThrow(message);
    expect(isInvalid(() => toFeedback(request, origin))).toBe(true);
  });
});

describe('toFeedbackValue', () => {
  test.each<[JsonValue | undefined, FeedbackKind, object]>([
    [undefined, 'reaction', { type: 'category', category: 'love' }],
    [null, 'reaction', { type: 'category', category: 'love' }],
    [4.5, 'rating', { type: 'number', number: 4.5 }],
    [true, 'verdict', { type: 'number', number: 1 }],
    [false, 'verdict', { type: 'number', number: 0 }],
    [0.75, 'preference', { type: 'probability', probability: 0.75 }],
    [true, 'preference', { type: 'probability', probability: 1 }],
    ['wrong unit', 'critique', { type: 'text', text: 'wrong unit' }],
    ['say no', 'demonstration', { type: 'text', text: 'say no' }],
    ['resolved', 'outcome', { type: 'category', category: 'resolved' }],
    [{ watch: 3.2, like: 1 }, 'reward', { type: 'vector', numbers: { watch: 3.2, like: 1 } }],
    [{ type: 'probability', probability: 0.2 }, 'rating', { type: 'probability', probability: 0.2 }],
    [[1, 2, 2], 'ranking', { type: 'ranking', ranks: [1, 2, 2] }],
    [[{ type: 'text', text: 'better' }], 'correction', { type: 'content', parts: [{ type: 'text', text: 'better' }] }],
  ])('of %j as a %s', (value, kind, expected) => {
    expect(toFeedbackValue(value, kind, 'love')).toStrictEqual(expected);
  });

  test.each<[JsonValue, FeedbackKind]>([
    [{ watch: 'long' }, 'reward'],
    [{}, 'reward'],
    [[1, 2], 'rating'],
    [[], 'ranking'],
    [1.5, 'preference'],
  ])('refuses %j as a %s', (value, kind) => {
    expect(isInvalid(() => toFeedbackValue(value, kind, null))).toBe(true);
  });
});

function isInvalid(act: () => unknown): boolean {
  try {
    act();
  } catch (error) {
    return isHeedError(error, 'invalid-input');
  }
  return false;
}
