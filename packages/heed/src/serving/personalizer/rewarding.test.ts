import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createHeed, defineHeed } from '../../loop/index.ts';
import { openTestHeed } from '../../loop/testing.ts';
import type { TestHeed } from '../../loop/testing.ts';
import { createServer } from '../server.ts';
import { eventKey } from './mapping.ts';

const loop = {
  context: z.object({}),
  candidate: z.object({}),
  action: { type: 'choice' },
  feedback: {
    reward: { kind: 'reward', value: z.number(), reward: { scale: 1, offset: 0 } },
    seen: { kind: 'reaction' },
  },
  reward: { range: [-1, 1], final: 'feedback' },
} as const;
const config = defineHeed({ loops: { home: loop }, personalizer: { loop: 'home', rewardAggregation: 'sum' } });

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed });
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

async function ask(path: string, payload: object, headers = {}): Promise<number> {
  const url = `/personalizer/v1.1-preview.1/${path}`;
  return (await server.inject({ method: 'POST', url, payload, headers })).statusCode;
}

async function rewardOf(...names: string[]): Promise<unknown> {
  await heed.derive();
  const { signals } = await heed.decisions.get((await heed.lookup.decision('home', eventKey(...names))) ?? '');
  const newest = signals.findLast(({ kind }) => kind === 'reward');
  return newest?.value?.kind === 'reward' ? newest.value.rewards['reward'] : null;
}

const actions = ['a', 'b'].map((id) => ({ id, features: [] }));

test('rewards of one event are summed; one with an idempotency key counts once', async () => {
  expect(await ask('rank', { actions, eventId: 'e' })).toBe(201);
  expect(await ask('events/e/reward', { value: 0.5 })).toBe(204);
  expect(await ask('events/e/reward', { value: 0.25 })).toBe(204);
  expect(await rewardOf('e')).toBeCloseTo(0.75, 12);
  expect(await ask('events/e/reward', { value: 0.125 }, { 'idempotency-key': 'once' })).toBe(204);
  expect(await ask('events/e/reward', { value: 0.125 }, { 'idempotency-key': 'once' })).toBe(204);
  expect(await rewardOf('e')).toBeCloseTo(0.875, 12);
  expect(await ask('events/e/reward', { value: 1 }, { 'idempotency-key': 'once' })).toBe(409);
});

test('an activation may say that it is JSON and have nothing in it, as some clients send it; a rank may not', async () => {
  expect(await ask('rank', { actions, eventId: 'shown', deferActivation: true })).toBe(201);
  const empty = async (path: string): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'content-length': '0' };
    const url = `/personalizer/v1.1-preview.1/${path}`;
    return (await server.inject({ method: 'POST', url, headers })).statusCode;
  };
  expect(await empty('events/shown/activate')).toBe(204);
  expect(await empty('rank')).toBe(400);
  expect(await empty('events/shown/reward')).toBe(400);
  const decision = (await heed.lookup.decision('home', eventKey('shown'))) ?? '';
  expect((await heed.decisions.get(decision)).activatedAt).not.toBeNull();
});

test('rewards of slots are given together or not at all', async () => {
  const slots = ['main', 'side'].map((id, place) => ({ id, baselineAction: actions[place]?.id }));
  expect(await ask('multislot/rank', { actions, slots, eventId: 'p' })).toBe(201);
  const both = [
    { slotId: 'main', value: 0.5 },
    { slotId: 'side', value: -0.5 },
  ];
  expect(await ask('multislot/events/p/reward', { reward: [...both, { slotId: 'gone', value: 1 }] })).toBe(404);
  expect(await rewardOf('p', 'main')).toBe(null);
  expect(await ask('multislot/events/p/reward', { reward: both })).toBe(204);
  expect([await rewardOf('p', 'main'), await rewardOf('p', 'side')]).toEqual([0.5, -0.5]);
});

test.each([
  [{ id: 'main', baselineAction: 'z' }, 'must be an action'],
  [{ id: 'main', baselineAction: 'a', excludedActions: ['a'] }, 'must not be excluded'],
])('the slot %j makes no sense', async (slot, why) => {
  const url = '/personalizer/v1.1-preview.1/multislot/rank';
  const answer = await server.inject({ method: 'POST', url, payload: { actions, slots: [slot] } });
  expect([answer.statusCode, answer.json()]).toMatchObject([
    400,
    { error: { code: 'InvalidRankRequest', message: expect.stringContaining(why) as unknown } },
  ]);
});

test.each([
  [{ loop: 'nowhere' }, 'its loops must be among home'],
  [
    { loop: 'home', feedback: 'seen' },
    'feedback must name what makes the reward of the loop home (reward): it names seen',
  ],
  [{ loop: 'home', multiSlotLoop: 'list' }, 'the action of the loop list must be a choice: it is slate'],
  [{ loop: 'newest', rewardAggregation: 'sum' } as const, 'must be combined by sum in the loop newest'],
])('the setting %j makes no sense', async (personalizer, why) => {
  const list = { ...loop, action: { type: 'slate', size: 2 } } as const;
  const newest = { ...loop, reward: { ...loop.reward, combine: 'newest' } } as const;
  await expect(createHeed({ loops: { home: loop, list, newest }, personalizer }, { url: heed.url })).rejects.toThrow(
    why,
  );
});
