import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { serve } from './index.ts';
import { candidates, config } from './testing/greeting.ts';

let heed: TestHeed<typeof config>;
beforeAll(async () => {
  heed = await openTestHeed(config);
});
afterAll(async () => heed.close());

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

test('a server that closes lets what is under way finish', async () => {
  const other = await serve({ heed, port: 0 });
  let begun = 0;
  other.server.server.on('request', () => (begun += 1));
  const answers = Promise.all(
    Array.from({ length: 20 }, (_, hour) =>
      fetch(`${other.url}/v1/loops/greeting/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ context: { hour }, candidates }),
      }),
    ),
  );
  await until(() => begun === 20);
  await other.close();
  expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  await expect(fetch(other.url)).rejects.toThrow('fetch failed');
});

test('a server that closes waits neither for a stream of events nor for a connection that nobody uses', async () => {
  const { url, server, close } = await serve({ heed, port: 0 });
  let opened = 0;
  server.server.on('connection', () => (opened += 1));
  const unused = connect(Number(new URL(url).port), '127.0.0.1');
  const stream = await fetch(`${url}/v1/events`);
  await until(() => opened === 2);
  let closed = false;
  void close().then(() => (closed = true));
  await until(() => closed);
  expect(await stream.text()).toContain(': open');
  unused.destroy();
});

test('a taken port is told of', async () => {
  const { url, close } = await serve({ heed, port: 0 });
  await expect(serve({ heed, port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await close();
});
