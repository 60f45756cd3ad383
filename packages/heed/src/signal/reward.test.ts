import { describe, expect, test } from 'vitest';
import { schemaVersion, signalSchema } from '../spec/index.ts';
import type { Feedback, RewardMapping } from '../spec/index.ts';
import { at, configurationOf, createDeriver, decisionId, decisionOf, feedbackOf, idOf, rewardIn } from './testing.ts';

const stars = (number: number, given: number, seconds = 10, change: Partial<Feedback> = {}) =>
  feedbackOf(number, { name: 'stars', kind: 'rating', value: { type: 'number', number: given }, seconds, ...change });
const about = (number: number, relation: 'retracts' | 'supersedes') => [
  { type: 'feedback', feedback: idOf(1_000 + number), relation } as const,
];
const retraction = (number: number, of: number, seconds = 20) =>
  feedbackOf(number, { kind: 'retraction', name: null, targets: about(of, 'retracts'), seconds });

/** The reward, or the status, once all of this is known at a second; the window is 100 s. */
function settled(
  feedback: readonly Feedback[],
  { seconds = 101, ...mapping }: Partial<RewardMapping> & { seconds?: number } = {},
): number | string {
  return rewardIn(createDeriver({ configuration: configurationOf(mapping) }).derive(feedback, seconds)[0]);
}

describe('the reward of a decision', () => {
  test('is provisional until the window closes, then final', () => {
    const deriver = createDeriver();
    const [provisional] = deriver.derive([], 0);
    expect(provisional).toMatchObject({
      status: 'provisional',
      value: null,
      version: 1,
      availableAt: at(100),
      supersedes: null,
      targetKey: `decision:${decisionId}`,
    });
    expect(deriver.derive([feedbackOf(1)], 99)).toEqual([]);
    const [final] = deriver.derive([feedbackOf(1)], 100);
    expect(final).toMatchObject({
      status: 'final',
      version: 2,
      supersedes: provisional?.id,
      availableAt: at(100),
      feedback: [idOf(1_001)],
      weight: 1,
    });
    expect(rewardIn(final)).toBe(1);
    expect(deriver.derive([feedbackOf(1)], 500)).toEqual([]);
    expect(signalSchema.parse(final)).toStrictEqual(final);
  });

  test('is the sum of what was said, within the declared range', () => {
    expect(settled([feedbackOf(1), feedbackOf(2, { name: 'dismiss' })])).toBe(-1);
    // 1 + 1 + 1 + 1, cut to 3.
    expect(settled(['a', 'b', 'c', 'd'].map((subject, index) => feedbackOf(index, { subject })))).toBe(3);
    expect(settled([stars(1, 5), feedbackOf(2, { name: 'mood', value: { type: 'category', category: 'sad' } })])).toBe(
      0,
    );
  });

  test('may be the newest, largest or smallest answer', () => {
    const said = [stars(1, 4, 30), feedbackOf(2, { seconds: 20 }), feedbackOf(3, { name: 'dismiss', seconds: 10 })];
    expect(settled(said, { combine: 'newest' })).toBe(0.5);
    expect(settled(said, { combine: 'largest' })).toBe(1);
    expect(settled(said, { combine: 'smallest' })).toBe(-2);
  });

  test('takes of each value what the mapping can read', () => {
    // 0.5 · 0.5 − 1.5
    expect(settled([stars(1, 0, 10, { value: { type: 'probability', probability: 0.5 } })])).toBe(-1.25);
    expect(settled([stars(1, 0, 10, { value: { type: 'text', text: 'four' } })])).toBe(0);
    expect(settled([feedbackOf(1, { name: 'mood', value: { type: 'category', category: 'toString' } })])).toBe(0);
    expect(settled([feedbackOf(1, { name: 'shared' })])).toBe(0);
    expect(settled([feedbackOf(1, { name: null })])).toBe(0);
    expect(settled([feedbackOf(1, { loop: 'other' })])).toBe(0);
  });

  test.each([
    [{ missing: { default: -1 } }, 'provisional', -1],
    [{ missing: 'censor' }, 'provisional', 'censored'],
    [{ missing: 'wait' }, 'nothing', 'nothing'],
    [{ missing: 'wait', final: 'feedback' }, 'nothing', 'nothing'],
    [{ missing: { default: 9 } }, 'provisional', 3],
  ] as const)('without an answer, under %j, is %s, then %s', (mapping, before, after) => {
    expect(settled([], { ...mapping, seconds: 99 })).toBe(before);
    expect(settled([], mapping)).toBe(after);
  });

  test('counts what was observed by the end of the window, whenever it arrives', () => {
    expect(settled([feedbackOf(1, { seconds: 100, receivedAt: at(9_000) })])).toBe(1);
    expect(settled([feedbackOf(1, { seconds: 100.001 })])).toBe(0);
    expect(settled([feedbackOf(1, { seconds: -50 })])).toBe(1);
  });

  test('is superseded by an answer that arrives after it was defaulted', () => {
    const deriver = createDeriver();
    deriver.derive([], 0);
    const [defaulted] = deriver.derive([], 100);
    expect(defaulted).toMatchObject({ status: 'defaulted', version: 2, feedback: [] });
    const [late] = deriver.derive([feedbackOf(1, { seconds: 90, receivedAt: at(200) })], 200);
    expect(late).toMatchObject({ status: 'final', version: 3, supersedes: defaulted?.id, availableAt: at(100) });
    expect(deriver.derive([feedbackOf(1, { seconds: 90 })], 300)).toEqual([]);
  });

  test('is final with the first answer where the loop says so, and superseded by the next', () => {
    const deriver = createDeriver({ configuration: configurationOf({ final: 'feedback' }) });
    expect(deriver.derive([], 0)).toMatchObject([{ status: 'provisional' }]);
    const [first] = deriver.derive([feedbackOf(1)], 11);
    expect(first).toMatchObject({ status: 'final', version: 2, availableAt: at(10) });
    const [second] = deriver.derive([feedbackOf(1), stars(2, 5, 30)], 31);
    expect(second).toMatchObject({ status: 'final', version: 3, supersedes: first?.id, availableAt: at(30) });
    expect(rewardIn(second)).toBe(2);
    expect(deriver.derive([feedbackOf(1), stars(2, 5, 30)], 200)).toEqual([]);
  });

  test('counts twice what two people say, and once what one says twice', () => {
    expect(settled([feedbackOf(1), feedbackOf(2, { seconds: 12 })])).toBe(1);
    expect(settled([feedbackOf(1), feedbackOf(2, { subject: 'bob' })])).toBe(2);
    expect(settled([stars(1, 5, 20), stars(2, 1, 19)])).toBe(1);
    const nobody = { subject: null, source: { type: 'model', id: 'judge-1', seen: 'part' } } as const;
    expect(settled([feedbackOf(1, nobody), feedbackOf(2, nobody)])).toBe(1);
    expect(
      settled([feedbackOf(1, nobody), feedbackOf(2, { ...nobody, source: { ...nobody.source, id: 'judge-2' } })]),
    ).toBe(2);
  });

  test('does not change when the same is said again after it was settled', () => {
    const deriver = createDeriver();
    expect(deriver.derive([feedbackOf(1)], 100)).toHaveLength(1);
    expect(deriver.derive([feedbackOf(1), feedbackOf(2, { seconds: 50 })], 150)).toEqual([]);
  });

  test('loses what is retracted, also after it was settled, and gets it back with the retraction retracted', () => {
    const deriver = createDeriver();
    expect(rewardIn(deriver.derive([feedbackOf(1), stars(2, 5)], 100)[0])).toBe(2);
    const [without] = deriver.derive([feedbackOf(1), stars(2, 5), retraction(3, 1, 400)], 400);
    expect(without).toMatchObject({ status: 'final', version: 2, feedback: [idOf(1_002)] });
    expect(rewardIn(without)).toBe(1);
    const all = [feedbackOf(1), stars(2, 5), retraction(3, 1, 400), retraction(4, 2, 401)];
    expect(deriver.derive(all, 401)).toMatchObject([{ status: 'defaulted', version: 3, feedback: [] }]);
    expect(rewardIn(deriver.derive([...all, retraction(5, 3), retraction(6, 4)], 402)[0])).toBe(2);
  });

  test('is censored where all that was said under `wait` is taken back', () => {
    const configuration = configurationOf({ missing: 'wait', final: 'feedback' });
    const deriver = createDeriver({ configuration });
    expect(deriver.derive([feedbackOf(1)], 11)).toMatchObject([{ status: 'final' }]);
    expect(deriver.derive([feedbackOf(1), retraction(2, 1)], 21)).toMatchObject([
      { status: 'censored', value: null, version: 2 },
    ]);
    expect(createDeriver({ configuration }).derive([feedbackOf(1), retraction(2, 1)], 21)).toMatchObject([
      { status: 'censored', version: 1 },
    ]);
  });

  test('loses what a giver takes back without naming the feedback: as far as it was said by then', () => {
    const back = (change: Partial<Feedback> = {}) => feedbackOf(9, { kind: 'retraction', seconds: 20, ...change });
    expect(settled([feedbackOf(1), stars(2, 5), back()])).toBe(1);
    expect(settled([feedbackOf(1), stars(2, 5), back({ name: null })])).toBe(0);
    expect(settled([feedbackOf(1), back({ subject: 'bob' })])).toBe(1);
    expect(settled([feedbackOf(1), back(), feedbackOf(3, { seconds: 30 })])).toBe(1);
  });

  test('takes what supersedes in place of what was superseded', () => {
    const corrected = stars(2, 1, 20, { targets: about(1, 'supersedes'), name: null, subject: null });
    // (1 − 3) / 2; the correction names neither its target nor its name: they are those of what it corrects.
    expect(settled([stars(1, 5), corrected])).toBe(-1);
    expect(settled([stars(1, 5), corrected, retraction(3, 2)])).toBe(1);
    // Of a chain the last one counts, also where the one between was retracted.
    const again = stars(4, 3, 25, { targets: about(2, 'supersedes'), subject: null });
    expect(settled([stars(1, 5), corrected, again])).toBe(0);
  });

  test('takes a correction made after the window of an answer given within', () => {
    expect(settled([stars(1, 5), stars(2, 1, 500, { targets: about(1, 'supersedes') })], { seconds: 500 })).toBe(-1);
  });

  test('settles rows that retract one another in a circle in one way', () => {
    const circle = [retraction(1, 2), retraction(2, 1), feedbackOf(3), retraction(4, 3)];
    expect(settled(circle)).toBe(0);
    expect(settled(circle.toReversed())).toBe(0);
  });
});

describe('the targets of rewards', () => {
  const slate = decisionOf({ action: { type: 'slate', items: ['p1', 'p2', 'p3'] } });
  const on = (item: string) => ({ targets: [{ type: 'item', decision: decisionId, item, position: 1 } as const] });

  test('are the items of a slate', () => {
    const deriver = createDeriver({ decision: slate });
    const made = deriver.derive(
      [
        feedbackOf(1, on('p2')),
        feedbackOf(2, { name: 'dismiss', ...on('p3') }),
        feedbackOf(3),
        feedbackOf(4, on('p9')),
      ],
      100,
    );
    expect(made.map((signal) => [signal.targetKey, rewardIn(signal)])).toEqual([
      [`item:${decisionId}:p1`, 0],
      [`item:${decisionId}:p2`, 1],
      [`item:${decisionId}:p3`, -2],
    ]);
  });

  test('are judged each by feedback that names several', () => {
    const both = feedbackOf(1, { targets: [...on('p1').targets, ...on('p3').targets] });
    expect(createDeriver({ decision: slate }).derive([both], 100).map(rewardIn)).toEqual([1, 0, 1]);
  });

  test('are the decision of a choice, judged also through its item and no other', () => {
    expect(
      createDeriver()
        .derive([feedbackOf(1, on('p1'))], 100)
        .map(rewardIn),
    ).toEqual([1]);
    expect(
      createDeriver()
        .derive([feedbackOf(1, on('p2'))], 100)
        .map(rewardIn),
    ).toEqual([0]);
    const alternative = {
      targets: [{ type: 'alternative', decision: decisionId, action: { type: 'choice', item: 'p1' } } as const],
    };
    expect(
      createDeriver()
        .derive([feedbackOf(1, alternative)], 100)
        .map(rewardIn),
    ).toEqual([0]);
  });
});

describe('an item that was not chosen', () => {
  const what = (item: string) => ({
    targets: [{ type: 'alternative', decision: decisionId, action: { type: 'choice', item } } as const],
  });
  const key = (item: string): string => `alternative:${decisionId}:{"type":"choice","item":"${item}"}`;

  test('has a reward where somebody told its worth, and none else', () => {
    const made = createDeriver().derive([feedbackOf(1), feedbackOf(2, { ...what('p2'), name: 'dismiss' })], 100);
    expect(made.map((signal) => [signal.targetKey, signal.status, rewardIn(signal)])).toEqual([
      [`decision:${decisionId}`, 'final', 1],
      [key('p2'), 'final', -2],
    ]);
  });

  test('waits for the window as any other, counts once per giver, and is censored once taken back', () => {
    const deriver = createDeriver();
    const said = [feedbackOf(1, what('p2')), feedbackOf(2, { ...what('p2'), seconds: 20 })];
    expect(deriver.derive(said, 50).map(({ status }) => status)).toEqual(['provisional', 'provisional']);
    expect(deriver.derive(said, 100).map(rewardIn)).toEqual([0, 1]);
    const takenBack = feedbackOf(3, { ...what('p2'), kind: 'retraction', seconds: 90 });
    expect(deriver.derive([...said, takenBack], 101).map(rewardIn)).toEqual(['censored']);
    expect(deriver.latest.get(key('p2'))?.version).toBe(3);
  });

  test('is told too late after the window', () => {
    expect(createDeriver().derive([feedbackOf(1, { ...what('p2'), seconds: 101 })], 200)).toHaveLength(1);
  });
});

describe('a deferred decision', () => {
  const decision = decisionOf({ activation: 'deferred' });
  const activation = { schemaVersion, id: idOf(5), decision: decisionId, activatedAt: at(1_000) } as const;

  test('has no signal while it was not shown', () => {
    expect(createDeriver({ decision }).derive([feedbackOf(1)], 5_000)).toEqual([]);
  });

  test('has its window from when it was shown', () => {
    const deriver = createDeriver({ decision });
    const said = [feedbackOf(1, { seconds: 1_050 }), feedbackOf(2, { name: 'dismiss', seconds: 1_101 })];
    expect(deriver.derive(said, 1_050, { activation })).toMatchObject([
      { status: 'provisional', availableAt: at(1_100) },
    ]);
    expect(deriver.derive(said, 1_100, { activation }).map(rewardIn)).toEqual([1]);
  });
});
