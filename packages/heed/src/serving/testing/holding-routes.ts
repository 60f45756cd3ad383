import { expect, test } from 'vitest';
import type { DecisionDetail, ImportReport, Item, SubjectDeletion, SubjectHoldings, Page } from '../../loop/index.ts';
import type { Problem } from '../replies.ts';
import { params, request } from './api.ts';
import type { Api } from './api.ts';
import { candidates } from './greeting.ts';

/** What is held: exported, registered, and forgotten. */
export function testHoldingRoutes({ api, decide }: Api): void {
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
}
