import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createStreamReader } from './event-stream.ts';

const text = 'id: r-1\nevent: decision\ndata: {"id":"a: b"}\n\n: heartbeat\n\nid: r-2\nevent: gap\ndata: {}\n\n';
const messages = [
  { id: 'r-1', event: 'decision', data: '{"id":"a: b"}' },
  { id: null, event: 'message', data: '' },
  { id: 'r-2', event: 'gap', data: '{}' },
];

test('messages come out whole wherever the stream was cut', () => {
  assert(
    property(array(nat(text.length)), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const read = createStreamReader();
      const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
      expect(pieces.flatMap(read)).toEqual(messages);
    }),
  );
});

test('a message that is not complete waits', () => {
  expect(createStreamReader()('id: r-1\nevent: decision\ndata: {}\n')).toEqual([]);
});
