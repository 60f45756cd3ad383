import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey, Artifact, AuditEntry, Decision, Episode, Feedback, Job, Release } from '../spec/index.ts';
import type {
  DecideReply,
  DecisionDetail,
  ImportReport,
  Item,
  LoopStatus,
  MadeKey,
  Page,
  ReplayReport,
  SubjectDeletion,
  SubjectHoldings,
} from '../loop/index.ts';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import type { FeedbackBatchReply, Problem, RecordBatchReply } from './replies.ts';
import { createServer } from './server.ts';
import { callDocumented } from './testing/documented.ts';
import { candidates, config } from './testing/greeting.ts';

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
let api: Awaited<ReturnType<typeof callDocumented>>;
const logged: string[] = [];

beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed, log: (line) => logged.push(line) });
  api = await callDocumented(server);
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

const params = { loop: 'greeting' };
const request = { context: { hour: 9 }, candidates };
const unknownId = '019b9294-2a3b-7000-8000-00000000dead';
const by = { by: 'ann', why: 'a test' };

async function decide(more: object = {}): Promise<DecideReply> {
  const { status, body } = await api.call<DecideReply>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, ...more },
  });
  expect(status).toBe(200);
  return body;
}

test('a decision is made, shown, explained, replayed and judged', async () => {
  const made = await decide({ subject: 'ann' });
  expect(['hello', 'good day']).toContain(made.chosen[0]);
  const shown = await api.call<DecisionDetail>('GET /v1/decisions/{id}', { params: { id: made.decision } });
  expect(shown.body).toMatchObject({
    decision: { id: made.decision, subject: 'ann', action: made.action },
    feedback: [],
  });
  const explained = await api.call<{ explanations: { item: string }[] }>('GET /v1/decisions/{id}/explanation', {
    params: { id: made.decision },
    query: { most: '2' },
  });
  expect(explained.body.explanations.map(({ item }) => item)).toEqual(made.chosen);
  expect(
    (await api.call<ReplayReport>('POST /v1/decisions/{id}/replay', { params: { id: made.decision } })).body,
  ).toMatchObject({ matches: true, action: made.action });

  const given = await api.call<FeedbackBatchReply>('POST /v1/feedback', {
    body: { feedback: [{ decision: made.decision, name: 'stars', value: 4 }] },
  });
  expect(given.body.results).toEqual([{ status: 'accepted', feedback: expect.any(String) }]);
  const [result] = given.body.results;
  const id = result !== undefined && 'feedback' in result ? result.feedback : '';
  expect((await api.call<Feedback>('GET /v1/feedback/{id}', { params: { id } })).body).toMatchObject({
    name: 'stars',
    value: { type: 'number', number: 4 },
  });
  expect(
    (await api.call<Page<Feedback>>('GET /v1/feedback', { query: { decision: made.decision } })).body.rows.map(
      (row) => row.id,
    ),
  ).toEqual([id]);
});

test('lists come in pages, newest first', async () => {
  const made = [
    await decide({ subject: 'pat' }),
    await decide({ subject: 'pat' }),
    await decide({ subject: 'pat' }),
  ].map(({ decision }) => decision);
  const first = await api.call<Page<Decision>>('GET /v1/decisions', { query: { subject: 'pat', limit: '2' } });
  expect(first.body.rows.map(({ id }) => id)).toEqual([made[2], made[1]]);
  const second = await api.call<Page<Decision>>('GET /v1/decisions', {
    query: { subject: 'pat', limit: '2', after: first.body.next ?? '' },
  });
  expect(second.body).toMatchObject({ rows: [{ id: made[0] }], next: null });
});

test('a batch answers in the order of its requests', async () => {
  const { body } = await api.call<{ replies: DecideReply[] }>('POST /v1/loops/{loop}/decide-batch', {
    params,
    body: {
      requests: [
        { ...request, exclude: ['hello'] },
        { ...request, exclude: ['good day'] },
      ],
    },
  });
  expect(body.replies.map(({ chosen }) => chosen)).toEqual([['good day'], ['hello']]);
});

test('an id made by the caller is kept, and a trace parent is taken over', async () => {
  const id = '019b9294-2a3b-7000-8000-0000000000aa';
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { body } = await api.call<DecideReply>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, id },
    headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
  });
  expect(body.decision).toBe(id);
  expect((await heed.decisions.get(id)).decision.traceId).toBe(trace);
});

test('the same key gives the same decision, from the header or the body; another request under it is refused', async () => {
  const first = await decide({ idempotencyKey: 'once' });
  const again = await api.call<DecideReply>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, id: unknownId },
    headers: { 'idempotency-key': 'once' },
  });
  expect(again.body).toEqual(first);
  const other = await api.call<Problem>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, context: { hour: 10 } },
    headers: { 'idempotency-key': 'once' },
  });
  expect(other).toMatchObject({
    status: 409,
    body: { code: 'idempotency-conflict', title: 'Idempotency conflict', status: 409 },
  });
  const both = await api.call<Problem>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, idempotencyKey: 'a' },
    headers: { 'idempotency-key': 'b' },
  });
  expect(both).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
});

test('records are taken one by one and in batches, and a refused one holds up no other', async () => {
  const record = { context: { hour: 1 }, action: { type: 'choice', item: 'hello' }, probability: 0.5 };
  const one = await api.call<{ decision: string }>('POST /v1/loops/{loop}/record', { params, body: record });
  expect((await heed.decisions.get(one.body.decision)).decision).toMatchObject({
    origin: 'recorded',
    behaviour: { kind: 'exact', logProbability: Math.log(0.5) },
  });
  const several = await api.call<RecordBatchReply>('POST /v1/loops/{loop}/record-batch', {
    params,
    body: { requests: [record, { ...record, context: { hour: 'one' } }, record] },
  });
  expect(several.body.results).toMatchObject([
    { status: 'accepted' },
    { status: 'refused', problem: { code: 'invalid-input', status: 400 } },
    { status: 'accepted' },
  ]);
});

test('a token judges its own decision from any site, once', async () => {
  const { token, decision } = await decide();
  const headers = { 'origin': 'https://shop.example', 'sec-fetch-site': 'cross-site' };
  const body = { token, name: 'stars', value: 5 };
  const first = await api.call<{ feedback: string }>('POST /v1/feedback/token', { body, headers });
  expect(first).toMatchObject({
    status: 200,
    headers: { 'access-control-allow-origin': '*' },
    body: { status: 'accepted' },
  });
  expect((await heed.feedbacks.get(first.body.feedback)).targets).toEqual([{ type: 'decision', decision }]);
  expect((await api.call('POST /v1/feedback/token', { body, headers })).body).toMatchObject({ status: 'duplicate' });
  const changed = await api.call<Problem>('POST /v1/feedback/token', { body: { ...body, value: 1 }, headers });
  expect(changed).toMatchObject({
    status: 409,
    headers: { 'access-control-allow-origin': '*' },
    body: { code: 'already-judged' },
  });
  const forged = await api.call<Problem>('POST /v1/feedback/token', { body: { ...body, token: `${token}x` }, headers });
  expect(forged).toMatchObject({ status: 401, body: { code: 'token-invalid' } });
  const asked = await server.inject({
    method: 'OPTIONS',
    url: '/v1/feedback/token',
    headers: { ...headers, 'access-control-request-method': 'POST' },
  });
  expect(asked).toMatchObject({
    statusCode: 204,
    headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'POST' },
  });
});

test('only the token route is open to other sites', async () => {
  const headers = { origin: 'https://shop.example' };
  const { token } = await decide();
  expect(
    await api.call<Problem>('POST /v1/feedback', { body: { feedback: [{ token, name: 'thumb' }] }, headers }),
  ).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(await api.call<Problem>('POST /v1/loops/{loop}/rollback', { params, body: by, headers })).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  });
  expect((await server.inject({ url: '/health', headers: { host: 'rebound.example' } })).statusCode).toBe(403);
});

test('a deferred decision is activated', async () => {
  const { decision } = await decide({ activation: 'deferred' });
  const first = await api.call<{ activatedAt: string }>('POST /v1/decisions/{id}/activate', {
    params: { id: decision },
  });
  expect(await api.call('POST /v1/decisions/{id}/activate', { params: { id: decision } })).toMatchObject({
    body: first.body,
  });
  expect((await heed.decisions.get(decision)).activatedAt).toBe(first.body.activatedAt);
});

test('a loop tells what a client needs where the server is away', async () => {
  const { body } = await api.call<LoopStatus>('GET /v1/loops/{loop}', { params });
  expect(body.loop.configuration).toMatchObject({
    action: { type: 'choice' },
    deadlineMs: 400,
    baseline: config.loops.greeting.baseline,
    exclusions: config.loops.greeting.exclusions,
  });
  const { body: all } = await api.call<{ loops: LoopStatus[] }>('GET /v1/loops');
  expect(all.loops.map(({ loop }) => loop.name).toSorted()).toEqual(['greeting', 'page']);
});

test('a training makes an artifact, which is shown, rolled back and promoted', async () => {
  const { artifact: untrained } = await decide();
  await heed.feedback([{ loop: 'greeting', decision: (await decide()).decision, name: 'thumb' }]);
  await heed.derive();
  await heed.train('greeting');
  const { body: artifacts } = await api.call<Page<Artifact>>('GET /v1/artifacts', { query: { loop: 'greeting' } });
  const [newest] = artifacts.rows;
  expect(newest?.id).not.toBe(untrained);
  expect((await api.call<Artifact>('GET /v1/artifacts/{id}', { params: { id: newest?.id ?? '' } })).body).toEqual(
    newest,
  );
  await heed.artifacts.promote(newest?.id ?? '', by);
  expect((await api.call<Release>('POST /v1/loops/{loop}/rollback', { params, body: by })).body).toMatchObject({
    artifact: untrained,
    step: 'full',
    ...by,
  });
  expect(
    (await api.call<Release>('POST /v1/artifacts/{id}/promote', { params: { id: newest?.id ?? '' }, body: by })).body,
  ).toMatchObject({ artifact: newest?.id, step: 'full' });
  const { body } = await api.call<{ releases: Release[] }>('GET /v1/loops/{loop}/releases', { params });
  expect(body.releases.slice(0, 3).map(({ artifact, step }) => [artifact, step])).toEqual([
    [newest?.id, 'full'],
    [untrained, 'full'],
    [newest?.id, 'rolledBack'],
  ]);
});

test('a training is queued as a job', async () => {
  const queued = await api.call<Job>('POST /v1/loops/{loop}/train', { params });
  expect(queued).toMatchObject({ status: 202, body: { kind: 'train', loop: 'greeting', status: 'queued' } });
  expect((await api.call<Job>('GET /v1/jobs/{id}', { params: { id: queued.body.id } })).body.id).toBe(queued.body.id);
  expect((await api.call<Page<Job>>('GET /v1/jobs')).body.rows.map(({ id }) => id)).toContain(queued.body.id);
});

test('an episode begins and ends', async () => {
  const { body: started } = await api.call<Episode>('POST /v1/episodes', {
    body: { loop: 'page', task: 'find a paper' },
  });
  const { body: ended } = await api.call<Episode>('POST /v1/episodes/{id}/end', {
    params: { id: started.id },
    body: { status: 'terminated', finalObservation: [{ type: 'text', text: 'found' }] },
  });
  expect(ended).toMatchObject({
    id: started.id,
    status: 'terminated',
    finalObservation: [{ type: 'text', text: 'found' }],
  });
  expect((await api.call<Episode>('GET /v1/episodes/{id}', { params: { id: started.id } })).body).toEqual(ended);
  expect((await api.call<Page<Episode>>('GET /v1/episodes', { query: { loop: 'page' } })).body.rows).toEqual([ended]);
});

test('what is exported comes in again as duplicates', async () => {
  await decide();
  for (const [format, type] of [
    ['jsonl', 'application/x-ndjson'],
    ['parquet', 'application/vnd.apache.parquet'],
  ] as const) {
    const { bytes, headers } = await api.call<string>('GET /v1/export', { query: { format, what: 'decisions' } });
    expect(headers['content-disposition']).toBe(`attachment; filename="decisions.${format}"`);
    const { body } = await api.call<ImportReport>('POST /v1/import', {
      query: { format },
      body: bytes,
      headers: { 'content-type': type },
    });
    expect(body.duplicates).toBeGreaterThan(0);
    expect(body).toEqual({ decisions: body.duplicates, feedback: 0, others: 0, duplicates: body.duplicates });
  }
  expect(await api.call<Problem>('POST /v1/import', { query: { format: 'jsonl' }, body: {} })).toMatchObject({
    status: 415,
    body: { code: 'invalid-input' },
  });
});

test.each([
  ['nothing to choose from', { context: { hour: 9 }, candidates: [] }, 'body/candidates', /fewer than 1/],
  ['no context', { candidates }, 'body', /required property 'context'/],
  ['a field that is not known', { ...request, exlude: ['hello'] }, 'body', /exlude is not known/],
  ['a wrong type', { ...request, size: 'two' }, 'body/size', /must be integer/],
  ['a wrong word', { ...request, activation: 'later' }, 'body/activation', /immediate, deferred/],
])('%s is refused with what, where and what was expected', async (_what, body, where, message) => {
  const { status, body: problem } = await api.call<Problem>('POST /v1/loops/{loop}/decide', { params, body });
  expect([status, problem.code, problem.errors?.[0]?.where]).toEqual([400, 'invalid-input', where]);
  expect(problem.errors?.[0]?.message).toMatch(message);
  expect(problem.detail).toContain(where);
});

test('so is what does not fit the loop, or an ordinary route', async () => {
  expect(
    await api.call<Problem>('POST /v1/loops/{loop}/decide', {
      params,
      body: { ...request, context: { hour: 'nine' } },
    }),
  ).toMatchObject({ status: 400, body: { code: 'invalid-input', detail: expect.stringContaining('hour') } });
  expect(
    await api.call<Problem>('POST /v1/loops/{loop}/decide', { params: { loop: 'farewell' }, body: request }),
  ).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(await api.call<Problem>('GET /v1/decisions', { query: { limit: '0' } })).toMatchObject({
    status: 400,
    body: { errors: [{ where: 'querystring/limit' }] },
  });
  expect(await api.call<Problem>('GET /v1/decisions/{id}', { params: { id: 'seven' } })).toMatchObject({
    status: 400,
    body: { errors: [{ where: 'params/id', message: 'must be a lower-case UUID' }] },
  });
  expect(await api.call<Problem>('GET /v1/decisions/{id}', { params: { id: unknownId } })).toMatchObject({
    status: 404,
    body: { code: 'not-found' },
  });
});

test('what is no request for a route is a problem too', async () => {
  const url = '/v1/loops/greeting/decide';
  const problems = await Promise.all([
    server.inject({ url: '/v1/nowhere?secret=1' }),
    server.inject({ method: 'POST', url, payload: '{"context":', headers: { 'content-type': 'application/json' } }),
    server.inject({ method: 'POST', url, payload: JSON.stringify(request), headers: { 'content-type': 'text/plain' } }),
    server.inject({ method: 'POST', url, payload: { ...request, subject: 'x'.repeat(5_000_000) } }),
  ]);
  expect(problems.map(({ statusCode }) => statusCode)).toEqual([404, 400, 415, 413]);
  for (const problem of problems) expect(problem.headers['content-type']).toBe('application/problem+json');
  expect(problems[0]?.json()).toMatchObject({ code: 'not-found', detail: expect.not.stringContaining('secret') });
});

test('what was not foreseen is logged, and not told', async () => {
  const broken = await createServer({
    heed: { ...heed, decide: () => Promise.reject(new Error('password=hunter2')) },
    log: (line) => logged.push(line),
  });
  const answer = await broken.inject({ method: 'POST', url: '/v1/loops/greeting/decide', payload: request });
  await broken.close();
  expect([answer.statusCode, answer.json<Problem>().code]).toEqual([500, 'internal']);
  expect(answer.payload).not.toContain('hunter2');
  // The place is enough: the words of a stranger's error may be personal.
  expect(logged.join('\n')).toMatch(/decide: Error\n +at /);
  expect(logged.join('\n')).not.toContain('hunter2');
});

test('a key is made, shown, rotated and revoked, and the audit says so', async () => {
  const { status, body: made } = await api.call<MadeKey>('POST /v1/keys', {
    body: { name: 'shop', scopes: ['decide', 'feedback'], loops: ['greeting'] },
  });
  expect(status).toBe(201);
  expect(made.key).toMatchObject({ name: 'shop', createdBy: 'loopback', usedAt: null, endsAt: null });
  const { id } = made.key;
  expect((await api.call<ApiKey>('GET /v1/keys/{id}', { params: { id } })).body).toEqual(made.key);
  const { body: next } = await api.call<MadeKey>('POST /v1/keys/{id}/rotate', {
    params: { id },
    query: { graceSeconds: '60' },
  });
  expect(next.key).toMatchObject({ replaces: id, scopes: made.key.scopes, loops: ['greeting'] });
  expect((await api.call<ApiKey>('POST /v1/keys/{id}/revoke', { params: { id: next.key.id } })).body.endsWhy).toBe(
    'revoked',
  );
  const { body: list } = await api.call<{ keys: ApiKey[] }>('GET /v1/keys');
  expect(list.keys.map(({ endsWhy }) => endsWhy)).toEqual(['rotated', 'revoked']);
  const { body: audit } = await api.call<Page<AuditEntry>>('GET /v1/audit', { query: { limit: '3' } });
  expect(audit.rows.map(({ who, action, target, outcome }) => [who, action, target, outcome])).toEqual([
    ['loopback', 'revokeKey', next.key.id, 'done'],
    ['loopback', 'rotateKey', id, 'done'],
    ['loopback', 'createKey', id, 'done'],
  ]);
  expect(JSON.stringify([list, audit])).not.toContain(made.secret);
});

test('health asks the store', async () => {
  expect((await api.call('GET /health')).body).toMatchObject({ ok: true, store: { kind: 'url' } });
  expect((await api.call('GET /metrics')).status).toBe(200);
  expect((await api.call('GET /v1/webhooks/dead')).body).toEqual({ webhooks: [] });
});

test('items are registered, shown, listed, named in decisions and taken off', async () => {
  const [first, second] = [candidates[0], candidates[1]];
  const put = await api.call<{ items: Item[] }>('PUT /v1/loops/{loop}/items', {
    params,
    body: { items: [first, { ...second, item: 'ü/'.repeat(200) }] },
  });
  expect(put.body.items.map(({ version }) => version)).toEqual([1, 1]);
  const long = put.body.items[1]?.item ?? '';
  const made = await decide({ candidates: ['hello', { item: long }] });
  expect(['hello', long]).toContain(made.chosen[0]);
  const unknown = await api.call<Problem>('POST /v1/loops/{loop}/decide', {
    params,
    body: { ...request, candidates: ['hello', 'nobody'] },
  });
  expect(unknown).toMatchObject({
    status: 400,
    body: { code: 'invalid-input', detail: expect.stringMatching(/nobody is not$/) },
  });
  const item = { ...params, item: long };
  expect((await api.call<Item>('GET /v1/loops/{loop}/items/{item}', { params: item })).body.item).toBe(long);
  expect((await api.call<Page<Item>>('GET /v1/loops/{loop}/items', { params })).body.rows).toHaveLength(2);
  expect((await api.call('DELETE /v1/loops/{loop}/items/{item}', { params: item })).body).toEqual({
    item: long,
    version: 2,
  });
});

test('what is held about a subject is shown, and forgotten', async () => {
  const id = 'ze/ñ?';
  const { decision } = await decide({ subject: id });
  const held = await api.call<SubjectHoldings>('GET /v1/subjects/{id}', { params: { id }, query: { limit: '10' } });
  expect([held.body.counts.decisions, held.body.decisions.map((row) => row.id), held.body.next]).toEqual([
    1,
    [decision],
    null,
  ]);
  expect((await api.call<SubjectDeletion>('DELETE /v1/subjects/{id}', { params: { id } })).body).toEqual({
    decisions: 1,
    feedback: 0,
    signals: 0,
    subjectStates: 0,
    artifacts: [],
    jobs: [],
  });
  const gone = await api.call<DecisionDetail>('GET /v1/decisions/{id}', { params: { id: decision } });
  expect(gone.body.decision).toMatchObject({ forgotten: true, subject: null, context: [] });
  const replayed = await api.call<Problem>('POST /v1/decisions/{id}/replay', { params: { id: decision } });
  expect([replayed.status, replayed.body.code]).toEqual([409, 'not-replayable']);
  expect((await api.call<SubjectHoldings>('GET /v1/subjects/{id}', { params: { id } })).body.decisions).toEqual([]);
});

/** Operations with a test file of their own: `experiments.test.ts` and `evaluations.test.ts`. */
const elsewhere = /\/(experiments|candidate|evidence|dry-run|evaluations)\b/;

test('the document is served, and every operation in it was called here but those with a file of their own and the stream of events', async () => {
  expect((await server.inject({ url: '/openapi.json' })).json()).toMatchObject({ openapi: '3.1.0' });
  expect([...api.left].filter((operation) => !elsewhere.test(operation))).toEqual(['GET /v1/events']);
});
