import { describe, expect, test } from 'vitest';
import { createRandom } from '../math/index.ts';
import { contextualBanditFormat } from '../policy/index.ts';
import type { Experience, PolicyRequest } from '../spec/index.ts';
import { contextualBandit, contextualBanditLearner as learner } from './index.ts';
import { configurationWith, experienceOf, learnerContract } from './testing.ts';

const items = ['a', 'b', 'c', 'd'];

function randomExperiences(count: number): Experience[] {
  const random = createRandom('experiences');
  return Array.from({ length: count }, () =>
    experienceOf(items[Math.floor(random.uniform() * 4)] ?? '', random.uniform() < 0.3 ? 1 : 0, {
      items,
      context: { hour: Math.floor(random.uniform() * 24), device: 'phone' },
      probability: 0.25,
      subject: 'ann',
    }),
  );
}

describe('the contract of learners', () => {
  const kinds = {
    'logistic': contextualBandit(),
    'squared': contextualBandit({ loss: 'squared' }),
    'few features and cells': contextualBandit({ mostFeatures: 5, mostCells: 20 }),
    'gradient steps': contextualBandit({ learningRate: 0.5 }),
    'logistic gradient steps': contextualBandit({ loss: 'logistic', l2: 0.001 }),
    'weighted': contextualBandit({ importance: 'inverse', subject: { namespaces: ['item'] } }),
  };
  for (const [name, kind] of Object.entries(kinds))
    learnerContract(name, learner, configurationWith({ learner: kind }), randomExperiences(60));
});

test('first Newton step by hand: constant and item, reward 2 in [−1, 3]', () => {
  // Variances 1 / (1,000 · 5) and 1 / 5: q = 0.2002, and z = q (3/4 − σ(z)), by 20 turns of what it says.
  let z = 0;
  for (let turn = 0; turn < 20; turn += 1) z = 0.2002 * (0.75 - 1 / (1 + Math.exp(-z)));
  const configuration = configurationWith({
    learner: contextualBandit({ prior: 5 }),
    reward: { ...configurationWith().reward, range: [-1, 3] },
  });
  const state = learner.update(learner.init(configuration, 's'), [experienceOf('a', 2)]);
  const policy = contextualBanditFormat.read('x', learner.toArtifact(state));
  const { scores } = policy.decide(experienceOf('a', 0, { items: ['a', 'b'] }).request, 's');
  expect(scores[0]).toBeCloseTo(-1 + 4 / (1 + Math.exp(-z)), 10);
  // Of b the constant alone is known: a part of 0.0002 / 0.2002 of the step.
  expect(scores[1]).toBeCloseTo(-1 + 4 / (1 + Math.exp(-z / 1_001)), 10);
});

test('first gradient step by hand: constant and item, reward 2 in [−1, 3]', () => {
  // Label 2/4 = 0.5; ŷ = 0, slope −1, G = 1 each, N = 2: rate = √½, r = 2√½ = √2; ŷ goes to 0.5 (1 − e^(−2 · 0.5 · √2)).
  const configuration = configurationWith({
    learner: contextualBandit({ learningRate: 0.5 }),
    reward: { ...configurationWith().reward, range: [-1, 3] },
  });
  const state = learner.update(learner.init(configuration, 's'), [experienceOf('a', 2)]);
  const { scores } = contextualBanditFormat
    .read('x', learner.toArtifact(state))
    .decide(experienceOf('a', 0).request, 's');
  expect(scores[0]).toBeCloseTo(4 * 0.5 * (1 - Math.exp(-Math.SQRT2)), 12);
  expect(learner.toArtifact(state).metrics).toEqual({
    examples: 1,
    skipped: 0,
    slots: 2,
    collisions: 0,
    meanReward: 2,
    meanSquaredError: 4,
  });
});

/** Score of an item after one reward of 1 for it. */
function scoreAfter(
  options: Parameters<typeof contextualBandit>[0],
  changes: { probability?: number; weight?: number },
): number {
  const configuration = configurationWith({ learner: contextualBandit(options) });
  const state = learner.update(learner.init(configuration, 's'), [experienceOf('a', 1, changes)]);
  const policy = contextualBanditFormat.read('x', learner.toArtifact(state));
  return policy.decide(experienceOf('a', 0).request, 's').scores[0] ?? NaN;
}

test('weights count, and inverse importance is 1 / probability up to its cap', () => {
  const byWeight = scoreAfter({}, { weight: 4 });
  expect(byWeight).not.toBe(scoreAfter({}, {}));
  expect(scoreAfter({ importance: 'inverse' }, { probability: 0.25 })).toBe(byWeight);
  expect(scoreAfter({ importance: 'inverse', importanceCap: 4 }, { probability: 0.001 })).toBe(byWeight);
  expect(scoreAfter({ importance: 'none' }, { probability: 0.25 })).toBe(scoreAfter({}, {}));
  expect(learner.needs(configurationWith({ learner: contextualBandit({ importance: 'inverse' }) })).propensity).toBe(
    true,
  );
  expect(learner.needs(configurationWith()).propensity).toBe(false);
});

function asked(names: readonly string[]): PolicyRequest {
  return experienceOf('a', 0, { items: names, context: { hour: 3 } }).request;
}

test('added and removed items keep the statistics of the others', () => {
  const configuration = configurationWith({ features: { ...configurationWith().features, crosses: [] } });
  const state = learner.update(learner.init(configuration, 's'), randomExperiences(40));
  const policy = contextualBanditFormat.read('x', learner.toArtifact(state));
  const before = policy.decide(asked(['a', 'b', 'c']), 's').scores;
  const after = policy.decide(asked(['new', 'c', 'b']), 's').scores;
  expect(after[1]).toBe(before[2]);
  expect(after[2]).toBe(before[1]);
  expect(after[1]).not.toBe(after[2]);
});

test('experiences that cannot be used are counted and leave no trace', () => {
  const good = randomExperiences(10);
  const bad = [
    { ...experienceOf('a', 1), item: 'nobody' },
    experienceOf('a', NaN),
    experienceOf('a', 1, { context: { hour: Infinity } }),
  ];
  const configuration = configurationWith();
  const clean = learner.toArtifact(learner.update(learner.init(configuration, 's'), good));
  const mixed = learner.toArtifact(learner.update(learner.init(configuration, 's'), [...bad, ...good]));
  expect(mixed.metrics).toEqual({ ...clean.metrics, skipped: 3 });
  expect(mixed.files[0]).toEqual(clean.files[0]);
});

test('names that share a slot are counted', () => {
  const configuration = configurationWith({ features: { ...configurationWith().features, crosses: [], bits: 4 } });
  const many = Array.from({ length: 40 }, (_, index) => experienceOf(`item ${index}`, 1));
  const { slots, collisions } = learner.toArtifact(
    learner.update(learner.init(configuration, 's'), [...many, ...many]),
  ).metrics;
  expect(slots).toBeLessThanOrEqual(16);
  expect((slots ?? 0) + (collisions ?? 0)).toBe(41);
});

test('where the slots or the reward range have become others, training starts anew', () => {
  const configuration = configurationWith();
  const content = learner.toArtifact(learner.update(learner.init(configuration, 's'), randomExperiences(10)));
  for (const changed of [
    configurationWith({ learner: contextualBandit({ loss: 'logistic', learningRate: 0.5 }) }),
    configurationWith({ learner: contextualBandit({ prior: 2 }) }),
    configurationWith({ features: { ...configuration.features, bits: 13 } }),
    configurationWith({ reward: { ...configuration.reward, range: [0, 2] } }),
  ]) {
    expect(learner.toArtifact(learner.fromArtifact(changed, content)).metrics['examples']).toBe(0);
  }
  const explored = configurationWith({ exploration: { name: 'epsilon-greedy', options: {} } });
  const carried = learner.toArtifact(learner.fromArtifact(explored, content));
  expect(carried.metrics['examples']).toBe(10);
  expect(carried.configuration['exploration']).toEqual({ name: 'epsilon-greedy', options: {} });
});

test.each([
  contextualBandit(),
  contextualBandit({ loss: 'squared' }),
  contextualBandit({ learningRate: 0.5 }),
  contextualBandit({ loss: 'logistic', learningRate: 0.5 }),
])('beats the uniform policy on a bandit whose best item depends on the context ($options)', (kind) => {
  const configuration = configurationWith({ learner: kind });
  const means = [1, 2, 3].map((seed) => {
    const random = createRandom(`world ${seed}`);
    let state = learner.init(configuration, 's');
    let late = 0;
    for (let round = 0; round < 40; round += 1) {
      const policy = contextualBanditFormat.read('x', learner.toArtifact(state));
      const batch = Array.from({ length: 25 }, (_, index): Experience => {
        const mood = Math.floor(random.uniform() * 4);
        const { request } = experienceOf('a', 0, { items, context: { mood: `m${mood}` } });
        const { action, behaviour } = policy.decide(request, `${seed} ${round} ${index}`);
        const item = action.type === 'choice' ? action.item : '';
        const reward = random.uniform() < (items[mood] === item ? 0.8 : 0.2) ? 1 : 0;
        if (round >= 30) late += reward / 250;
        return { request, item, probability: Math.exp(behaviour.logProbability ?? 0), reward, weight: 1 };
      });
      state = learner.update(state, batch);
    }
    return late;
  });
  // Uniform earns 0.35, the best policy 0.8.
  for (const mean of means) expect(mean).toBeGreaterThan(0.6);
});

test('options are refused by name', () => {
  expect(() => contextualBandit({ learningrate: 1 } as object)).toThrow(/contextual-bandit.*learningrate/);
  expect(() => contextualBandit({ learningRate: 0 })).toThrow(/learningRate/);
  expect(() => contextualBandit({ learningRate: 1, prior: 1 })).toThrow(/contextual-bandit.*prior/);
  expect(() => contextualBandit({ subject: { namespaces: [] } })).toThrow(/subject.namespaces/);
  expect(() =>
    learner.needs(configurationWith({ learner: contextualBandit({ subject: { namespaces: ['text'] } }) })),
  ).toThrow(/must be declared in its features \(context, item\): it names text/);
});
