import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { defineHeed } from './define.ts';
import { openTestHeed } from './testing.ts';
import { slowConfig } from './testing-slow.ts';
import { checkWebhooks, deliverWebhook, signWebhook } from './webhooks.ts';

const secret = 'a secret of sixteen';

interface Got {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

async function receiver(answer: (count: number) => { status: number; location?: string }) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      const { status, location } = answer(got.length);
      response.writeHead(status, location === undefined ? {} : { location }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, close: () => server.close() };
}

test('the signature is the HMAC of time and body', () => {
  const hex = createHmac('sha256', secret).update('12.{}').digest('hex');
  expect(signWebhook(secret, '{}', 12)).toBe(`t=12,v1=${hex}`);
});

test('webhooks that cannot work are refused', () => {
  const good = { url: 'https://example.org/hook', secret, events: ['feedback'] } as const;
  expect(() => checkWebhooks([good])).not.toThrow();
  for (const bad of [
    { ...good, url: 'file:///etc/passwd' },
    { ...good, url: 'nowhere' },
    { ...good, secret: 'short' },
    { ...good, events: [] },
  ])
    expect(() => checkWebhooks([bad])).toThrow(expect.objectContaining({ code: 'invalid-configuration' }));
});

test('feedback is told to a receiver that fails at first, with the same id, signed, and by ids alone', async () => {
  const hook = await receiver((count) => ({ status: count <= 2 ? 500 : 204 }));
  const config = defineHeed({ ...slowConfig, webhooks: [{ url: hook.url, secret, events: ['feedback'] }] });
  const heed = await openTestHeed(config);
  const stop = new AbortController();
  const working = heed.work({ signal: stop.signal });
  // The first round of a worker says from when on there is something to tell.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { decision } = await heed.decide('greeting', {
    context: { hour: 9 },
    candidates: [{ item: 'a', features: { tone: 'warm' } }],
    subject: 'ada',
  });
  const [given] = await heed.feedback([{ loop: 'greeting', decision, name: 'thumb', subject: 'ada' }]);
  for (let tries = 0; tries < 300 && hook.got.length < 3; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await working;
  await heed.close();
  hook.close();
  expect(hook.got).toHaveLength(3);
  for (const { headers, body } of hook.got) {
    expect(headers['heed-id']).toBe(`feedback-${given?.feedback}`);
    expect(JSON.parse(body)).toEqual({
      id: `feedback-${given?.feedback}`,
      type: 'feedback',
      loop: 'greeting',
      record: given?.feedback,
    });
    const time = Number(/^t=(\d+),/.exec(String(headers['heed-signature']))?.[1]);
    expect(headers['heed-signature']).toBe(signWebhook(secret, body, time));
  }
}, 60_000);

test('a redirection is not followed, and is no delivery', async () => {
  const elsewhere = await receiver(() => ({ status: 200 }));
  const hook = await receiver(() => ({ status: 302, location: elsewhere.url }));
  const webhooks = [{ url: hook.url, secret, events: ['release'] as const }];
  const delivering = deliverWebhook({ webhooks, clock: () => 0 }, { id: 'release-1', url: hook.url, body: '{}' });
  await expect(delivering).rejects.toMatchObject({ code: 'unreachable' });
  expect([hook.got.length, elsewhere.got.length]).toEqual([1, 0]);
  hook.close();
  elsewhere.close();
});

test('messages that were given up are listed, newest first, and to those who see their loop', async () => {
  const heed = await openTestHeed(slowConfig);
  expect(await heed.webhooks.dead()).toEqual([]);
  const boss = new PgBoss({
    connectionString: heed.url,
    schema: 'heed_jobs',
    max: 1,
    supervise: false,
    migrate: false,
  });
  await boss.start();
  const record = '019b9294-2a3b-7000-8000-00000000000a';
  for (const loop of ['greeting', 'elsewhere']) {
    const id = `feedback-of-${loop}`;
    const body = JSON.stringify({ id, type: 'feedback', loop, record });
    await boss.send('webhook-dead', { id, url: 'https://example.org/hook', body });
  }
  await boss.stop();
  const dead = await heed.webhooks.dead();
  expect(dead.map(({ loop }) => loop)).toEqual(['elsewhere', 'greeting']);
  expect(await heed.limitTo(['greeting']).webhooks.dead()).toEqual([
    {
      id: 'feedback-of-greeting',
      url: 'https://example.org/hook',
      type: 'feedback',
      loop: 'greeting',
      record,
      since: dead[1]?.since,
    },
  ]);
  await heed.close();
});
