import { describe, expect, test } from 'vitest';
import { createRandom, packArrays } from '../math/index.ts';
import { switchingCostsFiles, switchingCostsFormatName } from '../spec/index.ts';
import type { ArtifactContent, PolicyDecision, SwitchingCostsConfiguration } from '../spec/index.ts';
import { switchingCostsFormat } from './index.ts';
import { anyPolicyContract, chiSquareLimit, chiSquareOf, requestFor } from './testing.ts';

const request = requestFor(['c', 'a', 'b', 'd', 'new'], { excluded: new Set(['d']) });
// w = 1/2, 1/4, 1/8, 1/8.
const weights = { a: 0.5, b: 0.25, c: 0.125, d: 0.125 };

function contentWith(
  changes: Partial<SwitchingCostsConfiguration> = {},
  known: Readonly<Record<string, number>> = weights,
): ArtifactContent {
  return {
    format: switchingCostsFormatName,
    formatVersion: 1,
    configuration: {
      action: 'choice',
      items: Object.keys(known),
      leastProbability: 0,
      held: 'b',
      draw: 0.3,
      learner: { name: 'switching-costs', options: {} },
      plan: { batch: 0, rounds: 3, observations: 0, items: [] },
      progress: {
        seed: 's',
        batch: 4,
        rounds: 0,
        complete: 0,
        present: [],
        switches: 0,
        observations: 0,
        unobserved: 0,
      },
      ...changes,
    },
    files: [
      {
        name: switchingCostsFiles.weights,
        bytes: packArrays(new Map([['logWeights', Float64Array.from(Object.values(known), Math.log)]])),
      },
    ],
    metrics: {},
  };
}

const read = (...given: Parameters<typeof contentWith>) => switchingCostsFormat.read('x', contentWith(...given));
const chosen = ({ action }: PolicyDecision): string => (action.type === 'choice' ? action.item : '');

describe('the contract of policies', () => {
  for (const leastProbability of [0, 0.05]) {
    const name = `held, at least ${leastProbability}`;
    anyPolicyContract(name, { action: 'choice', make: () => read({ leastProbability }), request });
    anyPolicyContract(`${name}, absent`, {
      action: 'choice',
      make: () => read({ leastProbability, held: 'd' }),
      request,
    });
    anyPolicyContract(`${name}, nothing met`, {
      action: 'choice',
      make: () => read({ leastProbability, held: null, items: [] }, {}),
      request,
    });
  }
});

test('by hand: what is held is played; its probability over the draw is that of its weight among the allowed', () => {
  const policy = read();
  // Among a, b and c: 4/7, 2/7 and 1/7; what was never met waits.
  expect([...policy.distribution(request)]).toEqual([1 / 7, 4 / 7, 2 / 7, 0, 0].map((p) => expect.closeTo(p, 12)));
  const decision = policy.decide(request, 's');
  expect(chosen(decision)).toBe('b');
  expect(decision.behaviour).toEqual({
    kind: 'exact',
    logProbability: 0,
    seed: 's',
    draw: {
      seed: 's draw 4',
      marginal: { probability: expect.closeTo(2 / 7, 12) as number, standardError: 0, draws: 1 },
    },
  });
  expect(policy.held).toEqual({ item: 'b', seconds: null });
});

test('an item that is held and not there is replaced by the same one for each reader, in whatever order they come', () => {
  const policy = read({ held: 'd', draw: 0.6 });
  // By name: a up to 4/7, b from there.
  const orders = [
    ['c', 'a', 'b'],
    ['b', 'c', 'a'],
  ];
  for (const [seed, items] of orders.entries()) expect(chosen(policy.decide(requestFor(items), `${seed}`))).toBe('b');
});

test('over artifacts, what is played is distributed as they say, held or replaced', () => {
  const random = createRandom('artifacts');
  const items = Object.keys(weights);
  const asked = requestFor(items, { excluded: new Set(['d']) });
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 5_000; draw += 1) {
    // The held item has the distribution of the weights; d is held at times, and is not there.
    const u = random.uniform();
    const held = u < 0.5 ? 'a' : u < 0.75 ? 'b' : u < 0.875 ? 'c' : 'd';
    const policy = read({ held, draw: random.uniform(), leastProbability: 0.1 });
    const item = chosen(policy.decide(asked, `draw ${draw}`));
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  const told = read({ leastProbability: 0.1 }).distribution(asked);
  const probabilities = new Map(items.slice(0, 3).map((item, at) => [item, told[at] ?? NaN]));
  expect(chiSquareOf(counts, probabilities)).toBeLessThan(chiSquareLimit(2));
});
