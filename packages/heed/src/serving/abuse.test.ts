import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { testDecision } from '../store/testing-records.ts';
import type { Problem } from './replies.ts';
import { createServer } from './server.ts';
import { candidates, config } from './testing/greeting.ts';

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
let client: pg.Client;

beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed, maxEventLoopDelayMs: 0, mostStreams: 2 });
  client = new pg.Client({ connectionString: heed.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.close();
  await heed.close();
});

const request = { context: { hour: 9 }, candidates };

function post(url: string, payload: object) {
  return server.inject({ method: 'POST', url, payload });
}

async function partitions(): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from pg_inherits');
  return Number(rows[0]?.count);
}

test('ids of days long past or far ahead are refused: each day would be two tables, and retention takes or keeps them at once', async () => {
  const before = await partitions();
  const day = 86_400_000;
  const idOf = (time: number): string => {
    const digits = time.toString(16).padStart(12, '0');
    return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000001`;
  };
  const others = [Date.UTC(2001, 0, 1), Date.now() - 401 * day, Date.now() + 2 * day, Date.UTC(2099, 5, 1)].map(idOf);
  for (const id of [...others, 'f47ac10b-58cc-4372-a567-0e02b2c3d479', '00000000-0000-0000-0000-000000000000']) {
    const made = await post('/v1/loops/greeting/decide', { ...request, id });
    const told = await post('/v1/loops/greeting/record', { ...request, id, action: { type: 'choice', item: 'hello' } });
    const batch = await post('/v1/loops/greeting/decide-batch', { requests: [request, { ...request, id }] });
    for (const answer of [made, told, batch]) {
      expect([answer.statusCode, answer.json<Problem>().code]).toEqual([400, 'invalid-input']);
      expect(answer.json<Problem>().detail).toContain('UUIDv7 of the last 400 days');
    }
  }
  expect((await heed.decisions.list()).rows).toEqual([]);
  expect(await partitions()).toBe(before);
  const kept = await post('/v1/loops/greeting/decide', { ...request, id: idOf(Date.now() - 399 * day) });
  expect(kept.statusCode).toBe(200);
});

test('an export of lines is sent as it is read, one of Parquet has an end, and few are made at the same time', async () => {
  const rows = Array.from({ length: 1_100 }, () => ({
    kind: 'decision',
    decision: testDecision({ loop: 'greeting' }),
  }));
  await heed.importRows('jsonl', new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')));
  const whole = new TextDecoder().decode(await heed.exportRows('jsonl', 'decisions'));
  const chunks: Uint8Array[] = [];
  for await (const chunk of heed.exportLines('decisions')) chunks.push(chunk);
  expect(chunks).toHaveLength(3);
  expect(Buffer.concat(chunks).toString()).toBe(whole);

  const url = '/v1/export?format=jsonl&what=decisions';
  const answers = await Promise.all([1, 2, 3].map(() => server.inject(url)));
  expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 200, 503]);
  expect(answers.map(({ body }) => body).filter((body) => body === whole)).toHaveLength(2);
  expect((await server.inject(url)).statusCode).toBe(200);
  expect((await server.inject(`${url}&loop=nowhere`)).body).toBe('');
  await expect(heed.exportRows('parquet', 'decisions', { mostRows: 1_000 })).rejects.toThrow(/at most 1000 rows/);
});

test('what judges one decision is shown a page at a time, however much it is', async () => {
  const { decision } = await heed.decide('greeting', request);
  const give = (count: number) =>
    heed.feedback(Array.from({ length: count }, () => ({ loop: 'greeting', decision, name: 'thumb' }) as const));
  for (let batch = 0; batch < 3; batch += 1) await give(500);
  const first = (await server.inject(`/v1/feedback?decision=${decision}`)).json<{
    rows: { id: string }[];
    next: string;
  }>();
  expect(first.rows).toHaveLength(1_000);
  const second = await heed.feedbacks.list({ decision, after: first.next });
  expect([second.rows.length, second.next]).toEqual([500, null]);
  const ids = [...first.rows, ...second.rows].map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
  expect((await heed.decisions.get(decision)).feedback.map(({ id }) => id)).toEqual(ids.slice(500));
});

test('so many streams of events are open at the same time, and a closed one makes room', async () => {
  const open = () => server.inject({ url: '/v1/events', payloadAsStream: true });
  const [first] = [await open(), await open()];
  const refused = await server.inject('/v1/events');
  expect([refused.statusCode, refused.json<Problem>().code]).toEqual([503, 'overloaded']);
  const closed = new Promise((resolve) => first.raw.res.once('close', resolve));
  first.raw.res.destroy();
  await closed;
  expect((await open()).statusCode).toBe(200);
});
