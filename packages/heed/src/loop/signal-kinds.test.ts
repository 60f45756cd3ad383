import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { SignalValue } from '../spec/index.ts';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/index.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const config = defineHeed({
  loops: {
    answers: {
      context: z.object({}),
      candidate: z.object({}),
      action: { type: 'free' },
      feedback: { score: { kind: 'reward', value: z.number(), reward: { scale: 1, offset: 0 } } },
      reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: 60,
    },
  },
});
const clock = tickingClock();
let heed: TestHeed<typeof config>;
let store: Store;

beforeAll(async () => {
  heed = await openTestHeed(config, { clock: clock.now });
  store = await openStore({ url: heed.url, clock: clock.now });
});
afterAll(async () => {
  await store.close();
  await heed.close();
});

async function answer(more: { readonly episode?: string; readonly step?: number } = {}): Promise<string> {
  const action = { type: 'tokens' as const, tokens: [1, 2, 3], tokenizer: 'bytes' };
  return (await heed.record('answers', { context: {}, action, ...more })).decision;
}

async function newest(kind: SignalValue['kind']): Promise<unknown[]> {
  const { items } = await store.signals.list({ loop: 'answers', limit: 1_000, order: 'oldest' });
  const byTarget = new Map(items.filter((signal) => signal.kind === kind).map((signal) => [signal.targetKey, signal]));
  return [...byTarget.values()].map(({ value, status }) => value ?? status);
}

test('what is said of answers becomes pairs, rankings, labels, demonstrations and token weights', async () => {
  const [one, two, three] = [await answer(), await answer(), await answer()];
  const about = (...ids: string[]) => ids.map((decision) => ({ type: 'decision', decision }) as const);
  const [first, second, third] = about(one, two, three);
  await heed.feedback([
    {
      loop: 'answers',
      kind: 'preference',
      targets: about(one, two),
      value: { type: 'probability', probability: 0.25 },
    },
    { loop: 'answers', kind: 'ranking', targets: about(one, two, three), value: { type: 'ranking', ranks: [2, 1, 2] } },
    { loop: 'answers', kind: 'verdict', decision: one, value: { type: 'category', category: 'right' } },
    { loop: 'answers', kind: 'correction', decision: one, value: { type: 'text', text: 'say it shorter' } },
    {
      loop: 'answers',
      kind: 'reward',
      targets: [{ type: 'span', decision: one, unit: 'token', from: 1, to: 3 }],
      value: { type: 'number', number: 0.5 },
    },
  ]);
  await heed.derive();
  expect(await newest('pair')).toEqual([{ kind: 'pair', chosen: second, rejected: first, probability: 0.75 }]);
  expect(await newest('ranking')).toEqual([{ kind: 'ranking', targets: [first, second, third], ranks: [2, 1, 2] }]);
  expect(await newest('label')).toEqual([{ kind: 'label', label: 'right' }]);
  expect(await newest('tokenWeights')).toEqual([{ kind: 'tokenWeights', weights: [0, 0.5, 0.5] }]);
  expect(await newest('demonstration')).toEqual([
    { kind: 'demonstration', target: { type: 'content', parts: [{ type: 'text', text: 'say it shorter' }] } },
  ]);
  expect(await heed.derive()).toMatchObject({ signals: 0 });
});

test('steps of an episode become transitions, as far as what comes next is known', async () => {
  const episode = (await heed.episodes.start({ loop: 'answers', task: 'a walk' })).id;
  const one = await answer({ episode, step: 0 });
  await heed.feedback([{ loop: 'answers', decision: one, name: 'score', value: 0.5 }]);
  await heed.derive();
  expect(await newest('transition')).toEqual([]);

  const two = await answer({ episode, step: 1 });
  await heed.derive();
  expect(await newest('transition')).toEqual([{ kind: 'transition', reward: 0.5, next: two, terminal: false }]);

  await heed.feedback([{ loop: 'answers', decision: two, name: 'score', value: 1 }]);
  await heed.derive();
  await heed.episodes.end(episode, { status: 'terminated' });
  await heed.derive();
  expect(await newest('transition')).toEqual([
    { kind: 'transition', reward: 0.5, next: two, terminal: false },
    { kind: 'transition', reward: 1, next: null, terminal: true },
  ]);
});

test('a transition whose reward nobody gave settles with its window', async () => {
  const episode = (await heed.episodes.start({ loop: 'answers', task: 'a rest' })).id;
  await answer({ episode, step: 0 });
  await heed.episodes.end(episode, { status: 'truncated' });
  await heed.derive();
  expect((await newest('transition')).at(-1)).toBe('provisional');
  clock.advance(61_000);
  await heed.derive();
  expect((await newest('transition')).at(-1)).toEqual({ kind: 'transition', reward: 0, next: null, terminal: false });
});
