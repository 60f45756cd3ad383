import { describe, expect, test } from 'vitest';
import { hashName, packTable } from '../math/index.ts';
import type { NamedOptions, PolicyRequest } from '../spec/index.ts';
import { boltzmann, contextualBanditFormat, epsilonGreedy, fastCb, plackettLuce, squareCb } from './index.ts';
import { chiSquareLimit, chiSquareOf, contentWith, orderedSlates, policyContract, requestFor } from './testing.ts';

const weights = {
  'constant': 0.1,
  'item=a': 0.3,
  'item=b': 0.1,
  'item=c': -0.2,
  'candidate.age': -0.05,
  'context.hour': 0.01,
};
const request: PolicyRequest = {
  ...requestFor([]),
  context: { hour: 3 },
  candidates: ['a', 'b', 'c', 'd', 'e'].map((item, index) => ({ item, features: { age: index } })),
  excluded: new Set(['d']),
};

describe('the contract of policies', () => {
  const explorations: readonly NamedOptions[] = [
    epsilonGreedy({ epsilon: 0.2 }),
    squareCb({ gammaScale: 10 }),
    fastCb(),
    fastCb({ gammaScale: 1, form: 'reward' }),
    boltzmann({ temperature: 0.2 }),
    plackettLuce({ temperature: 0.3, uniform: 0.1 }),
  ];
  for (const exploration of explorations) {
    for (const action of ['choice', 'slate'] as const) {
      for (const leastProbability of [0, 0.05]) {
        const name = `${exploration.name} ${JSON.stringify(exploration.options)}, ${action}, least ${leastProbability}`;
        policyContract(
          name,
          action,
          () =>
            contextualBanditFormat.read('artifact', contentWith(weights, { action, exploration, leastProbability })),
          { ...request, size: action === 'slate' ? 3 : 1 },
        );
      }
    }
  }
  policyContract(
    'logistic',
    'slate',
    () =>
      contextualBanditFormat.read(
        'artifact',
        contentWith(weights, { action: 'slate', loss: 'logistic', rewardRange: [-2, 4] }),
      ),
    { ...request, size: 2 },
  );
  const subjectState = packTable({
    numbers: [30],
    keys: Uint32Array.of(hashName('candidate.age', 0)),
    columns: [Float64Array.of(0.2), Float64Array.of(0.1)],
  });
  const subject = { namespaces: ['candidate'], priorVariance: 1, noiseVariance: 1, shrink: 10 };
  policyContract(
    'a subject',
    'slate',
    () => contextualBanditFormat.read('artifact', contentWith(weights, { action: 'slate', subject })),
    { ...request, size: 2, subject: 'ann', subjectState },
  );
});

test('SquareCB by hand: scores 0.4, 0.2, 0.1 after 100 examples, γ = 10 · 100^½', () => {
  const policy = contextualBanditFormat.read('artifact', contentWith({ 'item=a': 0.4, 'item=b': 0.2, 'item=c': 0.1 }));
  const distribution = policy.distribution(requestFor(['a', 'b', 'c']));
  expect(distribution[1]).toBeCloseTo(1 / (3 + 100 * 0.2), 12);
  expect(distribution[2]).toBeCloseTo(1 / (3 + 100 * 0.3), 12);
  expect(distribution[0]).toBeCloseTo(1 - 1 / 23 - 1 / 33, 12);
});

test('FastCB by hand: losses 0.2, 0.5 of a range [−1, 1] after 100 examples, γ = 10 · 100^½ in both forms', () => {
  const weighted = { 'item=a': 0.3, 'item=b': 0 };
  const exploring = (form: 'loss' | 'reward'): Float64Array =>
    contextualBanditFormat
      .read('artifact', contentWith(weighted, { rewardRange: [-1, 1], exploration: fastCb({ form }) }))
      .distribution(requestFor(['a', 'b']));
  expect(exploring('loss')[1]).toBeCloseTo(0.2 / (2 * 0.2 + 100 * 0.3), 12);
  expect(exploring('reward')[1]).toBeCloseTo(0.8 / (2 * 0.8 + 100 * 0.3), 12);
});

test('Boltzmann by hand: a gap of ln 3 temperatures', () => {
  const policy = contextualBanditFormat.read(
    'artifact',
    contentWith({ 'item=a': 0.5 * Math.log(3) }, { rewardRange: [0, 2], exploration: boltzmann({ temperature: 0.5 }) }),
  );
  expect(policy.distribution(requestFor(['a', 'b']))[0]).toBeCloseTo(0.75, 7);
});

test('SquareCB measures gaps in widths of the declared range', () => {
  const weighted = { 'item=a': 0.4, 'item=b': 0.2 };
  const narrow = contextualBanditFormat.read('artifact', contentWith(weighted, { rewardRange: [0, 1] }));
  const wide = contextualBanditFormat.read('artifact', contentWith(weighted, { rewardRange: [-3, 7] }));
  expect(wide.decide(requestFor(['a', 'b']), 's').scores[0]).toBeCloseTo(4, 12);
  expect(wide.distribution(requestFor(['a', 'b']))[1]).toBeCloseTo(
    narrow.distribution(requestFor(['a', 'b']))[1] ?? NaN,
    12,
  );
});

test('ε-greedy by hand, and equals share', () => {
  const policy = contextualBanditFormat.read(
    'artifact',
    contentWith({ 'item=a': 1, 'item=b': 1 }, { exploration: epsilonGreedy({ epsilon: 0.3 }) }),
  );
  const distribution = policy.distribution(requestFor(['a', 'b', 'c']));
  [0.45, 0.45, 0.1].forEach((expected, index) => expect(distribution[index]).toBeCloseTo(expected, 12));
});

test('a slate’s mixture by hand: both branches count, whichever drew', () => {
  const content = contentWith(
    { 'item=b': Math.log(2), 'item=c': Math.log(5) },
    { action: 'slate', exploration: plackettLuce({ temperature: 1, uniform: 0.1 }) },
  );
  const policy = contextualBanditFormat.read('artifact', content);
  const asked = requestFor(['a', 'b', 'c'], { size: 2 });
  // (c, b): Plackett–Luce 5/8 · 2/3, uniform 1/3 · 1/2.
  expect(policy.logProbability(asked, { type: 'slate', items: ['c', 'b'] })).toBeCloseTo(
    Math.log(0.9 * (5 / 8) * (2 / 3) + 0.1 / 6),
    12,
  );
  const { behaviour } = policy.decide(asked, 'any');
  expect(behaviour.components?.map(({ name, weight }) => [name, weight])).toEqual([
    ['plackett-luce', 0.9],
    ['uniform', 0.1],
  ]);
});

test('the joint probability of the taken branch alone would fail the test of the draws', () => {
  const policy = contextualBanditFormat.read(
    'artifact',
    contentWith(weights, { action: 'slate', exploration: plackettLuce({ temperature: 0.1, uniform: 0.2 }) }),
  );
  const asked = { ...request, size: 2 };
  const counts = new Map<string, number>();
  const alone = new Map<string, number>();
  for (let draw = 0; draw < 20_000; draw += 1) {
    const { action, behaviour } = policy.decide(asked, `draw ${draw}`);
    const key = action.type === 'slate' ? action.items.join(' ') : '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
    alone.set(key, Math.exp(behaviour.components?.[0]?.logProbability ?? 0));
  }
  expect(counts.size).toBe(orderedSlates(['a', 'b', 'c', 'e'], 2).length);
  expect(chiSquareOf(counts, alone)).toBeGreaterThan(10 * chiSquareLimit(11));
});

test('every allowed item has at least the least probability', () => {
  const one = { 'item=a': 50 };
  for (const exploration of [
    epsilonGreedy({ epsilon: 0.01 }),
    squareCb({ gammaScale: 10 }),
    plackettLuce({ temperature: 0.01, uniform: 0 }),
  ]) {
    for (const action of ['choice', 'slate'] as const) {
      const policy = contextualBanditFormat.read(
        'artifact',
        contentWith(one, { action, exploration, leastProbability: 0.05 }),
      );
      const distribution = policy.distribution(requestFor(['a', 'b', 'c', 'd'], { excluded: new Set(['d']), size: 2 }));
      expect(Math.min(...distribution.subarray(0, 3))).toBeGreaterThanOrEqual(0.05 - 1e-12);
    }
  }
  const mixed = contextualBanditFormat.read(
    'artifact',
    contentWith(one, { leastProbability: 0.05, exploration: epsilonGreedy({ epsilon: 0 }) }),
  );
  expect(mixed.distribution(requestFor(['a', 'b', 'c']))[0]).toBeCloseTo((1 - 3 * 0.05) * 1 + 0.05, 12);
});

test('a slate is cut to the allowed candidates', () => {
  const policy = contextualBanditFormat.read('artifact', contentWith(weights, { action: 'slate' }));
  const { action } = policy.decide({ ...request, size: 9 }, 'cut');
  expect(action.type === 'slate' ? action.items.toSorted() : []).toEqual(['a', 'b', 'c', 'e']);
});

test('explanations name the features', () => {
  const policy = contextualBanditFormat.read('artifact', contentWith(weights, { rewardRange: [0, 2] }));
  const { score, terms, rest } = policy.explain(request, 'c', 2);
  expect(score).toBeCloseTo(2 * (0.1 - 0.2 - 0.1 + 0.03), 9);
  expect(terms.map(({ name }) => name)).toEqual(['item=c', 'candidate.age']);
  expect(terms[0]?.value).toBeCloseTo(-0.4, 9);
  expect(rest).toBeCloseTo(0.26, 9);
});

test('a subject’s state moves the scores by κ_n of its deviation', () => {
  const content = contentWith(
    {},
    { rewardRange: [0, 2], subject: { namespaces: ['candidate'], priorVariance: 1, noiseVariance: 1, shrink: 10 } },
  );
  const policy = contextualBanditFormat.read('artifact', content);
  const subjectState = packTable({
    numbers: [30],
    keys: Uint32Array.of(hashName('candidate.age', 0)),
    columns: [Float64Array.of(0.2), Float64Array.of(0.1)],
  });
  const asked = { ...request, subject: 'ann', subjectState };
  expect(policy.decide(asked, 's').scores[2]).toBeCloseTo(2 * (30 / 40) * 0.2 * 2, 12);
  expect(policy.decide(request, 's').scores[2]).toBe(0);
  expect(policy.explain(asked, 'c', 1).terms).toEqual([
    { name: 'subject: candidate.age', value: expect.closeTo(0.6, 9) as number },
  ]);
});

test('a score that is no number is refused, so that the baseline acts', () => {
  const policy = contextualBanditFormat.read('artifact', contentWith({ 'item=a': NaN }));
  expect(() => policy.decide(requestFor(['a', 'b']), 's')).toThrow(
    expect.objectContaining({ name: 'HeedError', code: 'internal' }),
  );
  expect(() => policy.decide(requestFor(['a'], { excluded: new Set(['a']) }), 's')).toThrow(
    /at least one candidate must be allowed/,
  );
});

test('what is no such artifact is refused', () => {
  const content = contentWith({});
  expect(() => contextualBanditFormat.read('x', { ...content, configuration: {} })).toThrow(
    /artifact x, as its configuration must be/,
  );
  expect(() => contextualBanditFormat.read('x', { ...content, files: [] })).toThrow(/must have a file weights/);
  expect(() =>
    contextualBanditFormat.read('x', contentWith({}, { exploration: { name: 'luck', options: {} } })),
  ).toThrow(/must be one of epsilon-greedy, square-cb, fast-cb, boltzmann, plackett-luce: it is luck/);
});

test('unknown and impossible options are refused by name', () => {
  expect(() => epsilonGreedy({ epsilon: 2 })).toThrow(/epsilon-greedy.*epsilon/);
  expect(() => squareCb({ gamma: 1 } as object)).toThrow(/square-cb.*gamma/);
  expect(() => plackettLuce({ temperature: 0 })).toThrow(/plackett-luce.*temperature/);
  expect(squareCb()).toEqual({ name: 'square-cb', options: { gammaScale: 300, gammaExponent: 0.5 } });
});
