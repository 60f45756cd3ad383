import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createClient } from 'heed/client';
import type { Client } from 'heed/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import config from '../heed.config.ts';
import { createApp } from './app.ts';
import { createHeedRanker, toFeedback } from './heed-ranker.ts';
import { startHeed } from './heed-process.ts';
import type { HeedProcess } from './heed-process.ts';
import { seed } from './importing.ts';
import type { Judgement, Ranker } from './ranker.ts';
import { openPaperStore } from './store/store.ts';
import type { PaperStore } from './store/store.ts';
import { queueIn } from './waiting.ts';

const configPath = fileURLToPath(new URL('../heed.config.ts', import.meta.url));
const reader = 'reader-0123456789';
const judgement: Judgement = {
  reader,
  paper: 'b',
  reaction: 'love',
  decision: 'd',
  key: 'd:b:1',
  at: Date.UTC(2026, 0, 6),
  passed: ['a'],
};

/** The decision and the papers of a list. */
function shown(page: string): { decision: string; items: string[] } {
  return {
    decision: /data-decision="([^"]*)"/.exec(page)?.[1] ?? '',
    items: [...page.matchAll(/<li class="card" id="([^"]+)"/g)].map((match) => match[1] ?? ''),
  };
}

async function until<Value>(ask: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (let tries = 0; tries < 200; tries += 1) {
    const value = await ask();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('what was waited for did not come');
}

describe('toFeedback', () => {
  const shared = { loop: 'papers', subject: reader, observedAt: '2026-01-06T00:00:00.000Z' };

  it('judges the item, and says which were passed over', () => {
    expect(toFeedback(judgement)).toEqual([
      { ...shared, decision: 'd', item: 'b', name: 'love', idempotencyKey: 'd:b:1' },
      {
        ...shared,
        decision: 'd',
        item: 'a',
        name: 'passed',
        source: { type: 'system', seen: 'part' },
        idempotencyKey: 'passed:d:a',
      },
    ]);
  });

  it('takes a word back by a retraction', () => {
    expect(toFeedback({ ...judgement, reaction: 'none', passed: [] })).toEqual([
      { ...shared, decision: 'd', item: 'b', kind: 'retraction', idempotencyKey: 'd:b:1' },
    ]);
  });

  it('judges no list where none showed the paper', () => {
    expect(toFeedback({ ...judgement, decision: null })).toEqual([
      { ...shared, targets: [{ type: 'subject', subject: reader, item: 'b' }], name: 'love', idempotencyKey: 'd:b:1' },
    ]);
  });
});

describe('the page on a Heed of its own', () => {
  let folder: string;
  let heed: HeedProcess;
  let store: PaperStore;
  let client: Client<typeof config>;
  let ranker: Ranker;
  let app: FastifyInstance;

  function connect(url: string): Promise<FastifyInstance> {
    client = createClient<typeof config>({ url, fallbacks: config.loops, deadlineMs: 10_000, queue: queueIn(store) });
    ranker = createHeedRanker(client);
    return createApp({ store, ranker, clock: Date.now, newId: () => reader });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'papers-heed-'));
    // Where tests run as root, the embedded server runs as another user, who must reach its data.
    chmodSync(folder, 0o755);
    store = openPaperStore(null);
    seed(store, Date.UTC(2026, 0, 7));
    heed = await startHeed({ config: configPath, folder, port: 0, timeoutMs: 50_000, log: () => undefined });
    app = await connect(heed.url);
  });

  afterAll(async () => {
    await app.close();
    await ranker.close();
    await heed.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = (url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
    app.inject({ url, headers: { cookie: `reader=${reader}`, ...headers } });
  const post = (
    url: string,
    fields: Record<string, string>,
    cookie = `reader=${reader}`,
  ): Promise<LightMyRequestResponse> =>
    app.inject({
      method: 'POST',
      url,
      headers: {
        cookie,
        'host': 'localhost',
        'origin': 'http://localhost',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(fields).toString(),
    });
  const operator = () => {
    if (ranker.operator === null) throw new Error('no operator');
    return ranker.operator;
  };

  it('draws a list, and logs it with its probability', async () => {
    const { decision, items } = shown((await get('/')).body);
    expect(items).toHaveLength(39);
    const view = await operator().decision(decision);
    expect(view?.row).toMatchObject({ by: 'policy', reader, items, subjectState: null });
    // Nothing is known yet, so every order of 39 is as likely as any other: ln(1 / 39!) = −106.63.
    expect(view?.row.logProbability).toBeCloseTo(-106.6318, 3);
    expect(view?.row.artifact).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps nothing of a list that a browser fetched ahead of time', async () => {
    const before = (await operator().decisions({})).rows.length;
    expect(shown((await get('/', { 'sec-purpose': 'prefetch' })).body).decision).toBe('');
    expect(shown((await get('/?order=new', { 'sec-purpose': 'prefetch' })).body).decision).toBe('');
    expect((await operator().decisions({})).rows).toHaveLength(before);
  });

  it('learns from reactions, explains itself in terms that add up, and replays to the last bit', async () => {
    const list = shown((await get('/')).body);
    const [first = '', second = '', third = ''] = list.items;
    await post('/reactions', { paper: third, decision: list.decision, reaction: 'love' });
    const view = await until(
      () => operator().decision(list.decision),
      (found) => found?.signals.length === 3,
    );
    const rewards = new Map(view?.signals.map(({ item, reward }) => [item, reward]));
    expect(rewards).toEqual(
      new Map([
        [first, 0],
        [second, 0],
        [third, 1],
      ]),
    );

    const next = await until(
      async () => operator().decision(shown((await get('/')).body).decision),
      (found) => found?.row.subjectState !== null,
    );
    const reason = await ranker.reason(next?.row.id ?? '', third);
    const { score = NaN, terms = [], rest = NaN, probability = 0 } = reason?.why ?? {};
    expect(terms.reduce((sum, { value }) => sum + value, rest)).toBeCloseTo(score, 12);
    expect(terms.every(({ name }) => name.startsWith('subject: text.words='))).toBe(true);
    expect(score).toBeGreaterThan(0);
    expect(probability).toBeGreaterThan(1 / 39);
    const box = (await get(`/why/${next?.row.id}/${third}?part=box`)).body;
    expect(box).toContain('what you say of “');
    expect(await operator().replay(next?.row.id ?? '')).toMatchObject({
      refused: null,
      matches: true,
      items: next?.row.items,
    });
    const page = await post(`/operator/decisions/${next?.row.id}/replay`, {});
    expect(page.body).toContain('The same list, bit for bit.');
  });

  it('takes a word back', async () => {
    const list = shown((await get('/')).body);
    const paper = list.items.find((item) => !store.standing(reader).has(item)) ?? '';
    await post('/reactions', { paper, decision: list.decision, reaction: 'upvote' });
    await post('/reactions', { paper, decision: list.decision, reaction: 'none' });
    const view = await until(
      () => operator().decision(list.decision),
      (found) => found?.signals.some(({ item, status }) => item === paper && status === 'censored') ?? false,
    );
    expect(
      view?.row.feedback
        .filter(({ item }) => item === paper)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['taken back', 'upvote']);
  });

  it('records lists in a fixed order, which nothing explains and nothing replays', async () => {
    const { decision, items } = shown((await get('/?order=trending')).body);
    expect(items[0]).toBe('agentfly-fine-tuning-llm-agents-without-fine-tuning-llms');
    expect((await operator().decision(decision))?.row).toMatchObject({
      by: 'rule',
      artifact: null,
      logProbability: 0,
      items,
    });
    expect(await ranker.reason(decision, items[0] ?? '')).toMatchObject({ by: 'rule', why: null });
    expect((await operator().replay(decision)).refused).toMatch(/cannot replay/);
    expect((await post(`/operator/decisions/${decision}/replay`, {})).body).toContain('cannot be made again');
  });

  it('tells a reader only of lists made for them', async () => {
    const { decision, items } = shown((await get('/')).body);
    expect((await get(`/why/${decision}/${items[0]}`)).statusCode).toBe(200);
    expect((await get(`/why/${decision}/${items[0]}`, { cookie: 'reader=somebody-else-0001' })).statusCode).toBe(404);
  });

  it('shows operators every decision with what judged it', async () => {
    const page = (await get('/operator')).body;
    expect(page).toContain('<span class="chip">love</span>');
    expect(page).toContain('plackett-luce');
    expect((await get('/operator/decisions/nothing')).statusCode).toBe(404);
  });

  it('promotes and rolls back as operators ask, and keeps their reasons', async () => {
    const serving = async () => (await operator().artifacts()).find((artifact) => artifact.serving)?.id;
    const [first] = await operator().artifacts();
    expect((await post('/operator/rollback', { why: 'too early' })).body).toContain(
      'another artifact must have served before',
    );
    expect((await post('/operator/artifacts/nothing/promote', { why: 'a mistake' })).statusCode).toBe(409);

    for (const other of ['a', 'b', 'c', 'd', 'e']) {
      const cookie = `reader=reader-number-000${other}`;
      const { decision, items } = shown((await get('/', { cookie })).body);
      await post('/reactions', { paper: items[0] ?? '', decision, reaction: 'upvote' }, cookie);
    }
    await until(
      async () => {
        await client.jobs.train('papers');
        return operator().artifacts();
      },
      (artifacts) => artifacts.length > 1,
    );
    const second = await until(serving, (id) => id !== first?.id);

    expect(
      (await post(`/operator/artifacts/${first?.id}/promote`, { why: 'the first <one> was better' })).statusCode,
    ).toBe(303);
    expect(await serving()).toBe(first?.id);
    expect((await post('/operator/rollback', { why: 'it was not' })).statusCode).toBe(303);
    expect(await serving()).toBe(second);
    const page = (await get('/operator/artifacts')).body;
    expect(page).toContain('by operator page: the first &lt;one&gt; was better');
    expect(page).toContain('by operator page: it was not');
  });

  it('reads on while Heed is away, and sends what was said once it is back', async () => {
    const port = Number(new URL(heed.url).port);
    await heed.stop();
    const list = shown((await get('/')).body);
    expect(list.items[0]).toBe('agentfly-fine-tuning-llm-agents-without-fine-tuning-llms');
    const paper = list.items.find((item) => !store.standing(reader).has(item)) ?? '';
    expect((await post('/reactions', { paper, decision: list.decision, reaction: 'dismiss' })).statusCode).toBe(303);
    expect((await get('/operator')).body).toContain('Heed does not answer right now');
    expect(store.waiting.all().length).toBeGreaterThanOrEqual(2);
    heed = await startHeed({ config: configPath, folder, port, timeoutMs: 50_000, log: () => undefined });
    const view = await until(
      () =>
        operator()
          .decision(list.decision)
          .catch(() => null),
      (found) => (found?.row.feedback.length ?? 0) > 0,
    );
    expect(view?.row).toMatchObject({ by: 'fallback', artifact: null, items: list.items });
    expect(view?.row.feedback.some(({ name, item }) => name === 'dismiss' && item === paper)).toBe(true);
    await until(
      async () => store.waiting.all(),
      (waiting) => waiting.length === 0,
    );
  });

  it('tells open pages when something happens', async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${address}/operator/events`);
    const events = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await events?.read())?.value).toContain('retry');
    let said: string | undefined;
    void events?.read().then(({ value }) => (said = value));
    // The stream behind it may open later than the page's own: so something happens until it is heard of.
    await until(
      () => get('/'),
      () => said !== undefined,
    );
    expect(said).toContain('data: changed');
    await events?.cancel();
  });
});
