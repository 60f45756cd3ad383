import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { createServer } from './server.ts';
import { candidates, config } from './testing/greeting.ts';
import { keyHeaders } from './testing/keyed.ts';

const shop = 'https://shop.example';
const url = '/v1/loops/greeting/decide';
let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;

beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed, allowedOrigins: [shop], keys: 'required' });
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

test('a page of an allowed origin may ask what it may send, without a key', async () => {
  const headers = { 'origin': shop, 'access-control-request-method': 'POST' };
  const answer = await server.inject({ method: 'OPTIONS', url, headers });
  expect([answer.statusCode, answer.headers]).toMatchObject([
    204,
    {
      'access-control-allow-origin': shop,
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': expect.stringContaining('authorization'),
      'vary': 'origin',
    },
  ]);
  const other = { ...headers, origin: 'https://evil.example' };
  const refused = await server.inject({ method: 'OPTIONS', url, headers: other });
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
});

test('it may read the answers, also those that refuse', async () => {
  const payload = { context: { hour: 9 }, candidates };
  const made = await server.inject({
    method: 'POST',
    url,
    headers: { origin: shop, ...(await keyHeaders(heed, ['decide'])) },
    payload,
  });
  expect([made.statusCode, made.headers['access-control-allow-origin']]).toEqual([200, shop]);
  const refused = await server.inject({ method: 'POST', url, headers: { origin: shop }, payload });
  expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, shop]);
});
