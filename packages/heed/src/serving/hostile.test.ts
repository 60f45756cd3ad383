import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import type { Problem } from './replies.ts';
import { serve } from './serve.ts';
import { createServer } from './server.ts';
import { createPatience } from './shedding.ts';
import { candidates, config } from './testing/greeting.ts';
import { keyHeaders, operationsOf } from './testing/keyed.ts';

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed });
  await server.ready();
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

const decideUrl = '/v1/loops/greeting/decide';
const payload = { context: { hour: 9 }, candidates };
const json = { 'content-type': 'application/json' };
const id = '019b9294-2a3b-7000-8000-00000000dead';

function problemOf(answer: { statusCode: number; json: () => Problem }): [number, string] {
  return [answer.statusCode, answer.json().code];
}

test('a name that DNS was made to lead here is refused on every route', async () => {
  const operations = operationsOf(server);
  for (const { method, path } of operations) {
    const url = path.replace('{loop}', 'greeting').replaceAll(/\{\w+\}/g, id);
    const answer = await server.inject({ method, url, headers: { host: 'rebound.example:4141' } });
    expect([path, ...problemOf(answer)]).toEqual([path, 403, 'forbidden']);
  }
  expect(operations.length).toBeGreaterThan(35);
});

test('what a page can send without asking first is refused: forms, text, and whatever names its origin', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; x=application/json',
  ]) {
    const answer = await server.inject({
      method: 'POST',
      url: decideUrl,
      payload: JSON.stringify(payload),
      headers: { 'content-type': type },
    });
    expect([type, ...problemOf(answer)]).toEqual([type, 415, 'invalid-input']);
  }
  const plain = await server.inject({
    method: 'POST',
    url: '/v1/loops/greeting/train',
    headers: { 'content-type': 'text/plain', 'content-length': '0' },
  });
  expect(plain.statusCode).toBe(415);
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
    expect(
      problemOf(
        await server.inject({
          method: 'POST',
          url: '/v1/loops/greeting/rollback',
          headers: { ...headers },
          payload: { by: 'x', why: 'x' },
        }),
      ),
    ).toEqual([403, 'forbidden']);
});

test('no route but that of tokens lets pages of other sites read', async () => {
  for (const { method, path } of operationsOf(server).filter(
    ({ operationId }) => operationId !== 'giveTokenFeedback',
  )) {
    const url = path.replace('{loop}', 'greeting').replaceAll(/\{\w+\}/g, id);
    const answer = await server.inject({ method, url, headers: { origin: 'https://evil.example' } });
    expect([path, answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([path, 403, undefined]);
    const asked = await server.inject({
      method: 'OPTIONS',
      url,
      headers: { 'origin': 'https://evil.example', 'access-control-request-method': method },
    });
    expect([path, asked.headers['access-control-allow-origin']]).toEqual([path, undefined]);
  }
});

test('answers are data to a browser: sniffed, framed and kept by nobody', async () => {
  const { headers } = await server.inject({ url: '/v1/loops' });
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
});

test('a body that is too large or too deep is refused before anything is made of it', async () => {
  const large = await server.inject({
    method: 'POST',
    url: decideUrl,
    headers: json,
    payload: `"${'x'.repeat(5_000_000)}"`,
  });
  expect(problemOf(large)).toEqual([413, 'invalid-input']);
  const nested = (levels: number): string =>
    `{"context":{"hour":9,"more":${'['.repeat(levels)}${']'.repeat(levels)}},"candidates":[]}`;
  const deep = await server.inject({ method: 'POST', url: decideUrl, headers: json, payload: nested(1_000_000) });
  expect(problemOf(deep)).toEqual([400, 'invalid-input']);
  expect(deep.json<Problem>().detail).toContain('nested at most 32 deep');
  expect(
    (await server.inject({ method: 'POST', url: decideUrl, headers: json, payload: nested(31) })).json<Problem>()
      .detail,
  ).toContain('deep');
  expect(
    (await server.inject({ method: 'POST', url: decideUrl, headers: json, payload: nested(30) })).json<Problem>()
      .detail,
  ).toContain('candidates');
  const poison = await server.inject({
    method: 'POST',
    url: decideUrl,
    headers: json,
    payload: '{"__proto__":{"x":1}}',
  });
  expect(poison.statusCode).toBe(400);
});

/** What the server says to one who speaks bare TCP, until it hangs up. */
async function speak(port: number, say: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  socket.once('connect', () => say(socket));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return heard;
}

test('a client that sends its headers or its body drop by drop is cut off, and told so', async () => {
  const running = await serve({ heed, port: 0, timeouts: { headersMs: 300, requestMs: 600 } });
  const port = Number(new URL(running.url).port);
  const dripping = new Set<NodeJS.Timeout>();
  const drip = (head: string) => (socket: Socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write('x'), 50);
    dripping.add(timer);
    socket.once('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
  };
  const [headers, body, malformed] = await Promise.all([
    speak(port, drip('GET /v1/loops HTTP/1.1\r\nhost: localhost\r\nx-slow: ')),
    speak(
      port,
      drip(
        `POST ${decideUrl} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n`,
      ),
    ),
    speak(port, (socket) => socket.write('no http at all\r\n\r\n')),
  ]);
  for (const timer of dripping) clearInterval(timer);
  expect(headers).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
  expect(body).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
  expect(malformed).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid-input"/s);
  expect((await fetch(`${running.url}/health`)).status).toBe(200);
  await running.close();
});

test('a key, a subject and an address may ask only so often, and are told when to come back', async () => {
  const limited = await createServer({ heed, rateLimits: { key: 6, subject: 2, address: 1 } });
  const headers = await keyHeaders(heed, ['decide', 'feedback']);
  const other = await keyHeaders(heed, ['decide']);
  const decide = (more: object, given = headers) =>
    limited.inject({ method: 'POST', url: decideUrl, headers: given, payload: { ...payload, dryRun: true, ...more } });
  const statuses = [];
  for (const subject of ['ann', 'ann', 'ann', 'bob']) statuses.push((await decide({ subject })).statusCode);
  expect(statuses).toEqual([200, 200, 429, 200]);
  // Four requests so far, and a batch counts as what it holds.
  const batch = await limited.inject({
    method: 'POST',
    url: `${decideUrl}-batch`,
    headers,
    payload: { requests: [payload, payload, payload] },
  });
  expect(problemOf(batch)).toEqual([429, 'rate-limited']);
  expect(Number(batch.headers['retry-after'])).toBeGreaterThan(0);
  expect((await decide({}, other)).statusCode).toBe(200);
  const byToken = () =>
    limited.inject({ method: 'POST', url: '/v1/feedback/token', payload: { token: 'x', name: 'thumb' } });
  expect([(await byToken()).statusCode, (await byToken()).statusCode]).toEqual([401, 429]);
  expect((await limited.inject({ url: '/health' })).statusCode).toBe(200);
  await limited.close();
});

test('on loopback nothing is limited unless it is asked for', async () => {
  const answers = await Promise.all(
    Array.from({ length: 700 }, () =>
      server.inject({ method: 'POST', url: '/v1/feedback/token', payload: { token: 'x', name: 'thumb' } }),
    ),
  );
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
});

test('who cannot keep up for a second sheds load, who stood still once does not', () => {
  const isSustained = createPatience(1_000);
  expect([0, 400, 900].map(isSustained)).toEqual([false, false, false]);
  expect(isSustained(1_100)).toBe(true);
  // A pause without pressure begins it anew.
  expect([5_000, 5_900, 6_100].map(isSustained)).toEqual([false, false, true]);
});

test('a server that cannot keep up refuses at once, but tells of its health', async () => {
  const busy = await createServer({ heed, maxEventLoopDelayMs: 5 });
  await busy.ready();
  const statuses: number[] = [];
  const until = performance.now() + 4_000;
  while (performance.now() < until && !statuses.includes(503)) {
    const stillUntil = performance.now() + 80;
    while (performance.now() < stillUntil);
    await new Promise((resolve) => setTimeout(resolve, 5));
    statuses.push((await busy.inject({ url: '/v1/loops' })).statusCode);
  }
  const refused = await busy.inject({ url: '/v1/loops' });
  expect(problemOf(refused)).toEqual([503, 'overloaded']);
  expect(refused.headers['retry-after']).toBe('1');
  expect((await busy.inject({ url: '/health' })).statusCode).toBe(200);
  await busy.close();
});

test('a full disk is told of as such, and what is stored stays readable', async () => {
  const full = await openTestHeed(config);
  const other = await createServer({ heed: full });
  const { decision } = await full.decide('greeting', { context: { hour: 9 }, candidates });
  const client = new pg.Client({ connectionString: full.url });
  await client.connect();
  // PostgreSQL itself says that it is full, in its own words.
  await client.query(`
    create function heed.full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
    create trigger full_disk before insert on heed.decision for each statement execute function heed.full_disk();
    create trigger full_disk before insert on heed.episode for each statement execute function heed.full_disk()`);
  const writes = [
    await other.inject({ method: 'POST', url: decideUrl, payload }),
    await other.inject({ method: 'POST', url: '/v1/episodes', payload: { loop: 'page', task: 'x' } }),
  ];
  expect(writes.map(problemOf)).toEqual([
    [507, 'storage-full'],
    [507, 'storage-full'],
  ]);
  expect(writes[0]?.headers['retry-after']).toBe('60');
  expect((await other.inject({ url: `/v1/decisions/${decision}` })).statusCode).toBe(200);
  await client.query('drop trigger full_disk on heed.decision');
  expect((await other.inject({ method: 'POST', url: decideUrl, payload })).statusCode).toBe(200);
  await client.end();
  await other.close();
  await full.close();
});

test('a token judges its own decision, once, and is worth nothing else', async () => {
  const [made, second] = [await heed.decide('greeting', payload), await heed.decide('greeting', payload)];
  const token = made.token ?? '';
  const give = (body: object) =>
    server.inject({ method: 'POST', url: '/v1/feedback/token', payload: { token, name: 'stars', value: 4, ...body } });
  expect((await give({})).json()).toMatchObject({ status: 'accepted' });
  expect((await give({})).json()).toMatchObject({ status: 'duplicate' });
  expect(problemOf(await give({ value: 5 }))).toEqual([409, 'already-judged']);
  // For no other decision, in no other's name, and with no changed letter.
  const aimed = await server.inject({
    method: 'POST',
    url: '/v1/feedback',
    payload: { feedback: [{ token, decision: second.decision, name: 'thumb' }] },
  });
  expect(aimed.json()).toMatchObject({ results: [{ status: 'refused', problem: { code: 'token-invalid' } }] });
  expect((await give({ decision: second.decision })).statusCode).toBe(400);
  expect(problemOf(await give({ token: `${token.slice(0, -2)}xx` }))).toEqual([401, 'token-invalid']);
  // As a key it opens nothing.
  for (const url of ['/v1/loops', `/v1/decisions/${made.decision}`, '/v1/keys'])
    expect(problemOf(await server.inject({ url, headers: { authorization: `Bearer ${token}` } }))).toEqual([
      401,
      'key-invalid',
    ]);
  // Another store signs with another secret.
  const elsewhere = await openTestHeed(config);
  const { token: foreign } = await elsewhere.decide('greeting', payload);
  await elsewhere.close();
  expect(problemOf(await give({ token: foreign }))).toEqual([401, 'token-invalid']);
});

test('a token that is too old is refused', async () => {
  let now = Date.UTC(2026, 0, 6, 9);
  const aged = await openTestHeed(config, { clock: () => now });
  const other = await createServer({ heed: aged });
  const { token } = await aged.decide('greeting', payload);
  now += 400 * 86_400_000;
  const answer = await other.inject({ method: 'POST', url: '/v1/feedback/token', payload: { token, name: 'thumb' } });
  expect(problemOf(answer)).toEqual([401, 'token-expired']);
  await other.close();
  await aged.close();
});
