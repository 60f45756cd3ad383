import { expect, test } from 'vitest';
import type { ApiKey, AuditEntry } from '../../spec/index.ts';
import type { MadeKey, Page } from '../../loop/index.ts';
import type { Api } from './api.ts';

/** What operators ask: keys, and how the server is. */
export function testOperatorRoutes({ api }: Api): void {
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
}
