import { expect, test } from 'vitest';
import type { EventLog, HeedEvent } from '../loop/index.ts';
import { createEventHub } from './event-hub.ts';
import type { EventHub } from './event-hub.ts';

/** A store that remembers nothing. */
const noLog: EventLog = { mark: async () => 'm', since: async () => null };

function hubWithSource() {
  let listener: ((event: HeedEvent) => void) | null = null;
  let subscriptions = 0;
  const hub = createEventHub((given) => {
    subscriptions += 1;
    listener = given;
    return () => {
      subscriptions -= 1;
    };
  }, noLog);
  const happen = (id: string, loop: string | null = 'page'): void =>
    listener?.({ type: 'decision', loop, id, at: '2026-01-06T09:30:00.000Z' });
  return { hub, happen, subscriptions: () => subscriptions };
}

async function follow(hub: EventHub, last: string | null = null) {
  const got: string[] = [];
  let ended = false;
  const stop = hub.follow({ send: (text) => got.push(text), end: () => (ended = true) }, last);
  // What a follower is sent first is read from the store.
  await new Promise((resolve) => setImmediate(resolve));
  return {
    got,
    stop,
    ended: () => ended,
    ids: () => got.map((text) => /^id: (.*)$/m.exec(text)?.[1] ?? ''),
    words: () => got.flatMap((text) => (text.includes('event: gap') ? 'gap' : (/"id":"(.*?)"/.exec(text)?.[1] ?? []))),
  };
}

test('a follower gets what happens, numbered', async () => {
  const { hub, happen } = hubWithSource();
  const reader = await follow(hub);
  happen('a');
  happen('b');
  expect(reader.words()).toEqual(['a', 'b']);
  const numbers = reader.ids().map((id) => Number(id.split('.')[1]));
  expect(numbers).toEqual([0, 1, 2]);
});

test('one that comes back gets what it missed', async () => {
  const { hub, happen } = hubWithSource();
  const first = await follow(hub);
  happen('a');
  first.stop();
  happen('b');
  happen('c');
  expect(first.words()).toEqual(['a']);
  expect((await follow(hub, first.ids().at(-1) ?? '')).words()).toEqual(['b', 'c']);
});

test('one that was away too long, or came from another run, is told of the gap', async () => {
  const { hub, happen } = hubWithSource();
  const first = await follow(hub);
  const start = first.ids()[0] ?? '';
  for (let count = 0; count < 1_001; count += 1) happen(`${count}`);
  expect((await follow(hub, start)).words()).toEqual(['gap']);
  expect((await follow(hub, 'ffffffffffff.1001.m')).words()).toEqual(['gap']);
  expect((await follow(hub, 'nonsense')).words()).toEqual(['gap']);
  expect((await follow(hub, first.ids().at(-1) ?? '')).words()).toEqual([]);
});

test('many followers share one subscription, which closing ends', async () => {
  const { hub, subscriptions } = hubWithSource();
  expect(subscriptions()).toBe(0);
  const readers = [await follow(hub), await follow(hub)];
  expect(subscriptions()).toBe(1);
  hub.close();
  expect(subscriptions()).toBe(0);
  expect(readers.map((reader) => reader.ended())).toEqual([true, true]);
});
