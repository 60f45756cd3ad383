import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judgeDisk } from '../../loop/vitals.ts';
import type { Health } from '../../loop/index.ts';
import { openTestHeed } from '../../loop/testing.ts';
import { createServer } from '../server.ts';
import { candidates, config } from '../testing/greeting.ts';
import { keyHeaders } from '../testing/keyed.ts';
import { createJsonLog } from './request-log.ts';
import { useTracing } from './tracing.ts';

const written: string[] = [];
const jsonLog = createJsonLog((line) => written.push(line));
const exporter = new InMemorySpanExporter();
const endTracing = useTracing(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));

let heed: Awaited<ReturnType<typeof openTestHeed<typeof config>>>;
let server: Awaited<ReturnType<typeof createServer>>;

beforeAll(async () => {
  heed = await openTestHeed(config, { log: jsonLog.line });
  server = await createServer({ heed: heed, log: jsonLog.line, logRequest: jsonLog.request });
});
afterAll(async () => {
  await server.close();
  await heed.close();
  await endTracing();
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const secret = 'planted-7f3a';

async function decide(headers: Record<string, string> = {}) {
  const answer = await server.inject({
    method: 'POST',
    url: '/v1/loops/greeting/decide',
    headers,
    payload: { context: { hour: 9 }, candidates, subject: `${secret}-subject` },
  });
  return answer.json<{ decision: string; token: string }>();
}

test('metrics count what is stored and how long answers took', async () => {
  const { decision, token } = await decide();
  await decide();
  await server.inject({
    method: 'POST',
    url: '/v1/feedback',
    payload: { feedback: [{ decision, name: 'thumb' }] },
  });
  await server.inject({ method: 'POST', url: '/v1/feedback/token', payload: { token, name: 'stars', value: 4 } });
  const { statusCode, headers, payload } = await server.inject('/metrics');
  expect([statusCode, String(headers['content-type']).split(';')[0]]).toEqual([200, 'text/plain']);
  const value = (name: string): number =>
    Number(
      payload
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1),
    );
  expect(value('heed_decisions_total{loop="greeting"}')).toBe(2);
  expect(value('heed_feedback_total{loop="greeting"}')).toBe(2);
  expect(value('heed_group_size_sum{kind="decision"}')).toBe(2);
  expect(value('heed_http_request_seconds_count{method="POST",route="/v1/loops/:loop/decide",status="200"}')).toBe(2);
  expect(value('heed_artifacts{loop="greeting"}')).toBe(1);
  expect(value('heed_rows_waiting{kind="decision"}')).toBe(0);
  expect(value('heed_events_connected')).toBe(1);
  expect(value('heed_process_cpu_seconds_total')).toBeGreaterThan(0);
  const names = payload.matchAll(/^# TYPE (\S+)/gm);
  expect([...names].map(([, name = '']) => name).filter((name) => !name.startsWith('heed_'))).toEqual([]);
});

test('metrics are of all loops, so a key of one is refused', async () => {
  const some = await keyHeaders(heed, ['read'], ['page']);
  const all = await keyHeaders(heed, ['read']);
  expect((await server.inject({ url: '/metrics', headers: some })).statusCode).toBe(403);
  expect((await server.inject({ url: '/metrics', headers: all })).statusCode).toBe(200);
});

test('spans carry the decision, and the trace of the caller, which is stored with it', async () => {
  exporter.reset();
  const { decision } = await decide({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  const [span] = exporter.getFinishedSpans();
  expect(span?.name).toBe('heed.decide');
  expect(span?.spanContext().traceId).toBe(traceId);
  expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
  expect(span?.attributes).toMatchObject({ 'heed.decision': decision, 'heed.loop': 'greeting' });
  expect((await heed.decisions.get(decision)).decision.traceId).toBe(traceId);

  exporter.reset();
  await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
  expect(exporter.getFinishedSpans()[0]?.attributes['heed.decisions']).toEqual([decision]);

  exporter.reset();
  await heed.derive();
  const report = await heed.train('greeting');
  const training = exporter.getFinishedSpans().find(({ name }) => name === 'heed.train');
  expect(training?.attributes).toMatchObject({ 'heed.artifact': report.artifact, 'heed.loop': 'greeting' });
});

test('a decision without a caller’s trace keeps the one that its span began', async () => {
  exporter.reset();
  const { decision } = await decide();
  const [span] = exporter.getFinishedSpans();
  expect((await heed.decisions.get(decision)).decision.traceId).toBe(span?.spanContext().traceId);
});

test('the log is lines of JSON and holds nothing of what was said, nor of whom', async () => {
  const key = await keyHeaders(heed, ['decide', 'feedback', 'read', 'operate']);
  const items = [{ item: `${secret}-item`, features: { tone: `${secret}-tone` } }, ...candidates];
  const payload = { context: { hour: 9, name: `${secret}-context` }, candidates: items, subject: `${secret}-subject` };
  const { token, decision } = await decide(key);
  const requests = [
    { method: 'POST', url: '/v1/loops/greeting/decide', payload },
    { method: 'POST', url: '/v1/loops/greeting/decide', payload: { ...payload, context: { hour: `${secret}-hour` } } },
    { method: 'POST', url: '/v1/feedback', payload: { feedback: [{ decision, kind: 'comment', value: secret }] } },
    { method: 'POST', url: '/v1/feedback/token', payload: { token: `${secret}-token`, name: 'thumb' } },
    { method: 'GET', url: `/v1/subjects/${secret}-subject` },
    { method: 'DELETE', url: `/v1/subjects/${secret}-subject` },
    { method: 'GET', url: `/${secret}-nowhere?token=${token}` },
  ] as const;
  for (const request of requests) await server.inject({ ...request, headers: key });
  const text = written.join('');
  expect(text).not.toContain(secret);
  expect(text).not.toContain(token);
  expect(text).not.toContain(key.authorization.split(' ')[1]);
  const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ method: 'GET', route: 'none', status: 404, msg: 'answered' });
  expect(lines.at(-2)).toMatchObject({ method: 'DELETE', route: '/v1/subjects/:id', status: 200 });
  expect(lines.at(-2)?.['latencyMs']).toBeGreaterThan(0);
  expect(lines.at(-2)?.['requestId']).toEqual(expect.any(String));
});

test('health asks the store and says what is degraded', async () => {
  const health = (await server.inject('/health')).json<Health>();
  expect(health).toMatchObject({ ok: true, store: { kind: 'url' } });
  expect(health.store.latencyMs).toBeGreaterThan(0);
  expect(health.checks.map(({ name }) => name)).toEqual(['store', 'writer', 'worker', 'events', 'disk', 'versions']);
  expect(health.checks.find(({ name }) => name === 'worker')).toMatchObject({
    status: 'ok',
    detail: 'none in this process',
  });

  const listening = await heed.reopen();
  const alone = await listening.health();
  expect(alone.checks.find(({ name }) => name === 'events')?.status).toBe('ok');
  await listening.close();
  await expect(listening.health()).rejects.toMatchObject({ code: 'store-unavailable' });
});

test('little space is degraded, hardly any is a failure', () => {
  expect(judgeDisk(10 * 2 ** 30)).toEqual({ name: 'disk', status: 'ok', detail: '10.0 GiB free' });
  expect(judgeDisk(2 ** 30).status).toBe('degraded');
  expect(() => judgeDisk(2 ** 20)).toThrow(expect.objectContaining({ code: 'store-unavailable' }));
});
