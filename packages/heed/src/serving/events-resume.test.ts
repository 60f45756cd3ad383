import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HeedEvent } from '../loop/index.ts';
import { openTestHeed } from '../loop/testing.ts';
import { serve } from './serve.ts';
import { candidates, config } from './testing/greeting.ts';

let heed: Awaited<ReturnType<typeof openTestHeed<typeof config>>>;
beforeAll(async () => {
  heed = await openTestHeed(config);
});
afterAll(() => heed.close());

/** Reads a stream's text until it holds what is asked for. */
async function read(url: string, last: string | null, enough: (text: string) => boolean): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/events`, {
    headers: last === null ? {} : { 'last-event-id': last },
    signal: AbortSignal.any([abort.signal, AbortSignal.timeout(8_000)]),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (enough(text)) break;
  }
  abort.abort();
  return text;
}

const lastId = (text: string): string => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';

test('another server tells what was committed since', async () => {
  const first = await serve({ heed, port: 0 });
  const begun = await read(first.url, null, (text) => /^id: /m.test(text));
  await first.close();

  const late = await heed.decide('greeting', { context: { hour: 9 }, candidates });
  const release = await heed.artifacts.rollback('greeting', { by: 'a test', why: 'none before' }).catch(() => null);
  expect(release).toBeNull();
  await heed.feedback([{ loop: 'greeting', decision: late.decision, name: 'thumb' }]);
  await heed.derive();
  const { artifact } = await heed.train('greeting');

  const second = await serve({ heed, port: 0 });
  const text = await read(second.url, lastId(begun), (said) => said.includes('event: release'));
  const events = [...text.matchAll(/^data: (\{"type".*)$/gm)].map(([, data = '']) => JSON.parse(data) as HeedEvent);
  const told = (type: string): string[] => events.filter((event) => event.type === type).map(({ id }) => id);
  expect(told('decision')).toContain(late.decision);
  expect(told('feedback')).toHaveLength(1);
  expect(told('artifact')).toEqual([artifact]);
  expect(told('release')).toHaveLength(1);
  expect(text).not.toContain('event: gap');
  await second.close();
});

test('a mark that nobody gave is a gap', async () => {
  const server = await serve({ heed, port: 0 });
  const text = await read(server.url, 'run.7.bm9uc2Vuc2U', (said) => said.includes('event: '));
  expect(text).toContain('event: gap');
  await server.close();
});

test('marks say nothing, and can be used by one who may see one loop for that loop alone', async () => {
  const mark = await heed.events.mark();
  expect(Buffer.from(mark, 'base64url').toString('latin1')).not.toMatch(/\d+:\d+:/);
  const { decision } = await heed.decide('greeting', { context: { hour: 9 }, candidates });
  const page = await heed.limitTo(['page']).events.since(mark);
  expect(page).toEqual([]);
  expect((await heed.events.since(mark))?.map(({ id }) => id)).toContain(decision);
});
