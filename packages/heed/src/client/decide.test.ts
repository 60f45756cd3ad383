import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { ClientError, createClient } from './index.ts';
import type { ClientOptions, LoopFallback } from './index.ts';
import { bodyOf, startPeer } from './testing.ts';

const fallbacks = { page: { action: { type: 'slate', size: 2 }, deadlineMs: 150 } } satisfies Record<
  string,
  LoopFallback
>;
const request = {
  context: {},
  candidates: [
    { item: 'a', features: {} },
    { item: 'b', features: {} },
    { item: 'c', features: {} },
  ],
};
/** What a busy machine may add to a deadline. */
const slackMs = 500;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A client of a server that answers as told, and what the server was asked. */
async function clientOf(
  listener: (incoming: IncomingMessage, outgoing: ServerResponse, body: unknown) => void,
  options: Partial<ClientOptions> = {},
) {
  const seen: { readonly path: string; readonly body: unknown }[] = [];
  const peer = await startPeer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    seen.push({ path: incoming.url ?? '', body });
    listener(incoming, outgoing, body);
  });
  const client = createClient({ url: peer.url, fallbacks, ...options });
  closing.push(() => client.close(), peer.close);
  return { client, seen, peer };
}

function problem(code: string, status: number): string {
  return JSON.stringify({ type: 'about:blank', title: code, status, code, detail: `it is ${code}` });
}

test('a server that never answers: the baseline acts at the deadline, and the answer is declared unshown before it is recorded', async () => {
  const { client, seen } = await clientOf(() => undefined);
  const before = performance.now();
  const reply = await client.decide('page', request);
  expect(performance.now() - before).toBeLessThan(150 + slackMs);
  expect(reply).toMatchObject({ chosen: ['a', 'b'], behaviour: 'deterministic', fallback: 'late', token: null });
  expect(client.pending).toBe(2);
  const asked = seen.find(({ path }) => path === '/v1/loops/page/decide')?.body;
  expect(asked).toMatchObject({ id: expect.any(String) });
  expect(asked).not.toMatchObject({ id: reply.decision });
});

test('a server that is not there: the baseline acts, and there is nothing to declare unshown', async () => {
  const { client, peer } = await clientOf(() => undefined);
  await peer.close();
  const reply = await client.decide('page', request);
  expect(reply).toMatchObject({ chosen: ['a', 'b'], fallback: 'down' });
  expect(client.pending).toBe(1);
});

test.each([
  ['an error of the server', 500, 'application/problem+json', problem('internal', 500)],
  ['a server that sheds load', 503, 'application/problem+json', problem('overloaded', 503)],
  ['a gateway before it', 502, 'text/html', '<h1>Bad gateway</h1>'],
  ['an answer that is no JSON', 200, 'text/html', '<h1>Welcome to the hotel</h1>'],
  ['an answer that is no decision', 200, 'application/json', '{"ok":true}'],
  ['nothing', 200, 'application/json', ''],
])('%s: the baseline acts', async (_what, status, type, body) => {
  const { client } = await clientOf((_incoming, outgoing) =>
    outgoing.writeHead(status, { 'content-type': type }).end(body),
  );
  expect(await client.decide('page', request)).toMatchObject({ chosen: ['a', 'b'], fallback: 'down' });
  expect(client.pending).toBe(2);
});

test('a connection that breaks in the answer: the baseline acts', async () => {
  const { client } = await clientOf((_incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    outgoing.write('{"decision":', () => outgoing.destroy());
  });
  expect(await client.decide('page', request)).toMatchObject({ fallback: 'down' });
});

test('a wrong request is told to who made it', async () => {
  const { client } = await clientOf((_incoming, outgoing) =>
    outgoing.writeHead(400, { 'content-type': 'application/problem+json' }).end(problem('invalid-input', 400)),
  );
  const error = await client.decide('page', request).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({
    code: 'invalid-input',
    status: 400,
    message: 'it is invalid-input',
    problem: { title: 'invalid-input' },
  });
  expect(client.pending).toBe(0);
});

test('a dry run that fails leaves nothing to record', async () => {
  const { client } = await clientOf((_incoming, outgoing) => outgoing.writeHead(503).end());
  expect(await client.decide('page', { ...request, dryRun: true })).toMatchObject({
    chosen: ['a', 'b'],
    fallback: 'down',
  });
  expect(client.pending).toBe(0);
});

test('a batch falls back as a whole, each request under an id of its own', async () => {
  const { client } = await clientOf((_incoming, outgoing) => outgoing.writeHead(503).end());
  const replies = await client.decideBatch('page', [request, { ...request, exclude: ['a'] }]);
  expect(replies.map(({ chosen }) => chosen)).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
  expect(new Set(replies.map(({ decision }) => decision)).size).toBe(2);
  expect(client.pending).toBe(4);
});

test('writes wait for a server that is away, behind the record of what they judge, and go out in that order, once', async () => {
  let away = true;
  const { client, seen } = await clientOf((_incoming, outgoing, body) => {
    if (away) {
      outgoing.writeHead(503).end();
      return;
    }
    const several = (body ?? {}) as { feedback?: unknown[]; requests?: unknown[] };
    const results = (several.feedback ?? several.requests ?? []).map(() => ({ status: 'accepted' }));
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }));
  });
  const { decision } = await client.decide('page', request);
  expect(await client.feedback([{ loop: 'page', decision, kind: 'reaction' }])).toEqual([
    { feedback: null, status: 'queued' },
  ]);
  expect(await client.activate(decision)).toEqual({ activatedAt: null, status: 'queued' });
  expect(await client.judge('token', { kind: 'reaction' })).toEqual({ feedback: null, status: 'queued' });
  expect(client.pending).toBe(5);
  away = false;
  seen.length = 0;
  expect(await client.flush()).toBe(true);
  const writes = seen.filter(({ path }) => path !== '/v1/loops/page');
  expect(writes.map(({ path }) => path)).toEqual([
    '/v1/feedback',
    '/v1/loops/page/record-batch',
    '/v1/feedback',
    `/v1/decisions/${decision}/activate`,
    '/v1/feedback/token',
  ]);
  expect(writes[0]?.body).toMatchObject({
    feedback: [{ kind: 'verdict', value: 'unshown', source: { type: 'system' } }],
  });
  expect(writes[1]?.body).toMatchObject({
    requests: [{ id: decision, behaviour: { kind: 'deterministic', fallback: 'down' } }],
  });
  expect(writes[2]?.body).toMatchObject({
    feedback: [{ decision, idempotencyKey: expect.any(String), observedAt: expect.any(String) }],
  });
});

test('one entry that the server refuses does not take its batch with it', async () => {
  let away = true;
  const dropped: string[] = [];
  const { client } = await clientOf(
    (_incoming, outgoing, body) => {
      if (away) {
        outgoing.writeHead(503).end();
        return;
      }
      const { requests = [] } = (body ?? {}) as { requests?: { context: object }[] };
      const wrong = requests.some(({ context }) => 'wrong' in context);
      const answer = wrong
        ? problem('invalid-input', 400)
        : JSON.stringify({ results: requests.map(() => ({ status: 'accepted' })) });
      outgoing
        .writeHead(wrong ? 400 : 200, { 'content-type': wrong ? 'application/problem+json' : 'application/json' })
        .end(answer);
    },
    { onDrop: (_entry, reason, error) => dropped.push(`${reason} ${error?.code}`) },
  );
  const record = { action: { type: 'choice', item: 'a' } } as const;
  for (const context of [{}, { wrong: true }, {}]) await client.record('page', { ...record, context });
  away = false;
  expect(await client.flush()).toBe(true);
  expect(dropped).toEqual(['refused invalid-input']);
  expect(client.dropped).toBe(1);
});

test('a fetch that never settles, whatever it is told, does not hold up a decision', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1', fallbacks, fetch: () => new Promise(() => undefined) });
  closing.push(() => client.close());
  expect(await client.decide('page', request)).toMatchObject({ chosen: ['a', 'b'], fallback: 'late' });
});

test('a write does not overtake those that wait, though the server is back', async () => {
  let away = true;
  const { client } = await clientOf((_incoming, outgoing) => {
    outgoing
      .writeHead(away ? 503 : 200, { 'content-type': 'application/json' })
      .end('{"results":[{"status":"accepted"}]}');
  });
  await client.decide('page', request);
  away = false;
  expect(await client.feedback([{ loop: 'page', decision: 'x', kind: 'reaction' }])).toMatchObject([
    { status: 'queued' },
  ]);
  expect(await client.flush()).toBe(true);
  expect(await client.feedback([{ loop: 'page', decision: 'x', kind: 'reaction' }])).toMatchObject([
    { status: 'accepted' },
  ]);
});

test('an entry on which the server breaks every time is given up, so that the others get through', async () => {
  const { client } = await clientOf((_incoming, outgoing) => {
    outgoing.writeHead(500, { 'content-type': 'application/problem+json' }).end(problem('internal', 500));
  });
  await client.record('page', { context: {}, action: { type: 'choice', item: 'a' } });
  for (let tries = 0; tries < 4; tries += 1) expect(await client.flush()).toBe(false);
  expect(await client.flush()).toBe(true);
  expect(client.dropped).toBe(1);
});
