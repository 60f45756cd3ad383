import { expect, test } from 'vitest';
import { ClientError } from './error.ts';
import { createQueue } from './queue.ts';
import type { Outcome, QueueEntry, QueueOptions, QueueStorage } from './queue.ts';

/** A queue whose server takes, refuses or misses entries as told; entries are activations, told apart by their decision. */
function queueWith(answer: (decision: string) => Outcome['status'], options: Partial<QueueOptions> = {}) {
  const sent: string[] = [];
  const drops: string[] = [];
  let count = 0;
  const queue = createQueue({
    limit: 100,
    storage: null,
    newId: () => `entry ${++count}`,
    onDrop: (entry, reason) => drops.push(`${nameOf(entry)} ${reason}`),
    onError: () => undefined,
    async deliver(entries) {
      const [first] = entries;
      if (first === undefined) return new Map();
      const status = answer(nameOf(first));
      if (status === 'sent') sent.push(nameOf(first));
      return new Map([
        [first, status === 'refused' ? { status, error: new ClientError('invalid-input', 'no') } : { status }],
      ]);
    },
    ...options,
  });
  const push = (...names: string[]): void => names.forEach((decision) => queue.push({ type: 'activate', decision }));
  return { queue, sent, drops, push };
}

function nameOf({ call }: QueueEntry): string {
  return call.type === 'activate' ? call.decision : call.type;
}

test('entries go in their order, and none goes twice', async () => {
  let away = true;
  const { queue, sent, push } = queueWith(() => (away ? 'later' : 'sent'));
  push('a', 'b', 'c');
  expect(await queue.flush()).toBe(false);
  expect([queue.size, sent]).toEqual([3, []]);
  away = false;
  expect(await Promise.all([queue.flush(), queue.flush()])).toEqual([true, true]);
  expect([queue.size, sent]).toEqual([0, ['a', 'b', 'c']]);
  await queue.close();
});

test('what waits holds back what came after it', async () => {
  const { queue, sent, push } = queueWith((name) => (name === 'b' ? 'later' : 'sent'));
  push('a', 'b', 'c');
  expect(await queue.flush()).toBe(false);
  expect([queue.size, sent]).toEqual([2, ['a']]);
  await queue.close();
});

test('a refused entry is dropped, told of and counted, and the next one goes', async () => {
  const { queue, sent, drops, push } = queueWith((name) => (name === 'a' ? 'refused' : 'sent'));
  push('a', 'b');
  expect(await queue.flush()).toBe(true);
  expect([sent, drops, queue.dropped]).toEqual([['b'], ['a refused'], 1]);
});

test('a full queue drops its oldest', async () => {
  const { queue, sent, drops, push } = queueWith(() => 'sent', { limit: 2 });
  push('a', 'b', 'c');
  expect([queue.size, drops, queue.dropped]).toEqual([2, ['a full'], 1]);
  await queue.flush();
  expect(sent).toEqual(['b', 'c']);
});

test('a callback that throws does no harm', async () => {
  const { queue, push } = queueWith(() => 'refused', {
    onDrop: () => {
      throw new Error('no');
    },
  });
  push('a');
  expect(await queue.flush()).toBe(true);
});

test('a storage holds what waits, and what it held before goes first', async () => {
  const kept = new Map<string, QueueEntry>([['old', { id: 'old', call: { type: 'activate', decision: 'earlier' } }]]);
  const storage: QueueStorage = {
    load: async () => [...kept.values()],
    add: async (entry) => void kept.set(entry.id, entry),
    remove: async (ids) => ids.forEach((id) => kept.delete(id)),
  };
  let away = true;
  const { queue, sent, push } = queueWith(() => (away ? 'later' : 'sent'), { storage });
  push('a');
  await queue.flush();
  expect([...kept.values()].map(nameOf)).toEqual(['earlier', 'a']);
  away = false;
  await queue.flush();
  expect([sent, kept.size]).toEqual([['earlier', 'a'], 0]);
});
