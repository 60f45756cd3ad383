import { expect, test } from 'vitest';
import { contextualBanditFormat } from '../policy/index.ts';
import { contextualBandit, contextualBanditLearner } from './index.ts';
import { contextualBanditSubjects as subjects } from './subject.ts';
import { configurationWith, experienceOf, storedAndRead } from './testing.ts';

const subject = { namespaces: ['item'], priorVariance: 1, noiseVariance: 0.5, shrink: 10 };
const configuration = configurationWith({ learner: contextualBandit({ subject, learningRate: 0.5 }) });
const fresh = contextualBanditLearner.toArtifact(contextualBanditLearner.init(configuration, 's'));
const request = experienceOf('a', 0, { items: ['a', 'b'], subject: 'ann' }).request;

function scoresWith(subjectState: Uint8Array | null, content = fresh) {
  return contextualBanditFormat.read('x', content).decide({ ...request, subjectState }, 's').scores;
}

test('a state by hand: three rewards of one item', () => {
  // Precision 1 + 3 / 0.5 = 7, mean (1 + 1 + 0) / 0.5 / 7; κ = 3 / 13.
  const experiences = [1, 1, 0].map((reward) => ({ request, item: 'a', probability: null, reward, weight: 1 }));
  const state = subjects.update(fresh, null, experiences);
  expect(subjects.count(state)).toBe(3);
  expect(scoresWith(state)[0]).toBeCloseTo((3 / 13) * (4 / 7), 12);
  expect(scoresWith(state)[1]).toBe(0);
});

test('what the global model knows already is no deviation', () => {
  const everybody = contextualBanditLearner.update(
    contextualBanditLearner.init(configuration, 's'),
    Array.from({ length: 50 }, () => ({ request, item: 'a', probability: null, reward: 1, weight: 1 })),
  );
  const content = contextualBanditLearner.toArtifact(everybody);
  const state = subjects.update(content, null, [{ request, item: 'a', probability: null, reward: 1, weight: 1 }]);
  expect(Math.abs((scoresWith(state, content)[0] ?? NaN) - (scoresWith(null, content)[0] ?? NaN))).toBeLessThan(1e-3);
});

test('updates one at a time, all at once and after storing the artifact are one and the same', () => {
  const experiences = Array.from({ length: 20 }, (_, index) =>
    experienceOf(index % 3 === 0 ? 'a' : 'b', index % 2, {
      items: ['a', 'b'],
      subject: 'ann',
      weight: 1 + (index % 2),
    }),
  );
  const single = experiences.reduce<Uint8Array | null>(
    (state, each) => subjects.update(storedAndRead(fresh), state, [each]),
    null,
  );
  expect(single).toEqual(subjects.update(fresh, null, experiences));
});

test('a state stays small: only features that were met have a row', () => {
  const state = subjects.update(
    fresh,
    null,
    Array.from({ length: 30 }, (_, index) => experienceOf(index % 2 === 0 ? 'a' : 'b', 1, { items: ['a', 'b'] })),
  );
  expect(state.length).toBe(12 + 8 + 2 * 20);
});

test('the key changes with what makes states unreadable, and with nothing else', () => {
  const keyOf = (changes: Parameters<typeof configurationWith>[0]) =>
    subjects.key(configurationWith({ learner: contextualBandit({ subject }), ...changes }));
  const key = keyOf({});
  const { features } = configuration;
  expect(key).toMatch(/^[0-9a-f]{16}$/);
  expect(keyOf({ leastProbability: 0.1, features: { ...features, crosses: [], bits: 20 } })).toBe(key);
  expect(keyOf({ learner: contextualBandit({ subject: { ...subject, shrink: 3 }, learningRate: 1 }) })).toBe(key);
  const others = [
    keyOf({ features: { ...features, seed: 9 } }),
    keyOf({
      features: { ...features, namespaces: { ...features.namespaces, item: { from: 'item', normalise: true } } },
    }),
    keyOf({ learner: contextualBandit({ subject: { ...subject, priorVariance: 2 } }) }),
    keyOf({ learner: contextualBandit({ subject: { ...subject, namespaces: ['item', 'context'] } }) }),
    keyOf({ reward: { ...configuration.reward, range: [0, 2] } }),
  ];
  expect(new Set([key, ...others]).size).toBe(6);
  expect(subjects.key(configurationWith())).toBeNull();
});

test('an artifact without a part per subject is refused', () => {
  const without = contextualBanditLearner.toArtifact(contextualBanditLearner.init(configurationWith(), 's'));
  expect(() => subjects.update(without, null, [])).toThrow(/must keep a part per subject/);
});
