import { expect, test } from 'vitest';
import type { HeedEvent } from '../loop/index.ts';
import { createEventHub } from './event-hub.ts';
import type { EventHub } from './event-hub.ts';

function hubWithSource() {
  let listener: ((event: HeedEvent) => void) | null = null;
  let subscriptions = 0;
  const hub = createEventHub((given) => {
    subscriptions += 1;
    listener = given;
    return () => {
      subscriptions -= 1;
    };
  });
  const happen = (id: string, loop: string | null = 'page'): void =>
    listener?.({ type: 'decision', loop, id, at: '2026-01-06T09:30:00.000Z' });
  return { hub, happen, subscriptions: () => subscriptions };
}

function follow(hub: EventHub, last: string | null = null) {
  const got: string[] = [];
  let ended = false;
  const stop = hub.follow({ send: (text) => got.push(text), end: () => (ended = true) }, last);
  return {
    got,
    stop,
    ended: () => ended,
    ids: () => got.map((text) => /^id: (.*)$/m.exec(text)?.[1] ?? ''),
    words: () => got.flatMap((text) => (text.includes('event: gap') ? 'gap' : (/"id":"(.*?)"/.exec(text)?.[1] ?? []))),
  };
}

test('a follower gets what happens, numbered', () => {
  const { hub, happen } = hubWithSource();
  const reader = follow(hub);
  happen('a');
  happen('b');
  expect(reader.words()).toEqual(['a', 'b']);
  const numbers = reader.ids().map((id) => Number(id.split('-')[1]));
  expect(numbers).toEqual([0, 1, 2]);
});

test('one that comes back gets what it missed', () => {
  const { hub, happen } = hubWithSource();
  const first = follow(hub);
  happen('a');
  first.stop();
  happen('b');
  happen('c');
  expect(first.words()).toEqual(['a']);
  expect(follow(hub, first.ids().at(-1) ?? '').words()).toEqual(['b', 'c']);
});

test('one that was away too long, or came from another run, is told of the gap', () => {
  const { hub, happen } = hubWithSource();
  const first = follow(hub);
  const start = first.ids()[0] ?? '';
  for (let count = 0; count < 1_001; count += 1) happen(`${count}`);
  expect(follow(hub, start).words()).toEqual(['gap']);
  expect(follow(hub, 'ffffffffffff-1001').words()).toEqual(['gap']);
  expect(follow(hub, 'nonsense').words()).toEqual(['gap']);
  expect(follow(hub, first.ids().at(-1) ?? '').words()).toEqual([]);
});

test('many followers share one subscription, which closing ends', () => {
  const { hub, subscriptions } = hubWithSource();
  expect(subscriptions()).toBe(0);
  const readers = [follow(hub), follow(hub)];
  expect(subscriptions()).toBe(1);
  hub.close();
  expect(subscriptions()).toBe(0);
  expect(readers.map((reader) => reader.ended())).toEqual([true, true]);
});
