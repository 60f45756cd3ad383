import { describe, expect, test } from 'vitest';
import { packArrays } from '../math/index.ts';
import { lastSwitchFiles, lastSwitchFormatName } from '../spec/index.ts';
import type { ArtifactContent, LastSwitchConfiguration, PastDecisions, PolicyRequest } from '../spec/index.ts';
import { lastSwitchFormat } from './index.ts';
import { policyContract, requestFor } from './testing.ts';

// States −1, 1, 2 of a, b and c.
const plays = [5, 5, 5, 5, 5, 5, 5, 2, 5];
const means = [0.1, 0.4, 0.8, 0.5, 0.5, 0.5, 0, 0.2, 0.3];

function contentWith(changes: Partial<LastSwitchConfiguration> = {}, played = plays): ArtifactContent {
  return {
    format: lastSwitchFormatName,
    formatVersion: 1,
    configuration: {
      action: 'choice',
      items: ['a', 'b', 'c'],
      idle: 'nothing',
      tauMax: 2,
      phiMax: 2,
      samples: 2,
      monotone: true,
      rewardRange: [-1, 3],
      leastProbability: 0,
      schedule: [
        { arm: 0, tau: 2, phi: 1, offset: 0 },
        { arm: 1, tau: 1, phi: 2, offset: 2 },
      ],
      plan: null,
      seed: 's',
      learner: { name: 'last-switch', options: {} },
      ...changes,
    },
    files: [
      {
        name: lastSwitchFiles.states,
        bytes: packArrays(
          new Map([
            ['plays', Float64Array.from(played)],
            ['means', Float64Array.from(means)],
          ]),
        ),
      },
    ],
    metrics: {},
  };
}

const items = ['a', 'b', 'c', 'nothing'];
const policyWith = (changes: Partial<LastSwitchConfiguration> = {}) =>
  lastSwitchFormat.read('artifact', contentWith(changes));

function requestAt(past: PastDecisions, candidates = items, excluded: string[] = []): PolicyRequest {
  return { ...requestFor(candidates, { excluded: new Set(excluded) }), past };
}

function chosen(policy: ReturnType<typeof policyWith>, request: PolicyRequest): string {
  const { action } = policy.decide(request, 'seed');
  return action.type === 'choice' ? action.item : '';
}

describe('the contract of policies', () => {
  const request = requestAt({ round: 5, items: ['a', 'b'] }, items, ['c']);
  for (const leastProbability of [0, 0.05])
    for (const samples of [0, 6])
      policyContract(
        `last-switch, ${leastProbability}, ${samples}`,
        'choice',
        () => policyWith({ leastProbability, samples }),
        request,
      );
});

test('a schedule by hand: b in round 0, nothing in 1, a in 2 as it pays more, b in 3; each with probability 1', () => {
  const rounds = [0, 1, 2, 3].map((round) => requestAt({ round, items: [] }));
  const policy = policyWith();
  expect(rounds.map((request) => chosen(policy, request))).toEqual(['b', 'nothing', 'a', 'b']);
  for (const request of rounds) expect(policy.decide(request, 'seed').behaviour).toMatchObject({ logProbability: 0 });
  // Without a, b is played where both would be.
  expect(chosen(policy, requestAt({ round: 2, items: [] }, ['b', 'c', 'nothing']))).toBe('b');
});

test('scores by hand: what each item pays in its state, on the scale of the rewards', () => {
  const request = requestAt({ round: 4, items: ['a', 'b'] }, ['a', 'b', 'c', 'nothing', 'new']);
  const { scores } = policyWith({ samples: 0 }).decide(request, 'seed');
  // a was chosen just now, b has rested for a round, c for two.
  [-1 + 4 * 0.1, -1 + 4 * 0.5, -1 + 4 * 0.3, -1, 1].forEach((score, row) => expect(scores[row]).toBeCloseTo(score, 12));
  const { terms } = policyWith().explain(request, 'a', 5);
  expect(terms).toEqual([{ name: 'after 1 choices in a row', value: -1 + 4 * 0.1 }]);
  expect(policyWith().explain(request, 'b', 5).terms[0]?.name).toBe('after 1 rounds of rest');
});

test('samples come first: what lacks most now, rest where that leads there, an item never met at once', () => {
  const policy = policyWith({ samples: 5 });
  // c lacks three samples of state 1: it must rest for a round after a choice.
  expect(chosen(policy, requestAt({ round: 9, items: ['b', 'c'] }))).toBe('c');
  expect(chosen(policy, requestAt({ round: 9, items: ['c', 'b'] }))).toBe('nothing');
  expect(chosen(policy, requestAt({ round: 9, items: [] }))).toBe('c');
  expect(chosen(policy, requestAt({ round: 9, items: ['b', 'c'] }, [...items, 'new']))).toBe('new');
  // What is excluded needs no samples.
  expect(chosen(policy, requestAt({ round: 0, items: [] }, items, ['c']))).toBe('b');
});

test('where something must be chosen, what pays most now is', () => {
  const policy = policyWith({ idle: null });
  const request = requestAt({ round: 1, items: ['b'] }, ['a', 'b', 'c']);
  expect(chosen(policy, request)).toBe('a');
  // A first decision knows of no rounds before it: all have rested.
  expect(chosen(policy, requestFor(['a', 'b', 'c']))).toBe('b');
});

test('where something must be chosen, what lacks samples is left to rest', () => {
  // c lacks samples of two rounds of rest, so a is chosen again, though it pays less now.
  const content = contentWith({ idle: null }, [5, 5, 5, 5, 5, 5, 5, 5, 1]);
  const request = requestAt({ round: 1, items: ['a', 'c'] }, ['a', 'c']);
  const { scores } = lastSwitchFormat.read('x', content).decide(request, 'seed');
  expect(scores[0]).toBeLessThan(scores[1] ?? NaN);
  expect(chosen(lastSwitchFormat.read('x', content), request)).toBe('a');
});

test('an artifact of another shape is refused', () => {
  expect(() => policyWith({ tauMax: 0 })).toThrow(/bandit of rest and repetition.*tauMax/);
  expect(() => lastSwitchFormat.read('x', { ...contentWith(), files: [] })).toThrow(/file states/);
});
