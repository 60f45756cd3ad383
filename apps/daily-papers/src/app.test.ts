import { readFileSync } from 'node:fs';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { importText, seed } from './importing.ts';
import { paperId } from './paper.ts';
import { ownPath } from './routes/reactions.ts';
import { createRuleRanker } from './rule-ranker.ts';
import { openPaperStore } from './store/store.ts';
import type { PaperStore } from './store/store.ts';

const fixture = readFileSync(new URL('import/fixtures/invented-page.txt', import.meta.url), 'utf8');
const now = Date.UTC(2026, 0, 7, 9);
const reader = 'reader-0123456789';

let store: PaperStore;
let app: FastifyInstance;

beforeEach(async () => {
  store = openPaperStore(null);
  seed(store, now);
  let made = 0;
  app = await createApp({
    store,
    ranker: createRuleRanker(),
    clock: () => now,
    newId: () => `made-${String(++made).padStart(16, '0')}`,
  });
  return async () => {
    await app.close();
    store.close();
  };
});

function get(url: string, more: Record<string, string> = {}): Promise<LightMyRequestResponse> {
  return app.inject({ url, headers: { cookie: `reader=${reader}`, ...more } });
}

function post(
  url: string,
  fields: Record<string, string>,
  more: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const headers = {
    'cookie': `reader=${reader}`,
    'host': 'localhost:4040',
    'origin': 'http://localhost:4040',
    'content-type': 'application/x-www-form-urlencoded',
    ...more,
  };
  return app.inject({ method: 'POST', url, headers, payload: new URLSearchParams(fields).toString() });
}

function titlesIn(page: string): string[] {
  return [...page.matchAll(/<h2 [^>]*>(.*?)<\/h2>/g)].map((match) => match[1] ?? '');
}

function cardOf(page: string, id: string): string {
  return /<li class="card"[\s\S]*?<\/li>/.exec(page.slice(page.indexOf(`<li class="card" id="${id}"`)))?.[0] ?? '';
}

describe('the list', () => {
  it('shows the sample, with authors or organisation, date, and comments where there are any', async () => {
    const page = (await get('/?order=new')).body;
    expect(titlesIn(page)).toHaveLength(39);
    expect(titlesIn(page)[0]).toBe('SWE-RM: Execution-free Feedback For Software Engineering Agents');
    expect(titlesIn(page).at(-1)).toMatch(/^Learning Lipschitz Feedback Policies/);
    const critique = cardOf(
      page,
      paperId('Critique-RL: Training Language Models for Critiquing through Two-Stage Reinforcement Learning'),
    );
    const [withComments, without] = [
      cardOf(page, 'agentfly-fine-tuning-llm-agents-without-fine-tuning-llms'),
      cardOf(page, 'policy-guided-diffusion'),
    ];
    expect(withComments).toContain('11 authors');
    expect(withComments).toContain('Aug 22, 2025');
    expect(withComments).toContain('title="12 comments"');
    expect(without).toContain('6 authors');
    expect(without).not.toContain('comment');
    expect(critique).toContain('<span class="organisation">Fudan NLP Lab</span>');
    expect(critique).not.toContain('authors');
  });

  it('orders by trend, and names the formula', async () => {
    const page = (await get('/?order=trending')).body;
    expect(titlesIn(page).slice(0, 2)).toEqual([
      'AgentFly: Fine-tuning LLM Agents without Fine-tuning LLMs',
      'The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models',
    ]);
    expect(page).toContain('(upvotes + 2 · comments)^0.8 / (hours + 2)^1.5');
  });

  it('shows a day, the days around it, and says where there is none', async () => {
    importText(store, fixture, { featuredOn: '2026-01-05', now });
    const page = (await get('/day/2026-01-05?order=new')).body;
    expect(titlesIn(page)).toHaveLength(12);
    expect(page).toContain('Monday 5 January 2026');
    expect(page).toContain('aria-label="Day after: Tuesday 6 January 2026"');
    expect((await get('/day/2026-01-04')).statusCode).toBe(404);
    expect((await get('/day/tuesday')).statusCode).toBe(404);
  });

  it('goes on over pages of forty', async () => {
    importText(store, fixture, { featuredOn: '2026-01-05', now });
    const [first, second, beyond] = await Promise.all(
      ['', '&page=2', '&page=9'].map((page) => get(`/?order=new${page}`)),
    );
    expect(titlesIn(first?.body ?? '')).toHaveLength(40);
    expect(titlesIn(second?.body ?? '')).toHaveLength(11);
    expect(beyond?.body).toContain('Page 2 of 2');
  });

  it('treats titles and abstracts as text, never as markup', async () => {
    importText(store, fixture, { featuredOn: '2026-01-05', now });
    const page = (await get('/day/2026-01-05')).body;
    expect(page).toContain('Why &lt;b&gt;Bold&lt;/b&gt; Claims &amp; &quot;Quoted&quot; Numbers');
    expect(page).toContain('&lt;script&gt;alert(&quot;cited&quot;)&lt;/script&gt;');
    expect(page).not.toContain('<script>');
    expect(page).not.toMatch(/\son[a-z]+=|style=/);
  });

  it('shows all paragraphs of an abstract', async () => {
    importText(store, fixture, { featuredOn: '2026-01-05', now });
    const card = cardOf((await get('/day/2026-01-05')).body, 'tidal-clocks-scheduling-harbour-cranes-by-the-moon');
    expect([...(card.split('abstract-text')[1] ?? '').matchAll(/<p>/g)]).toHaveLength(3);
  });
});

describe('reactions', () => {
  const paper = 'policy-guided-diffusion';

  it('are kept, shown and counted after a reload, and lead back to the paper', async () => {
    const answer = await post('/reactions', { paper, reaction: 'love', from: '/?order=new' });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `/?order=new#${paper}`]);
    const card = cardOf((await get('/?order=new')).body, paper);
    expect(card).toContain('data-reaction="love"');
    expect(card).toMatch(/value="none" data-kind="love" aria-pressed="true"/);
    expect(card).toContain('<span class="number" data-upvotes>1</span>');
    expect(cardOf((await get('/?order=new', { cookie: 'reader=another-0123456789' })).body, paper)).toContain(
      'data-reaction="none"',
    );
  });

  it('are taken back by the same button, and kept as history', async () => {
    await post('/reactions', { paper, reaction: 'dismiss' });
    await post('/reactions', { paper, reaction: 'none' });
    expect(store.history(reader).map(({ reaction }) => reaction)).toEqual(['dismiss', 'none']);
    expect(cardOf((await get('/')).body, paper)).toContain('data-reaction="none"');
  });

  it('answer scripts with what stands', async () => {
    const answer = await post('/reactions', { paper, reaction: 'upvote' }, { accept: 'application/json' });
    expect(answer.json()).toEqual({ paper, reaction: 'upvote', upvotes: 1 });
  });

  it('of unknown kinds or papers are refused', async () => {
    expect((await post('/reactions', { paper, reaction: 'hate' })).statusCode).toBe(400);
    expect((await post('/reactions', { paper: 'nowhere', reaction: 'love' })).statusCode).toBe(400);
    expect((await post('/reactions', {})).statusCode).toBe(400);
    expect(store.history(reader)).toEqual([]);
  });

  it('lead back into this page only', () => {
    expect(
      [
        '/?order=new',
        '/day/2026-01-06',
        '//elsewhere.example',
        '/\\elsewhere.example',
        'https://elsewhere.example/',
        '/%0d%0a',
        '',
      ].map(ownPath),
    ).toEqual(['/?order=new', '/day/2026-01-06', '/', '/', '/', '/%0d%0a', '/']);
  });
});

describe('a reader', () => {
  it('gets a random name in a cookie that scripts cannot read, once', async () => {
    const first = await app.inject({ url: '/' });
    expect(first.headers['set-cookie']).toBe(
      'reader=made-0000000000000001; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax',
    );
    expect((await get('/')).headers['set-cookie']).toBeUndefined();
    expect((await get('/', { cookie: 'reader=<script>' })).headers['set-cookie']).toContain('made-0000000000000002');
  });
});

describe('importing', () => {
  it('brings a page in, on the day it names or the day given', async () => {
    const answer = await post('/import', { text: fixture, featuredOn: '' });
    expect(answer.body).toMatch(/<strong>12<\/strong> papers are new, <strong>0<\/strong> were known/);
    expect(store.papers({ featuredOn: '2025-03-03' })).toHaveLength(12);
    expect((await post('/import', { text: fixture, featuredOn: '2026-01-02' })).body).toMatch(
      /<strong>0<\/strong> papers are new, <strong>12<\/strong>/,
    );
  });

  it('brings nothing in where the text is no such page, and says where it is wrong', async () => {
    const days = store.days();
    const answer = await post('/import', { text: `${fixture}\n\nOne more\n\nwithout its foot <` });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toMatch(/Nothing was imported\.<\/strong> Line \d+ must be the foot/);
    expect(answer.body).toContain('without its foot &lt;</textarea>');
    expect(store.days()).toEqual(days);
  });

  it('gives papers of the sample their abstracts, and keeps the summaries', async () => {
    const page = `Daily Papers\n\nJan 6, 2026\n\nPolicy-Guided Diffusion\n\nAn abstract.\n\n  • 6 authors\n·\nApr 9, 2024 1\n`;
    await post('/import', { text: page });
    expect(store.paper('policy-guided-diffusion')).toMatchObject({ abstract: 'An abstract.', comments: 1 });
    expect(store.paper('policy-guided-diffusion')?.summary).toMatch(/^A diffusion model/);
    expect(store.papers()).toHaveLength(39);
  });
});

describe('the guard', () => {
  const fields = { paper: 'policy-guided-diffusion', reaction: 'love' };

  it.each([
    ['another site', { origin: 'https://elsewhere.example' }],
    ['another port', { origin: 'http://localhost:4041' }],
    ['a page without an origin', { origin: 'null' }],
    ['nobody', { origin: '' }],
  ])('refuses writes from %s', async (_, headers) => {
    expect((await post('/reactions', fields, headers)).statusCode).toBe(403);
    expect(store.history(reader)).toEqual([]);
  });

  it('refuses names that are not its own, and takes those it is given', async () => {
    expect((await get('/', { host: 'elsewhere.example' })).statusCode).toBe(403);
    expect((await get('/', { host: '127.0.0.1:4040' })).statusCode).toBe(200);
    const other = await createApp({
      store,
      ranker: createRuleRanker(),
      clock: () => now,
      newId: () => reader,
      hosts: ['papers.example'],
    });
    expect((await other.inject({ url: '/', headers: { host: 'papers.example' } })).statusCode).toBe(200);
    await other.close();
  });

  it('forbids foreign and inline scripts', async () => {
    expect((await get('/')).headers['content-security-policy']).toContain("script-src 'self'");
  });
});

describe('addresses', () => {
  it('that lead nowhere say so', async () => {
    expect((await get('/nothing')).statusCode).toBe(404);
    expect((await get('/assets/../app.ts')).statusCode).toBe(404);
    expect((await get('/why/decision/policy-guided-diffusion')).statusCode).toBe(404);
  });

  it('of the operator say that there is nothing to operate without Heed', async () => {
    expect((await get('/operator')).body).toContain('without Heed');
    expect((await get('/operator/artifacts')).statusCode).toBe(404);
  });

  it('of style, script and icon have their types', async () => {
    const page = (await get('/')).body;
    const named = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(named).toEqual([
      '/assets/icon.svg',
      '/assets/base.css',
      '/assets/papers.css',
      '/assets/plates.css',
      '/assets/adapt.css',
      '/assets/app.js',
    ]);
    const replies = await Promise.all(named.map((path) => get(path)));
    expect(replies.map((reply) => [reply.statusCode, reply.headers['content-type']])).toEqual([
      [200, 'image/svg+xml'],
      ...Array.from({ length: 4 }, () => [200, 'text/css; charset=utf-8']),
      [200, 'text/javascript; charset=utf-8'],
    ]);
  });
});
