import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { createServer } from './server.ts';
import { config } from './testing/greeting.ts';

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed });
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

test('what the audit cannot hold as it was sent is refused as a problem, and written down cut short', async () => {
  const loop = await server.inject({ method: 'POST', url: '/v1/loops/%00/train' });
  expect([loop.statusCode, loop.json<{ code: string }>().code]).toEqual([400, 'invalid-input']);
  const name = `\u0000\uD800${'x'.repeat(100_000)}`;
  const key = await server.inject({ method: 'POST', url: '/v1/keys', payload: { name, scopes: ['read', { a: 1 }] } });
  expect([key.statusCode, key.json<{ code: string }>().code]).toEqual([400, 'invalid-input']);
  const { rows } = await heed.audit.list({ limit: 2 });
  expect(rows.map(({ action, loop: of, detail }) => [action, of, detail])).toEqual([
    ['createKey', null, { name: `\uFFFD\uFFFD${'x'.repeat(1_998)}`, scopes: ['read'] }],
    ['train', '\uFFFD', {}],
  ]);
});

test('nothing is done that cannot be written down, and it is answered with a problem', async () => {
  const client = new pg.Client({ connectionString: heed.url });
  await client.connect();
  // PostgreSQL itself says that it is full, in its own words.
  await client.query(`
    create function heed.full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
    create trigger full_disk before insert on heed.audit for each statement execute function heed.full_disk()`);
  const before = (await heed.jobs.list()).rows.length;
  for (const loop of ['greeting', 'nowhere']) {
    const answer = await server.inject({ method: 'POST', url: `/v1/loops/${loop}/train` });
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['retry-after']]).toEqual([
      507,
      'application/problem+json',
      '60',
    ]);
    expect(answer.json()).toMatchObject({ code: 'storage-full', status: 507 });
  }
  expect((await heed.jobs.list()).rows).toHaveLength(before);
  await client.query('drop trigger full_disk on heed.audit');
  expect((await server.inject({ method: 'POST', url: '/v1/loops/greeting/train' })).statusCode).toBeLessThan(300);

  // What was done and broke off before its outcome was written is there as begun; with its outcome, as one row.
  await client.query(
    `create trigger full_disk before insert on heed.audit for each row when (new.outcome <> 'begun') execute function heed.full_disk()`,
  );
  const key = { method: 'POST', url: '/v1/keys', payload: { name: 'lost', scopes: ['read'] } } as const;
  expect((await server.inject(key)).statusCode).toBe(507);
  await client.query('drop trigger full_disk on heed.audit');
  await client.end();
  expect((await server.inject(key)).statusCode).toBe(201);
  const { rows } = await heed.audit.list({ limit: 3 });
  expect(rows.map(({ action, outcome, detail }) => [action, outcome, detail['name']])).toEqual([
    ['createKey', 'done', 'lost'],
    ['createKey', 'begun', 'lost'],
    ['train', 'done', undefined],
  ]);
  expect((await heed.keys.list()).filter(({ name }) => name === 'lost')).toHaveLength(2);
});

test('a path that is no text is refused as a problem', async () => {
  const answer = await server.inject({ url: '/v1/decisions/%ZZ' });
  expect([answer.statusCode, answer.headers['content-type'], answer.json<{ code: string }>().code]).toEqual([
    400,
    'application/problem+json',
    'invalid-input',
  ]);
});
