import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../spec/index.ts';
import { defineHeed } from '../loop/index.ts';
import type { Page } from '../loop/index.ts';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { routeAccess } from './access.ts';
import type { PersonalizerError } from './personalizer/schemas.ts';
import type { Problem } from './replies.ts';
import { serve } from './serve.ts';
import { createServer } from './server.ts';
import { candidates, config } from './testing/greeting.ts';
import { allScopes, keyHeaders, operationsOf } from './testing/keyed.ts';

const moved = defineHeed({ ...config, personalizer: { loop: 'greeting', feedback: 'stars' } });
let heed: TestHeed<typeof moved>;
let server: Awaited<ReturnType<typeof createServer>>;
beforeAll(async () => {
  heed = await openTestHeed(moved);
  server = await createServer({ heed, keys: 'required' });
  await server.ready();
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

const id = '019b9294-2a3b-7000-8000-00000000dead';
const url = (path: string): string => path.replace('{loop}', 'greeting').replaceAll(/\{\w+\}/g, id);
/** The status and Heed's code, which Personalizer's routes give within their own. */
const code = (answer: { json: () => unknown; statusCode: number }): [number, string] => {
  const body = answer.json() as Problem & Partial<PersonalizerError>;
  return [answer.statusCode, body.error?.innerError.code ?? body.code];
};

test('the table of scopes names the operations that there are, and no others', () => {
  expect(
    operationsOf(server)
      .map(({ operationId }) => operationId)
      .toSorted(),
  ).toEqual(Object.keys(routeAccess).toSorted());
});

test('every route but the open ones asks for a key, and for the scope that the table names', async () => {
  const closed = operationsOf(server).filter(({ operationId }) => routeAccess[operationId]?.scope !== null);
  expect(closed.length).toBeGreaterThan(30);
  const scoped = Object.fromEntries(
    await Promise.all(allScopes.map(async (scope) => [scope, await keyHeaders(heed, [scope])] as const)),
  );
  for (const { operationId, method, path } of closed) {
    const needed = routeAccess[operationId]?.scope;
    expect([operationId, ...code(await server.inject({ method, url: url(path) }))]).toEqual([
      operationId,
      401,
      'key-required',
    ]);
    for (const scope of allScopes.filter((each) => each !== needed)) {
      const refused = await server.inject({ method, url: url(path), headers: scoped[scope] ?? {} });
      expect([operationId, scope, ...code(refused)]).toEqual([operationId, scope, 403, 'forbidden']);
    }
  }
});

test('a route that names no scope cannot be added', async () => {
  const other = await createServer({ heed });
  expect(() => other.get('/v1/back-door', async () => 'open')).toThrow('access.ts must say which scope it takes');
  await other.close();
});

test('on loopback a key may be left out, but a wrong one is refused', async () => {
  const other = await createServer({ heed });
  const wrong = { authorization: `Bearer heed_${'A'.repeat(43)}` };
  expect((await other.inject({ url: '/v1/loops' })).statusCode).toBe(200);
  const refused = await other.inject({ url: '/v1/loops', headers: wrong });
  expect(code(refused)).toEqual([401, 'key-invalid']);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer  ', ''])
    expect((await other.inject({ url: '/v1/loops', headers: { authorization } })).statusCode).toBe(401);
  await other.close();
});

test('a secret is stored nowhere', async () => {
  const { secret, key } = await heed.keys.create({ name: 'hidden', scopes: ['read'], by: 'a test' });
  expect(secret).toMatch(/^heed_[\w-]{43}$/);
  expect(Object.keys(key)).not.toContain('hash');
  expect(JSON.stringify(await heed.keys.list())).not.toContain(secret);
});

test('a rotated key holds until its grace is over, the new one from the start', async () => {
  const [old, brief] = [await heed.keys.create({ name: 'a', scopes: ['read'], by: 'a test' }), 300];
  const next = await heed.keys.rotate(old.key.id, { by: 'a test', graceMs: brief });
  const status = async (secret: string): Promise<number> =>
    (await server.inject({ url: '/v1/loops', headers: { authorization: `Bearer ${secret}` } })).statusCode;
  expect(await status(next.secret)).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, brief));
  expect([await status(old.secret), await status(next.secret)]).toEqual([401, 200]);
  await expect(heed.keys.rotate(old.key.id, { by: 'a test' })).rejects.toMatchObject({ code: 'invalid-input' });
});

test('a revoked key is refused within two seconds by every other process, and its streams end', async () => {
  const other = await heed.reopen();
  const running = await serve({ heed: other, port: 0, keys: 'required' });
  const { secret, key } = await heed.keys.create({ name: 'b', scopes: ['read'], by: 'a test' });
  const headers = { authorization: `Bearer ${secret}` };
  expect((await fetch(`${running.url}/v1/loops`, { headers })).status).toBe(200);
  const stream = await fetch(`${running.url}/v1/events`, { headers });
  await heed.keys.revoke(key.id);
  const revokedAt = performance.now();
  await stream.text();
  expect((await fetch(`${running.url}/v1/loops`, { headers })).status).toBe(401);
  expect(performance.now() - revokedAt).toBeLessThan(2_000);
  await running.close();
  await other.close();
});

test('the last use is written, to the minute', async () => {
  const { secret, key } = await heed.keys.create({ name: 'c', scopes: ['read'], by: 'a test' });
  const ask = () => server.inject({ url: '/v1/loops', headers: { authorization: `Bearer ${secret}` } });
  await ask();
  let used = null;
  for (let tries = 0; tries < 100 && used === null; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    used = (await heed.keys.get(key.id)).usedAt;
  }
  expect(used).not.toBeNull();
  await ask();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await heed.keys.get(key.id)).usedAt).toBe(used);
});

test('whoever operates is in the audit with their key, whether it went well or not', async () => {
  const headers = await keyHeaders(heed, ['operate', 'read']);
  const payload = { by: 'ann', why: 'a test' };
  await server.inject({ method: 'POST', url: '/v1/loops/greeting/rollback', headers, payload });
  await server.inject({ method: 'POST', url: '/v1/loops/greeting/train', headers });
  const { rows } = (await server.inject({ url: '/v1/audit?loop=greeting', headers })).json<Page<AuditEntry>>();
  const keys = await heed.keys.list();
  expect(
    rows.slice(0, 2).map(({ who, key, action, loop, outcome, detail, code: why }) => ({
      who,
      key,
      action,
      loop,
      outcome,
      detail,
      why,
    })),
  ).toEqual([
    { who: 'all', key: keys.at(-1)?.id, action: 'train', loop: 'greeting', outcome: 'done', detail: {}, why: null },
    {
      who: 'all',
      key: keys.at(-1)?.id,
      action: 'rollback',
      loop: 'greeting',
      outcome: 'refused',
      detail: payload,
      why: 'nothing-to-roll-back',
    },
  ]);
});

test('where others than this machine may ask there must be a key first', async () => {
  const empty = await openTestHeed(config);
  await expect(serve({ heed: empty, host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'key-required' });
  await expect(serve({ heed: empty, host: '0.0.0.0', port: 0, keys: 'optional' })).rejects.toMatchObject({
    code: 'key-required',
  });
  const waiting = await serve({ heed: empty, host: '0.0.0.0', port: 0, keys: 'required' });
  expect((await fetch(waiting.url.replace('0.0.0.0', '127.0.0.1') + '/v1/loops')).status).toBe(401);
  await waiting.close();
  const headers = await keyHeaders(empty, ['decide']);
  const running = await serve({ heed: empty, host: '0.0.0.0', port: 0 });
  const decide = (more: Record<string, string>) =>
    fetch(`${running.url.replace('0.0.0.0', '127.0.0.1')}/v1/loops/greeting/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more },
      body: JSON.stringify({ context: { hour: 9 }, candidates }),
    });
  expect([(await decide({})).status, (await decide(headers)).status]).toEqual([401, 200]);
  await running.close();
  await empty.close();
});
