import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Decision } from '../spec/index.ts';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { serve } from '../serving/index.ts';
import type { RunningServer } from '../serving/index.ts';
import { candidates, config } from '../serving/testing/greeting.ts';
import { createClient } from './index.ts';
import type { Client } from './index.ts';

const calls = 200;
const deadlineMs = config.loops.greeting.deadlineMs;
/** What a call may take beyond its deadline and the longest time for which this process ran nothing else. */
const slackMs = 50;

let heed: TestHeed<typeof config>;
let running: RunningServer;
let client: Client<typeof config>;

beforeAll(async () => {
  heed = await openTestHeed(config);
  running = await serve({ heed, port: 0 });
  client = createClient<typeof config>({ url: running.url });
});
afterAll(async () => {
  await client.close();
  await running.close();
  await heed.close();
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to be in ten seconds');
}

async function allDecisions(): Promise<Decision[]> {
  const rows: Decision[] = [];
  for (let after: string | undefined; ;) {
    const page = await heed.decisions.list({ loop: 'greeting', limit: 1_000, after });
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

test('a server stopped and started under load: no call throws or is late, and every decision and feedback is stored once', async () => {
  expect(await client.prepare()).toBe(true);
  const port = Number(new URL(running.url).port);
  const shown = new Map<string, { item: string; fallback: string | null }>();
  const slowest = { ms: 0 };
  const blocked = monitorEventLoopDelay({ resolution: 5 });
  blocked.enable();

  async function product(index: number): Promise<void> {
    const before = performance.now();
    const { decision, chosen, fallback } = await client.decide('greeting', {
      context: { hour: index % 24 },
      candidates,
      subject: `person ${index % 7}`,
    });
    slowest.ms = Math.max(slowest.ms, performance.now() - before);
    shown.set(decision, { item: chosen[0] ?? '', fallback });
    await client.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
  }

  const load: Promise<void>[] = [];
  for (let index = 0; index < calls; index += 1) {
    load.push(product(index));
    if (index % 5 === 4) await new Promise((resolve) => setTimeout(resolve, 10));
    if (index === 60) {
      running.server.server.closeAllConnections();
      await running.close();
    }
    if (index === 140) running = await serve({ heed, port });
  }
  await Promise.all(load);
  blocked.disable();
  await until(async () => client.flush());

  expect(slowest.ms).toBeLessThan(deadlineMs + blocked.max / 1e6 + slackMs);
  expect(client.dropped).toBe(0);
  expect(shown.size).toBe(calls);
  const alone = [...shown].filter(([, { fallback }]) => fallback !== null);
  expect(alone.length).toBeGreaterThan(30);
  expect(alone.length).toBeLessThan(calls);
  for (const [, { item }] of alone) expect(item).toBe('good day');

  const stored = await allDecisions();
  const byId = new Map(stored.map((row) => [row.id, row]));
  expect(byId.size).toBe(stored.length);
  for (const [decision, { item, fallback }] of shown) {
    expect(byId.get(decision)).toMatchObject({
      origin: fallback === null ? 'served' : 'recorded',
      action: { type: 'choice', item },
      behaviour: fallback === null ? {} : { kind: 'deterministic', logProbability: 0, fallback },
    });
  }
  // What the server stored and nobody saw is declared so.
  const unseen = stored.filter(({ id }) => !shown.has(id));
  for (const { id } of unseen)
    expect((await heed.decisions.get(id)).feedback).toMatchObject([
      { kind: 'verdict', value: { type: 'category', category: 'unshown' } },
    ]);
  for (const decision of shown.keys())
    expect((await heed.decisions.get(decision)).feedback.map(({ name }) => name)).toEqual(['thumb']);
});

test('a decision that the server made and nobody saw is declared unshown, and is no evidence', async () => {
  const asked: string[] = [];
  const slow: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (typeof input !== 'string' || typeof init?.body !== 'string' || !input.endsWith('/decide')) return answer;
    asked.push((JSON.parse(init.body) as { id: string }).id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return answer;
  };
  const late = createClient<typeof config>({ url: running.url, fetch: slow, deadlineMs: 200, fallbacks: config.loops });
  const reply = await late.decide('greeting', { context: { hour: 1 }, candidates });
  expect(reply).toMatchObject({ fallback: 'late', chosen: ['good day'] });
  await until(() => late.flush());
  await late.close();

  const unseen = await heed.decisions.get(asked[0] ?? '');
  expect(unseen.decision.origin).toBe('served');
  expect(unseen.feedback).toMatchObject([{ kind: 'verdict', value: { type: 'category', category: 'unshown' } }]);
  await heed.feedback(
    [unseen.decision.id, reply.decision].map((decision) => ({ loop: 'greeting', decision, name: 'thumb' }) as const),
  );
  await heed.derive();
  const statuses = async (id: string): Promise<string[]> =>
    (await heed.decisions.get(id)).signals.map(({ status }) => status);
  expect([await statuses(unseen.decision.id), await statuses(reply.decision)]).toEqual([[], ['final']]);
});

test('a loop is known from what the client was given, and from the server as soon as it has told', async () => {
  const blind = createClient<typeof config>({ url: 'http://127.0.0.1:1' });
  expect(await blind.prepare()).toBe(false);
  expect((await blind.decide('greeting', { context: { hour: 1 }, candidates })).chosen).toEqual([
    'hello',
    'good day',
    'hey',
  ]);
  const told = createClient<typeof config>({ url: 'http://127.0.0.1:1', fallbacks: config.loops });
  expect((await told.decide('greeting', { context: { hour: 1 }, candidates })).chosen).toEqual(['good day']);
  await blind.close();
  await told.close();
});
