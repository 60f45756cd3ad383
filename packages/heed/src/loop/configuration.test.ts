import { expect, test } from 'vitest';
import { z } from 'zod';
import { configureLoop, loopVersion } from './configuration.ts';
import type { LoopDefinition } from './define.ts';

const definition: LoopDefinition = {
  context: z.object({ hour: z.number() }),
  candidate: z.object({ tone: z.enum(['warm', 'plain']) }),
  action: { type: 'choice' },
  feedback: { thumb: { kind: 'reaction', reward: 1 }, note: { kind: 'comment', value: z.string() } },
  reward: { range: [0, 1] },
};

test('a loop that says little gets every default, as plain data', () => {
  const configuration = configureLoop('greeting', definition);
  expect(configuration).toMatchObject({
    name: 'greeting',
    reward: { from: { thumb: 1 }, combine: 'sum', final: 'window', missing: 'wait' },
    baseline: { type: 'given' },
    deadlineMs: 200,
    // In full: an artifact that is learned under it means the same for ever.
    exploration: { name: 'square-cb', options: { gammaScale: 300, gammaExponent: 0.5 } },
    features: {
      crosses: [
        ['context', 'candidate'],
        ['context', 'item'],
      ],
    },
  });
  expect(configuration.feedback['note']?.value).toMatchObject({ type: 'string' });
  expect(JSON.parse(JSON.stringify(configuration))).toEqual(configuration);
});

test('the version follows every part of the configuration, and nothing else', () => {
  const version = loopVersion(configureLoop('greeting', definition));
  expect(version).toMatch(/^[0-9a-f]{16}$/);
  expect(loopVersion(configureLoop('greeting', { ...definition }))).toBe(version);
  const changes: Partial<LoopDefinition>[] = [
    { context: z.object({ hour: z.number(), day: z.string() }) },
    { candidate: z.object({ tone: z.enum(['warm', 'plain', 'funny']) }) },
    { feedback: { ...definition.feedback, thumb: { kind: 'reaction', reward: 0.5 } } },
    { reward: { range: [0, 2] } },
    { attributionWindowSeconds: 60 },
    { baseline: { type: 'item', item: 'hello' } },
    { exclusions: [{ from: 'candidate', field: 'tone', is: 'equal', value: 'plain' }] },
    { leastProbability: 0.01 },
    { deadlineMs: 50 },
    { retentionDays: 30 },
    { features: { bits: 10 } },
  ];
  const versions = changes.map((change) => loopVersion(configureLoop('greeting', { ...definition, ...change })));
  expect(new Set([version, ...versions]).size).toBe(changes.length + 1);
});

test('what makes no sense is refused with its place and what was expected', () => {
  expect(() => configureLoop('greeting', { ...definition, reward: { range: [1, 1] } })).toThrow(
    /greeting.*reward\.range must run from a smaller to a larger number: it is \[1, 1\]/,
  );
  expect(() =>
    configureLoop('greeting', { ...definition, reward: { range: [0, 1], missing: { default: 3 } } }),
  ).toThrow(/reward\.missing\.default must lie in/);
  expect(() => configureLoop('greeting', { ...definition, features: { crosses: [['context', 'nowhere']] } })).toThrow(
    /names nowhere/,
  );
  expect(() => configureLoop('greeting', { ...definition, leastProbability: 0.9 })).toThrow(/leastProbability/);
  expect(() => configureLoop('greeting', { ...definition, context: z.object({ when: z.date() }) })).toThrow(
    /context must be a schema that JSON Schema can say/,
  );
});
