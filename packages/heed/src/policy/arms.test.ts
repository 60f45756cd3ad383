import { describe, expect, test } from 'vitest';
import { packArrays } from '../math/index.ts';
import { armsFiles, armsFormatName } from '../spec/index.ts';
import type { ArmsConfiguration, ArtifactContent } from '../spec/index.ts';
import { armsFormat } from './index.ts';
import { drawnPolicyContract, policyContract, requestFor } from './testing.ts';

type Rule = ArmsConfiguration['rule'];

const known = { a: [4, 3, 10], b: [10, 5, 12], c: [2, 1, 11], d: [3, 3, 0] };

function contentWith(rule: Rule, changes: Partial<ArmsConfiguration> = {}): ArtifactContent {
  const column = (at: number): Float64Array => Float64Array.from(Object.values(known), (arm) => arm[at] ?? NaN);
  return {
    format: armsFormatName,
    formatVersion: 1,
    configuration: {
      action: 'choice',
      items: Object.keys(known),
      rewardRange: [0, 1],
      leastProbability: 0,
      rule: { ...rule },
      examples: 16,
      learner: { name: rule.name, options: {} },
      ...changes,
    },
    files: [
      {
        name: armsFiles.arms,
        bytes: packArrays(
          new Map([
            ['plays', column(0)],
            ['rewards', column(1)],
            ['losses', column(2)],
          ]),
        ),
      },
    ],
    metrics: {},
  };
}

const thompson = (posterior: 'beta' | 'gaussian'): Rule => ({
  name: 'thompson',
  posterior,
  noiseVariance: 0.25,
  marginalDraws: 200,
});
const rules: readonly Rule[] = [
  { name: 'ucb1', scale: 0.5 },
  { name: 'kl-ucb', logLog: 3 },
  { name: 'exp3', rate: 1 },
];
const request = requestFor(['a', 'b', 'c', 'd', 'e'], { excluded: new Set(['d']) });

describe('the contract of policies', () => {
  for (const action of ['choice', 'slate'] as const) {
    for (const leastProbability of [0, 0.05]) {
      const read = (rule: Rule) => () => armsFormat.read('artifact', contentWith(rule, { action, leastProbability }));
      const asked = { ...request, size: action === 'slate' ? 2 : 1 };
      for (const rule of rules)
        policyContract(`${rule.name}, ${action}, ${leastProbability}`, action, read(rule), asked);
      for (const posterior of ['beta', 'gaussian'] as const)
        drawnPolicyContract(`${posterior}, ${action}, ${leastProbability}`, action, read(thompson(posterior)), asked);
    }
  }
});

test('UCB1 by hand: 16 plays in all; the excluded ones do not count, the unmet comes first', () => {
  const policy = armsFormat.read('x', contentWith({ name: 'ucb1', scale: 1 }, { rewardRange: [-1, 1] }));
  const { scores, action } = policy.decide(request, 's');
  expect(scores[0]).toBeCloseTo(-1 + 2 * (0.75 + Math.sqrt((2 * Math.log(16)) / 4)), 12);
  expect(scores[1]).toBeCloseTo(-1 + 2 * (0.5 + Math.sqrt((2 * Math.log(16)) / 10)), 12);
  expect(action).toEqual({ type: 'choice', item: 'e' });
  expect(policy.decide(requestFor(['a', 'b']), 's').action).toEqual({ type: 'choice', item: 'a' });
});

test('KL-UCB by hand: a coin that always showed heads has the bound 1', () => {
  const policy = armsFormat.read('x', contentWith({ name: 'kl-ucb', logLog: 0 }));
  const { scores } = policy.decide(requestFor(['d', 'b']), 's');
  expect(scores[0]).toBe(1);
  // 10 · kl(½, q) = log 13: q = ½ + ½ √(1 − 13^(−1/5)).
  expect(scores[1]).toBeCloseTo(0.5 + 0.5 * Math.sqrt(1 - 13 ** -0.2), 9);
});

test('EXP3 by hand: losses 10 and 12, η = √(log 2 / 32); the unmet has the least loss', () => {
  const policy = armsFormat.read('x', contentWith({ name: 'exp3', rate: 1 }));
  const rate = Math.sqrt(Math.log(2) / 32);
  expect(policy.distribution(requestFor(['a', 'b']))[0]).toBeCloseTo(1 / (1 + Math.exp(-2 * rate)), 12);
  const [first, second] = policy.distribution(requestFor(['a', 'e']));
  expect(first).toBe(second);
});

test('Thompson by hand: P(Beta(4, 1) > Beta(1, 2)), excluded d against unmet e', () => {
  const policy = armsFormat.read('x', contentWith({ ...thompson('beta'), marginalDraws: 20_000 } as Rule));
  // d: Beta(4, 1), distribution function x⁴; e: Beta(1, 1). P(d > e) = E[d] = 4/5.
  const marginal = policy.marginal?.(requestFor(['d', 'e']), { type: 'choice', item: 'd' });
  expect(Math.abs((marginal?.probability ?? NaN) - 0.8)).toBeLessThan(4 * (marginal?.standardError ?? NaN));
});

test('the Gaussian posterior by hand: prior N(½, ¼), four rewards of ¾ in the mean', () => {
  const policy = armsFormat.read('x', contentWith(thompson('gaussian')));
  expect(policy.decide(requestFor(['a']), 's').scores[0]).toBeCloseTo((0.5 * 4 + 3 * 4) / (4 + 16), 12);
});
