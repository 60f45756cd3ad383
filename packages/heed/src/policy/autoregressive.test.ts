import { describe, expect, test } from 'vitest';
import { packArrays } from '../math/index.ts';
import { autoregressiveFiles, autoregressiveFormatName } from '../spec/index.ts';
import type { ArtifactContent, AutoregressiveConfiguration, PastDecisions, PolicyRequest } from '../spec/index.ts';
import { autoregressiveFormat } from './index.ts';
import { policyContract, requestFor } from './testing.ts';

type Arm = AutoregressiveConfiguration['arms'][number];
const arm = (item: string, changes: Partial<Arm> = {}): Arm => ({
  item,
  last: 0,
  playedAt: 8,
  triggeredAt: null,
  fresh: false,
  ...changes,
});
const arms = [
  arm('a', { last: 0.5, playedAt: 9 }),
  arm('b', { last: -0.25, triggeredAt: 9 }),
  arm('c', { last: 0.25, playedAt: 6, triggeredAt: 8 }),
  arm('d'),
];

function contentWith(changes: Partial<AutoregressiveConfiguration> = {}): ArtifactContent {
  return {
    format: autoregressiveFormatName,
    formatVersion: 1,
    configuration: {
      action: 'choice',
      rewardRange: [-1, 3],
      leastProbability: 0,
      memory: 0.5,
      round: 10,
      epochStart: 0,
      best: 'a',
      arms,
      learner: { name: 'ar2', options: {} },
      ...changes,
    },
    files: [{ name: autoregressiveFiles.counts, bytes: packArrays(new Map([['counts', new Float64Array(4)]])) }],
    metrics: {},
  };
}

const items = ['d', 'c', 'b', 'a'];
const policyWith = (changes: Partial<AutoregressiveConfiguration> = {}) =>
  autoregressiveFormat.read('artifact', contentWith(changes));
const requestAt = (past: PastDecisions, candidates = items, excluded: string[] = []): PolicyRequest => ({
  ...requestFor(candidates, { excluded: new Set(excluded) }),
  past,
});

/** What is chosen round by round, as no training comes in between. */
function playFrom(policy: ReturnType<typeof policyWith>, rounds: number, candidates = items): string[] {
  const played: string[] = [];
  for (let round = 10; round < 10 + rounds; round += 1) {
    const { action } = policy.decide(requestAt({ round, items: played.toReversed() }, candidates), 'seed');
    played.push(action.type === 'choice' ? action.item : '');
  }
  return played;
}

describe('the contract of policies', () => {
  for (const leastProbability of [0, 0.05])
    for (const round of [10, 11])
      policyContract(
        `ar2, ${leastProbability}, round ${round}`,
        'choice',
        () => policyWith({ leastProbability }),
        requestAt({ round, items: [] }, items, ['b']),
      );
});

test('by hand: the best in even rounds, in odd ones who has waited longest, each once', () => {
  expect(playFrom(policyWith(), 7)).toEqual(['a', 'c', 'a', 'b', 'a', 'a', 'a']);
  // Turns are counted from the beginning of the epoch.
  expect(playFrom(policyWith({ epochStart: 9 }), 4)).toEqual(['c', 'a', 'b', 'a']);
});

test('what was not played in this epoch comes first, by name, then who was never met', () => {
  const fresh = arms.map((each) => ({ ...each, fresh: each.item > 'b' }));
  expect(playFrom(policyWith({ arms: fresh }), 4)).toEqual(['c', 'd', 'a', 'b']);
  expect(playFrom(policyWith(), 3, [...items, 'new'])).toEqual(['new', 'c', 'a']);
});

test('where the best is not there, what is believed to pay most now is chosen', () => {
  expect(playFrom(policyWith(), 2, ['b', 'c', 'd'])).toEqual(['c', 'b']);
});

test('scores by hand: what is left of the last reward, around the middle of the range', () => {
  const { scores } = policyWith().decide(requestAt({ round: 10, items: [] }), 'seed');
  // d: 1; c: 1 + 4 · ¼ · 2⁻⁴; b: 1 − 4 · ¼ · 2⁻²; a: 1 + 4 · ½ · 2⁻¹.
  expect([...scores]).toEqual([1, 1.0625, 0.75, 2]);
  const { terms } = policyWith().explain(requestAt({ round: 11, items: ['a'] }), 'a', 5);
  expect(terms.map(({ value }) => value).toSorted((x, y) => x - y)).toEqual([0.5, 1]);
});

test('a subject’s own rounds tell whose turn it is', () => {
  const turn = (round: number): string => {
    const { action } = policyWith().decide({ ...requestAt({ round, items: ['c', 'c'] }), subject: 'ann' }, 'seed');
    return action.type === 'choice' ? action.item : '';
  };
  expect([0, 1, 2, 3].map(turn)).toEqual(['a', 'c', 'a', 'c']);
});
