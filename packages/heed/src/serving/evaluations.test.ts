import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../client/index.ts';
import type { Client } from '../client/index.ts';
import { bring, releaseConfig, scriptedFormat, scriptedLearner } from '../loop/testing-release.ts';
import { openTestHeed, tickingClock } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { serve } from './index.ts';
import { keyHeaders } from './testing/keyed.ts';

let heed: TestHeed<typeof releaseConfig>;
let running: Awaited<ReturnType<typeof serve>>;
let client: Client;
let artifact = '';
const stop = new AbortController();

beforeAll(async () => {
  const clock = tickingClock();
  const learners = [scriptedLearner({ good: 0.9, fault: 'none' })];
  heed = await openTestHeed(releaseConfig, { clock: clock.now, learners, formats: [scriptedFormat] });
  await bring(heed, clock, { from: 0, count: 200 });
  artifact = (await heed.train('page')).artifact ?? '';
  running = await serve({ heed, port: 0, keys: 'required' });
  const { authorization } = await keyHeaders(heed, ['operate', 'read']);
  client = createClient({ url: running.url, key: authorization.replace('Bearer ', '') });
});
afterAll(async () => {
  stop.abort();
  await client.close();
  await running.close();
  await heed.close();
});

const post = async (body: object, headers: Record<string, string>) =>
  fetch(`${running.url}/v1/evaluations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

test('an operator asks, a worker evaluates, everyone who may read sees the report, and the audit tells of it', async () => {
  const queued = await client.evaluations.queue('page', { artifact, estimators: ['ips', 'dr'], resamples: 100 });
  expect(queued).toMatchObject({ kind: 'evaluate', status: 'queued', loop: 'page' });
  void heed.work({ signal: stop.signal });
  let job = await client.jobs.get(queued.id);
  for (let tries = 0; tries < 200 && job.endedAt === null; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    job = await client.jobs.get(queued.id);
  }
  expect(job).toMatchObject({ status: 'succeeded', progress: { done: 400, unit: 'decisions' } });
  const { report: id } = job.outcome as { readonly report: string };
  const report = await client.evaluations.get(id);
  expect(report).toMatchObject({ id, loop: 'page', artifact, kind: 'off-policy', verdict: { outcome: 'trust' } });
  expect(new Set(report.estimates.map(({ name }) => name))).toEqual(
    new Set(['logged', 'ips', 'ips − logged', 'dr', 'dr − logged']),
  );
  expect((await client.evaluations.list({ artifact })).rows).toEqual([report]);
  expect((await client.evaluations.list({ artifact: id })).rows).toEqual([]);
  const { rows } = await heed.audit.list({});
  expect(rows[0]).toMatchObject({ action: 'evaluate', loop: 'page', target: queued.id, detail: { artifact } });
});

test('who may read may not ask, and what makes no sense is refused', async () => {
  const reader = await keyHeaders(heed, ['read']);
  expect((await post({ loop: 'page' }, reader)).status).toBe(403);
  const operator = await keyHeaders(heed, ['operate']);
  const cases: readonly (readonly [object, number])[] = [
    [{ loop: 'page', estimators: ['magic'] }, 400],
    [{ loop: 'page', level: 95 }, 400],
    [{ loop: 'page', file: '/etc/passwd' }, 400],
    [{ loop: 'other' }, 404],
    [{ loop: 'page', artifact: '019b9294-2a3b-7000-8000-00000000dead' }, 404],
  ];
  for (const [body, status] of cases) expect([body, (await post(body, operator)).status]).toEqual([body, status]);
  const elsewhere = await keyHeaders(heed, ['operate', 'read'], ['page']);
  const listed = await fetch(`${running.url}/v1/evaluations?loop=page`, { headers: elsewhere });
  expect(((await listed.json()) as { rows: unknown[] }).rows).not.toHaveLength(0);
});
