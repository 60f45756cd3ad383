import { expect, test } from 'vitest';
import type { Problem, RecordBatchReply } from '../replies.ts';
import { by, params } from './api.ts';
import type { Api } from './api.ts';

/** What others decided, and what is said of it: from where, and how often. */
export function testFeedbackRoutes({ api, heed, server, decide }: Api): void {
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
    const forged = await api.call<Problem>('POST /v1/feedback/token', {
      body: { ...body, token: `${token}x` },
      headers,
    });
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
}
