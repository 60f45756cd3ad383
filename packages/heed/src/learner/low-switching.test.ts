import { expect, test } from 'vitest';
import { contextualBanditFormat } from '../policy/index.ts';
import { contextualBanditLearner } from './contextual-bandit.ts';
import { lowSwitching } from './low-switching.ts';
import { configurationWith, experienceOf, learnerContract, storedAndRead } from './testing.ts';

const configuration = configurationWith();
const items = ['a', 'b', 'c'];
const experiences = Array.from({ length: 60 }, (_, index) =>
  experienceOf(items[index % 3] ?? 'a', index % 3 === 1 ? 1 : 0, { items }),
);
const calm = lowSwitching(contextualBanditLearner, { switches: 2, horizon: 30 });

learnerContract('low-switching', calm, configuration, experiences);

/** What acts after each experience, as one text. */
function actingAfterEach(count: number): string[] {
  let state = calm.init(configuration, 'seed');
  return Array.from({ length: count }, (_, index) => {
    state = calm.update(state, [experiences[index % 60] ?? experienceOf('a', 0)]);
    return JSON.stringify(state.acting.files.map(({ bytes }) => Buffer.from(bytes).toString('base64')));
  });
}

test('what acts is exchanged after 10 and 20 of 30 experiences, and so again in the next 30', () => {
  const acting = actingAfterEach(60);
  const changes = acting.flatMap((text, index) => (index > 0 && text !== acting[index - 1] ? [index + 1] : []));
  expect(changes).toEqual([10, 20, 40, 50]);
});

test('the budget holds however the experiences come in, and is told', () => {
  const state = [7, 25, 1, 27].reduce(
    ({ at, state: before }, size) => ({ at: at + size, state: calm.update(before, experiences.slice(at, at + size)) }),
    { at: 0, state: calm.init(configuration, 'seed') },
  ).state;
  expect(calm.toArtifact(state).metrics['switches']).toBe(4);
  const resumed = calm.fromArtifact(configuration, storedAndRead(calm.toArtifact(state)));
  expect(resumed.switches).toBe(4);
});

test("the inner learner's policy reads it, and answers alike until the next exchange", () => {
  const request = { ...(experiences[0] ?? experienceOf('a', 0, { items })).request };
  const distribution = (count: number) => {
    const state = calm.update(calm.init(configuration, 'seed'), experiences.slice(0, count));
    return contextualBanditFormat.read('artifact', calm.toArtifact(state)).distribution(request);
  };
  expect(distribution(9)).toEqual(distribution(0));
  expect(distribution(19)).toEqual(distribution(10));
  expect(distribution(20)).not.toEqual(distribution(19));
});

test('a budget below 1 and a horizon too short for it are refused', () => {
  expect(() => lowSwitching(contextualBanditLearner, { switches: 0, horizon: 10 })).toThrow(
    'whole number from 1: it is 0',
  );
  expect(() => lowSwitching(contextualBanditLearner, { switches: 4, horizon: 4 })).toThrow(
    'must hold 5 batches: it is 4',
  );
});
