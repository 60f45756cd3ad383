import { describe, expect, test } from 'vitest';
import { hashName, packArrays } from '../math/index.ts';
import { linearPosteriorFiles, linearPosteriorFormatName } from '../spec/index.ts';
import type { ArtifactContent, JsonObject, LinearPosteriorConfiguration } from '../spec/index.ts';
import { linearPosteriorFormat } from './index.ts';
import { drawnPolicyContract, policyContract, requestFor } from './testing.ts';

type Rule = LinearPosteriorConfiguration['rule'];
const upperBound: Rule = { name: 'upper-bound', alpha: 2 };
const thompson: Rule = { name: 'thompson', scale: 0.5, marginalDraws: 200 };

/** Regressions on the constant and the candidate's age: their means and inverses. */
function contentWith(
  posteriors: Record<string, { means: number[]; inverse: number[] }>,
  changes: Partial<LinearPosteriorConfiguration> = {},
): ArtifactContent {
  const configuration: LinearPosteriorConfiguration = {
    action: 'choice',
    features: {
      namespaces: { candidate: { from: 'candidate', normalise: false } },
      crosses: [],
      bits: 18,
      seed: 0,
    },
    model: 'disjoint',
    items: Object.keys(posteriors),
    ridge: 4,
    rewardRange: [0, 1],
    leastProbability: 0,
    rule: upperBound,
    examples: 10,
    learner: { name: 'lin-ucb', options: {} },
    ...changes,
  };
  const keys = Uint32Array.of(hashName('constant', 0), hashName('candidate.age', 0));
  const arrays = Object.values(posteriors).flatMap(
    ({ means, inverse }, index): [string, Float64Array | Uint32Array][] => [
      [`${index} keys`, keys],
      [`${index} means`, Float64Array.from(means)],
      [`${index} inverse`, Float64Array.from(inverse)],
    ],
  );
  return {
    format: linearPosteriorFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(configuration)) as JsonObject,
    files: [{ name: linearPosteriorFiles.posterior, bytes: packArrays(new Map(arrays)) }],
    metrics: {},
  };
}

const disjoint = {
  a: { means: [0.5, 0.1], inverse: [0.04, 0, 0, 0.01] },
  b: { means: [0.4, 0.1], inverse: [0.16, 0.02, 0.02, 0.09] },
  c: { means: [0.45, -0.1], inverse: [0.02, 0, 0, 0.02] },
};
const shared = { '': { means: [0.5, 0.1], inverse: [0.04, -0.01, -0.01, 0.06] } };
const request = {
  ...requestFor([]),
  candidates: ['a', 'b', 'c', 'd', 'e'].map((item, index) => ({ item, features: { age: index / 4 } })),
  excluded: new Set(['d']),
};

describe('the contract of policies', () => {
  for (const action of ['choice', 'slate'] as const) {
    for (const leastProbability of [0, 0.05]) {
      for (const [model, posteriors] of Object.entries({ disjoint, shared })) {
        const read = (rule: Rule) => () =>
          linearPosteriorFormat.read(
            'artifact',
            contentWith(posteriors, { action, leastProbability, rule, model: model as 'disjoint' | 'shared' }),
          );
        const asked = { ...request, size: action === 'slate' ? 2 : 1 };
        const name = `${model}, ${action}, least ${leastProbability}`;
        policyContract(`LinUCB, ${name}`, action, read(upperBound), asked);
        drawnPolicyContract(`Thompson, ${name}`, action, read(thompson), asked);
      }
    }
  }
});

test('LinUCB by hand: means and two standard deviations, in widths of the range; the unknown has the prior’s', () => {
  const policy = linearPosteriorFormat.read('artifact', contentWith(disjoint, { rewardRange: [-1, 1] }));
  const { scores, action } = policy.decide(request, 's');
  // a: x = (1, 0); b: x = (1, ¼), 0.16 + 2 · 0.02/4 + 0.09/16; e: x = (1, 1), variance 2/4.
  expect(scores[0]).toBeCloseTo(-1 + 2 * (0.5 + 2 * 0.2), 12);
  expect(scores[1]).toBeCloseTo(-1 + 2 * (0.425 + 2 * Math.sqrt(0.175_625)), 7);
  expect(scores[4]).toBeCloseTo(-1 + 2 * (2 * Math.sqrt(0.5)), 12);
  expect(action).toEqual({ type: 'choice', item: 'e' });
});

test('linear Thompson by hand: two independent scores', () => {
  const posteriors = { a: disjoint.a, b: disjoint.b };
  const policy = linearPosteriorFormat.read(
    'artifact',
    contentWith(posteriors, { rule: { ...thompson, marginalDraws: 20_000 } }),
  );
  // x = (1, 0): N(0.5, 0.1²) against N(0.4, 0.2²): P = Φ(0.1 / √0.05) = Φ(0.4472) = 0.6726.
  const marginal = policy.marginal?.(requestFor(['a', 'b']), { type: 'choice', item: 'a' });
  expect(Math.abs((marginal?.probability ?? NaN) - 0.672_6)).toBeLessThan(4 * (marginal?.standardError ?? NaN));
  expect(marginal?.standardError).toBeCloseTo(Math.sqrt((0.672_6 * 0.327_4) / 20_000), 4);
});

test('one draw of the shared model serves all candidates: equal ones never part', () => {
  const policy = linearPosteriorFormat.read('artifact', contentWith(shared, { model: 'shared', rule: thompson }));
  const twins = requestFor(['a', 'b', 'c']);
  const chosen = new Set(
    Array.from({ length: 50 }, (_, seed) =>
      JSON.stringify(policy.decide(twins, `${seed}`).behaviour.logProbability?.toFixed(6)),
    ),
  );
  expect([...chosen]).toEqual([JSON.stringify(Math.log(1 / 3).toFixed(6))]);
});

test('an explanation of an upper bound names the uncertainty', () => {
  const policy = linearPosteriorFormat.read('artifact', contentWith(disjoint));
  const { terms } = policy.explain(request, 'c', 3);
  expect(terms.map(({ name }) => name)).toEqual(['constant', 'uncertainty', 'candidate.age']);
});

test('what is no such artifact is refused', () => {
  expect(() => linearPosteriorFormat.read('x', { ...contentWith(disjoint), files: [] })).toThrow(
    /must have a file posterior/,
  );
  expect(() => linearPosteriorFormat.read('x', { ...contentWith(disjoint), configuration: {} })).toThrow(
    /must be that of a linear posterior/,
  );
});
