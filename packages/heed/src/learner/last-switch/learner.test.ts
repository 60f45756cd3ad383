import { describe, expect, test } from 'vitest';
import { runLastSwitch, satiation } from '../../environments/index.ts';
import { arrayNamed, createRandom, requireMonotone } from '../../math/index.ts';
import type { LastSwitchModel } from '../../math/index.ts';
import { lastSwitchFormat } from '../../policy/index.ts';
import type { Experience, JsonObject } from '../../spec/index.ts';
import { arraysOf } from '../artifact-files.ts';
import { lastSwitch, lastSwitchLearner } from '../index.ts';
import { configurationWith, experienceOf, learnerContract } from '../testing.ts';

const items = ['a', 'b', 'c', 'nothing'];
const configuration = configurationWith({ learner: lastSwitch({ idle: 'nothing', tauMax: 3, phiMax: 2 }) });

function experience(
  item: string,
  reward: number,
  past: readonly string[] | null,
  round = past?.length ?? 0,
): Experience {
  const made = experienceOf(item, reward, { items });
  return past === null ? made : { ...made, request: { ...made.request, past: { round, items: past } } };
}

const random = createRandom('last-switch experiences');
const draw = (): string => items[Math.floor(random.uniform() * items.length)] ?? '';
const anything = Array.from({ length: 60 }, (_, round) =>
  experience(draw(), random.uniform() < 0.4 ? 1 : 0, [draw(), draw(), draw()], round),
);

describe('the contract of learners', () => {
  learnerContract('last-switch', lastSwitchLearner, configuration, anything);
  learnerContract(
    'last-switch, not monotone',
    lastSwitchLearner,
    configurationWith({ learner: lastSwitch({ monotone: false }) }),
    anything,
  );
});

test('states by hand: −1, 1, 2, and at least 3 rounds of rest; nothing is learned of rest itself', () => {
  const state = lastSwitchLearner.update(lastSwitchLearner.init(configuration, 's'), [
    experience('a', 1, []),
    experience('a', 0, ['a']),
    experience('a', 1, ['nothing', 'a']),
    experience('a', 0.5, ['b', 'nothing', 'a']),
    experience('nothing', 0, ['a', 'b', 'a']),
  ]);
  expect([...(state.items.get('a')?.plays ?? [])]).toEqual([1, 1, 1, 1]);
  expect([...(state.items.get('a')?.rewards ?? [])]).toEqual([0, 1, 0.5, 1]);
  expect(state.items.has('nothing')).toBe(false);
  expect(state.counts).toMatchObject({ examples: 4, skipped: 0 });
  const content = lastSwitchLearner.toArtifact(state);
  // 1 and 0.5 fall; pooled, they are 0.75.
  expect([...arrayNamed(arraysOf(content, 'states'), 'means', 'float64')]).toEqual([0, 0.75, 0.75, 1]);
  expect(content.metrics['largestFall']).toBeCloseTo(0.5 / Math.sqrt(0.5), 12);
});

test('a decision that does not know what came before it is not learned from', () => {
  const state = lastSwitchLearner.update(lastSwitchLearner.init(configuration, 's'), [
    experience('a', 1, null),
    experience('other', 1, []),
    experience('a', NaN, []),
  ]);
  expect(state.counts).toMatchObject({ examples: 0, skipped: 3 });
});

/** Acts and learns, with a training after every `batch` decisions; the mean expected reward of the last quarter. */
function lateReward(options: Parameters<typeof lastSwitch>[0], model: LastSwitchModel, rounds: number): number {
  const names = model.means.map((_, arm) => `arm ${arm}`);
  const own = configurationWith({ learner: lastSwitch({ idle: 'nothing', ...options }) });
  const arms = runLastSwitch(model, 'late');
  const looksBack = lastSwitchLearner.past?.(own) ?? NaN;
  let state = lastSwitchLearner.init(own, 'seed');
  let policy = lastSwitchFormat.read('x', lastSwitchLearner.toArtifact(state));
  let past: string[] = [];
  let late = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { request } = experienceOf('', 0, { items: [...names, 'nothing'] });
    const asked = { ...request, past: { round, items: past } };
    const { action } = policy.decide(asked, `${round}`);
    const item = action.type === 'choice' ? action.item : '';
    const { reward, expected } = arms.play(item === 'nothing' ? null : names.indexOf(item));
    if (round >= 0.75 * rounds) late += expected / (0.25 * rounds);
    state = lastSwitchLearner.update(state, [{ request: asked, item, probability: 1, reward, weight: 1 }]);
    if (round % 10 === 9) policy = lastSwitchFormat.read('x', lastSwitchLearner.toArtifact(state));
    past = [item, ...past].slice(0, looksBack);
  }
  return late;
}

test('finds a schedule of rest and repetition', () => {
  // The optimum is 0.7; in turns the three earn 0.43.
  expect(lateReward({ samples: 20 }, satiation(), 2_000)).toBeGreaterThan(0.55);
});

test('payoffs that rise and fall: told by the metric; without the promise they are left as they are', () => {
  const experiences = Array.from({ length: 400 }, (_, at) =>
    experience('a', at % 2 === 0 ? 1 : 0, at % 2 === 0 ? ['nothing', 'a'] : [], at),
  );
  const trained = (options: JsonObject) => {
    const own = configurationWith({ learner: lastSwitch({ tauMax: 3, phiMax: 2, ...options }) });
    return lastSwitchLearner.toArtifact(lastSwitchLearner.update(lastSwitchLearner.init(own, 's'), experiences));
  };
  const means = (content: ReturnType<typeof trained>): number[] => [
    ...arrayNamed(arraysOf(content, 'states'), 'means', 'float64'),
  ];
  const [promised, free] = [trained({}), trained({ monotone: false })];
  expect(means(free)).toEqual([0.5, 1, 0.5, 0]);
  expect(() => requireMonotone({ tauMax: 3, phiMax: 2, means: [means(promised)] })).not.toThrow();
  // State 1 pays 1, full rest 0; the state between was never seen.
  expect(promised.metrics['largestFall']).toBeGreaterThan(4);
});

test('another reward range, or states told apart otherwise, begin anew; other samples and an idle item do not', () => {
  const content = lastSwitchLearner.toArtifact(
    lastSwitchLearner.update(lastSwitchLearner.init(configuration, 's'), anything),
  );
  const examples = (changes: Parameters<typeof configurationWith>[0]): number =>
    lastSwitchLearner.fromArtifact({ ...configuration, ...changes }, content).counts.examples;
  const { examples: all = NaN } = content.metrics;
  expect(all).toBeGreaterThan(30);
  expect(examples({ learner: lastSwitch({ tauMax: 3, phiMax: 2, samples: 9, idle: 'a' }) })).toBe(all);
  expect(examples({ learner: lastSwitch({ tauMax: 4, phiMax: 2 }) })).toBe(0);
  expect(examples({ reward: { ...configuration.reward, range: [0, 2] } })).toBe(0);
});

test('bad options are refused by name', () => {
  expect(() => lastSwitch({ tauMax: 0 })).toThrow(/last-switch.*tauMax/);
  expect(() => lastSwitch({ phiMax: 0 })).toThrow(/phiMax/);
  expect(() => lastSwitch({ samples: -1 })).toThrow(/samples/);
  expect(() => lastSwitch({ roundings: 0 })).toThrow(/roundings/);
  expect(() => lastSwitch({ gamma: 1 } as object)).toThrow(/gamma/);
  const slate = { ...configuration, action: { type: 'slate', size: 2 } as const };
  expect(() => lastSwitchLearner.needs(slate)).toThrow(/must be a choice: it is slate/);
  const exploring = { ...configuration, exploration: { name: 'boltzmann', options: {} } };
  expect(() => lastSwitchLearner.needs(exploring)).toThrow(/exploration must be left out/);
});
