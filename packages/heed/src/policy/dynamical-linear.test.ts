import { describe, expect, test } from 'vitest';
import { packArrays } from '../math/index.ts';
import { dynamicalLinearFiles, dynamicalLinearFormatName } from '../spec/index.ts';
import type { ArtifactContent, DynamicalLinearConfiguration } from '../spec/index.ts';
import { dynamicalLinearFormat } from './index.ts';
import { policyContract, requestFor } from './testing.ts';

const vectors: Readonly<Record<string, readonly [number, number]>> = {
  a: [1, 0],
  b: [0, 1],
  c: [0.6, 0.8],
  d: [2, 2],
};
const request = {
  ...requestFor([], { excluded: new Set(['d']) }),
  candidates: Object.entries(vectors).map(([item, [x, y]]) => ({ item, features: { x, y } })),
};

function contentWith(changes: Partial<DynamicalLinearConfiguration> = {}, estimate = [0, 0]): ArtifactContent {
  return {
    format: dynamicalLinearFormatName,
    formatVersion: 1,
    configuration: {
      action: 'choice',
      fields: ['x', 'y'],
      width: 2,
      leastProbability: 0,
      held: null,
      learner: { name: 'dyn-lin-ucb', options: {} },
      progress: { seed: 's', round: 0, epoch: 1, run: null },
      ...changes,
    },
    files: [
      {
        name: dynamicalLinearFiles.bounds,
        bytes: packArrays(
          new Map([
            ['estimate', Float64Array.from(estimate)],
            ['matrix', Float64Array.of(0.25, 0, 0, 0.25)],
          ]),
        ),
      },
    ],
    metrics: {},
  };
}

const read = (...given: Parameters<typeof contentWith>) => dynamicalLinearFormat.read('x', contentWith(...given));
const held = { item: 'b', vector: [0, 1], seconds: 3_600 };

describe('the contract of policies', () => {
  for (const leastProbability of [0, 0.05]) {
    const name = `over vectors, at least ${leastProbability}`;
    policyContract(name, 'choice', () => read({ leastProbability }, [0.3, 0.1]), request);
    policyContract(`${name}, of ties`, 'choice', () => read({ leastProbability }), request);
    policyContract(`${name}, held`, 'choice', () => read({ leastProbability, held }), request);
  }
});

test('by hand: bounds are estimate + 2 · ½ · length; equals share', () => {
  expect([...read({}, [0.3, 0.1]).decide(request, 's').scores].slice(0, 3)).toEqual([
    1.3,
    1.1,
    expect.closeTo(1.26, 12),
  ]);
  expect([...read({}, [0.3, 0.1]).distribution(request)]).toEqual([1, 0, 0, 0]);
  read()
    .distribution(request)
    .slice(0, 3)
    .forEach((probability) => expect(probability).toBeCloseTo(1 / 3, 12));
});

test('what is held is played, whatever its bound; where it may not be, the best bound is', () => {
  const policy = read({ held }, [0.3, 0.1]);
  expect(policy.held).toEqual({ item: 'b', seconds: 3_600 });
  expect([...policy.distribution(request)]).toEqual([0, 1, 0, 0]);
  expect([...policy.distribution({ ...request, excluded: new Set(['b', 'd']) })]).toEqual([1, 0, 0, 0]);
  expect(read().held).toBeUndefined();
});

test('a candidate without the numbers is refused by name', () => {
  const candidates = [...request.candidates, { item: 'odd', features: { x: 1, y: 'much' } }];
  expect(() => read().decide({ ...request, candidates }, 's')).toThrow('must have the numbers x, y: odd has not');
});
