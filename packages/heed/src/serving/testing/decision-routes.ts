import { expect, test } from 'vitest';
import type { Decision, Feedback } from '../../spec/index.ts';
import type { DecideReply, DecisionDetail, ReplayReport, Page } from '../../loop/index.ts';
import type { FeedbackBatchReply, Problem } from '../replies.ts';
import { params, request, unknownId } from './api.ts';
import type { Api } from './api.ts';

/** Decisions: made, shown, listed, and made once under a key. */
export function testDecisionRoutes({ api, heed, decide }: Api): void {
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
}
