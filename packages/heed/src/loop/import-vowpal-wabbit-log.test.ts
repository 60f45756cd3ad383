import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { featureValueSchema } from '../spec/index.ts';
import { defineHeed } from './define.ts';
import { importVowpalWabbit } from './import-vowpal-wabbit-log.ts';
import type { VowpalImport, VowpalImportOptions } from './import-vowpal-wabbit-log.ts';
import { openTestHeed } from './testing.ts';
import type { TestHeed } from './testing.ts';

const features = z.record(z.string(), featureValueSchema);
const loop = {
  context: features,
  candidate: features,
  action: { type: 'choice' },
  feedback: { reward: { kind: 'reward', value: z.number(), reward: { scale: 1, offset: 0 } } },
  reward: { range: [-1, 1], final: 'feedback' },
} as const;
const config = defineHeed({
  loops: { page: loop, strict: { ...loop, context: z.object({ u: z.object({ age: z.number() }) }) } },
});

let heed: TestHeed<typeof config>;
beforeAll(async () => {
  heed = await openTestHeed(config);
});
afterAll(() => heed.close());

function bring(text: string, more: Partial<VowpalImportOptions> = {}): Promise<VowpalImport> {
  const options = { format: 'vw', loop: 'page', feedback: 'reward', source: 'monday', ...more } as const;
  return importVowpalWabbit(heed, text.split('\n'), options);
}

async function newest() {
  await heed.derive();
  const { rows } = await heed.decisions.list({ limit: 1 });
  return heed.decisions.get(rows[0]?.id ?? '');
}

const first = 'shared |u age:25\n|a red\n0:-0.5:0.25 |a blue\n';
const second = "0:0.5:0.5 'red|a red\n|a blue\n";

test('a text becomes decisions with their probabilities and rewards', async () => {
  const text = `${first}\n|a red\n|a blue\n\n0:1 |a red\n|a blue\n`;
  expect(await bring(text)).toEqual({
    decisions: 1,
    duplicates: 0,
    skipped: { 'without a label': 1, 'with a probability outside (0, 1]': 1 },
  });
  const { decision, candidates, signals } = await newest();
  expect(decision).toMatchObject({ origin: 'imported', action: { type: 'choice', item: 'action 2' } });
  expect(Math.exp(decision.behaviour.logProbability ?? NaN)).toBeCloseTo(0.25, 12);
  expect(candidates.map((candidate) => candidate.features)).toEqual([{ a: { red: 1 } }, { a: { blue: 1 } }]);
  expect(signals.at(-1)).toMatchObject({ status: 'final', value: { rewards: { reward: 0.5 } } });
});

test('what was imported is left alone; what the log has gained is not, nor the same decision made twice, nor another log', async () => {
  expect(await bring(first)).toMatchObject({ decisions: 0, duplicates: 1 });
  expect(await bring(`${first}\n${second}\n${first}`)).toMatchObject({ decisions: 2, duplicates: 1 });
  expect(await bring(`${first}\n${second}\n${first}`)).toMatchObject({ decisions: 0, duplicates: 3 });
  expect(await bring(first, { source: 'tuesday' })).toMatchObject({ decisions: 1, duplicates: 0 });
});

test('what cannot be read or is refused names its line, and what came before it stays', async () => {
  const before = (await heed.decisions.list({ limit: 1_000 })).rows.length;
  const broken = { source: 'broken' };
  await expect(bring(`${first}\n${second}\nshared |u b\nx |a p\n`, broken)).rejects.toThrow('cannot read line 9');
  expect((await heed.decisions.list({ limit: 1_000 })).rows).toHaveLength(before + 2);
  await expect(bring(`${first}\n${second}`, { ...broken, loop: 'strict' })).rejects.toThrow(
    'cannot import the decision at line 5: cannot',
  );
});

test('decisions without a time are made when the caller says', async () => {
  await bring(second, { source: 'old', decidedAt: '2020-01-02T03:04:05.000Z' });
  const { decision, signals } = await newest();
  expect(decision.decidedAt).toBe('2020-01-02T03:04:05.000Z');
  expect(signals.at(-1)).toMatchObject({ status: 'final', value: { rewards: { reward: -0.5 } } });
});

const event = {
  _label_cost: -0.75,
  _label_probability: 0.05,
  _label_Action: 2,
  _labelIndex: 1,
  o: [{ v: 0.75, EventId: 'e1' }],
  Timestamp: '2021-02-04T16:31:29.2460000Z',
  Version: '1',
  EventId: 'e1',
  a: [2, 1],
  p: [0.05, 0.95],
  c: {
    FromUrl: [{ user: { profileType: 'registered' } }, { hour: 12 }],
    _multi: [
      { _tag: 'pasta', i: { constant: 1, id: 'pasta' }, j: [{ taste: 'salty' }, { nutrition: { calories: 400 } }] },
      { _tag: 'curry', i: { constant: 1, id: 'curry' }, j: [{ taste: 'hot', spices: ['cumin', 'chili'] }] },
    ],
  },
  VWState: { m: 'N/A' },
};

test("a line of Personalizer's log becomes the decision that its routes would have made, at its time", async () => {
  const json = { format: 'dsjson' } as const;
  const later = { ...event, EventId: 'e2', _skipLearn: true };
  const slots = { ...event, EventId: 'e3', c: { ...event.c, _slots: [{}] } };
  const text = [event, later, slots, { RewardValue: 1, EventId: 'e4' }].map((each) => JSON.stringify(each)).join('\n');
  expect(await bring(text, json)).toEqual({
    decisions: 2,
    duplicates: 0,
    skipped: { 'with slots': 1, 'without a context c (dangling rewards and the like)': 1 },
  });
  expect(await bring(text, { ...json, source: 'elsewhere' })).toMatchObject({ decisions: 0, duplicates: 2 });
  await heed.derive();
  const { rows } = await heed.decisions.list({ limit: 2 });
  const [shown, unshown] = rows.toSorted((a, b) => a.activation.localeCompare(b.activation)).toReversed();
  expect([shown?.activation, unshown?.activation]).toEqual(['immediate', 'deferred']);
  const detail = await heed.decisions.get(shown?.id ?? '');
  expect(detail.decision).toMatchObject({
    decidedAt: '2021-02-04T16:31:29.246Z',
    action: { type: 'choice', item: 'curry' },
    context: [{ value: { 'user.profileType': 'registered', 'hour': 12 } }],
  });
  expect(detail.decision.behaviour.logProbability).toBeCloseTo(Math.log(0.05), 12);
  expect(detail.candidates).toEqual([
    { item: 'pasta', features: { 'taste': 'salty', 'nutrition.calories': 400 } },
    { item: 'curry', features: { taste: 'hot', spices: ['cumin', 'chili'] } },
  ]);
  expect(detail.signals.at(-1)).toMatchObject({ status: 'final', value: { rewards: { reward: 0.75 } } });
  expect((await heed.decisions.get(unshown?.id ?? '')).signals).toEqual([]);
});

test.each([
  ['{', 'cannot read line 2, as it must be JSON'],
  ['[]', 'cannot read line 2, as it must be an object'],
  [JSON.stringify({ ...event, _labelIndex: 2 }), '_labelIndex must name one of _multi'],
  [JSON.stringify({ ...event, EventId: 5 }), 'EventId must be a text'],
  [JSON.stringify({ ...event, Timestamp: 'noon' }), 'Timestamp must be a time in ISO 8601: it is "noon"'],
])('the line %s is refused', async (line, message) => {
  await expect(bring(`\n${line}\n`, { format: 'dsjson' })).rejects.toThrow(message);
});
