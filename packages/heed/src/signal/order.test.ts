import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Feedback, FeedbackTarget, RewardMapping } from '../spec/index.ts';
import { at, configurationOf, createDeriver, decisionId, decisionOf, feedbackOf, idOf } from './testing.ts';

const decision = decisionOf({ action: { type: 'slate', items: ['p1', 'p2'] } });
const rowCount = 8;

const target: fc.Arbitrary<FeedbackTarget> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('p1', 'p2')
      .map((item): FeedbackTarget => ({ type: 'item', decision: decisionId, item })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ of: fc.nat(rowCount - 1), relation: fc.constantFrom('retracts' as const, 'supersedes' as const) })
      .map(({ of, relation }): FeedbackTarget => ({ type: 'feedback', feedback: idOf(1_000 + of), relation })),
  },
);
const rows: fc.Arbitrary<Feedback[]> = fc
  .array(
    fc.record({
      targets: fc.array(target, { minLength: 1, maxLength: 2 }),
      name: fc.constantFrom('upvote', 'dismiss', 'stars', null),
      number: fc.integer({ min: 1, max: 5 }),
      subject: fc.constantFrom('ada', 'bob'),
      seconds: fc.constantFrom(-10, 5, 30, 99, 100, 101, 400),
      late: fc.constantFrom(0, 1, 200),
    }),
    { maxLength: rowCount },
  )
  .map((given) =>
    given.map(({ number, late, ...rest }, index) =>
      feedbackOf(index, {
        ...rest,
        kind: rest.name === null ? 'retraction' : 'rating',
        value: { type: 'number', number },
        receivedAt: at(rest.seconds + late),
      }),
    ),
  );
const mapping: fc.Arbitrary<Partial<RewardMapping>> = fc.record({
  combine: fc.constantFrom('sum', 'newest', 'largest', 'smallest'),
  final: fc.constantFrom('feedback', 'window'),
  missing: fc.constantFrom<RewardMapping['missing']>('wait', 'censor', { default: 0.5 }),
});

/** Status, value and, where the window settles them, time of every target's signal, once all rows are in and the window has closed. */
function settle(arrivals: readonly Feedback[], reward: Partial<RewardMapping>, stepSeconds: number) {
  const deriver = createDeriver({ decision, configuration: configurationOf(reward) });
  let versions = 0;
  for (let count = 0; count <= arrivals.length; count += 1)
    versions += deriver.derive(arrivals.slice(0, count), count * stepSeconds).length;
  versions += deriver.derive(arrivals, 100_000).length;
  const newest = [...deriver.latest.values()].map(({ targetKey, status, value, availableAt }) => ({
    targetKey,
    status,
    value,
    availableAt: reward.final === 'window' ? availableAt : '',
  }));
  return {
    newest: newest.toSorted((a, b) => (a.targetKey < b.targetKey ? -1 : 1)),
    versions,
    again: deriver.derive(arrivals, 100_000).length,
    deriver,
  };
}

describe('derived signals', () => {
  test('end up the same in whatever order, and however late, their rows arrive', () => {
    fc.assert(
      fc.property(
        rows,
        mapping,
        fc.infiniteStream(fc.nat()),
        fc.constantFrom(0, 7, 60),
        (given, reward, numbers, stepSeconds) => {
          const shuffled = given
            .map((row) => ({ row, key: Number(numbers.next().value) }))
            .toSorted((a, b) => a.key - b.key)
            .map(({ row }) => row);
          const inOrder = settle(given, reward, 1);
          const other = settle(shuffled, reward, stepSeconds);
          expect(other.newest).toEqual(inOrder.newest);
          expect(other.again).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('do not change when rows arrive twice', () => {
    fc.assert(
      fc.property(rows, mapping, (given, reward) => {
        expect(settle([...given, ...given], reward, 1).newest).toEqual(settle(given, reward, 1).newest);
      }),
    );
  });

  test('do not change when a giver says the same again', () => {
    fc.assert(
      fc.property(rows, mapping, fc.integer({ min: 0, max: 50 }), (given, reward, seconds) => {
        const plain = given.filter(
          ({ kind, targets }) => kind !== 'retraction' && targets.every(({ type }) => type === 'item'),
        );
        const again = plain.map((row, index): Feedback => ({
          ...row,
          id: idOf(2_000 + index),
          observedAt: row.observedAt,
          receivedAt: at(300 + seconds),
        }));
        const { deriver, newest } = settle(plain, reward, 1);
        expect(deriver.derive([...plain, ...again], 100_001)).toEqual([]);
        expect(settle([...again, ...plain], reward, 1).newest).toEqual(newest);
      }),
    );
  });

  test('are one version when nothing comes after the window, and number their versions without a gap', () => {
    fc.assert(
      fc.property(rows, mapping, (given, reward) => {
        const { deriver } = settle(given, reward, 1);
        const fresh = createDeriver({ decision, configuration: configurationOf(reward) });
        fresh.derive(given, 100_000);
        expect(
          [...fresh.latest.values()].every(({ version, supersedes }) => version === 1 && supersedes === null),
        ).toBe(true);
        for (const { version, supersedes } of deriver.latest.values()) expect(version > 1).toBe(supersedes !== null);
      }),
    );
  });
});
