import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../spec/index.ts';
import type { Store } from '../database.ts';
import { codeOf } from '../errors.ts';
import { openTestStore } from '../testing.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => store.close());

const entry = (id: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id: `019b9294-2a3b-7000-8000-00000000000${id}`,
  at: '2026-01-06T09:30:00.000Z',
  key: null,
  who: 'loopback',
  action: 'promote',
  loop: 'greeting',
  target: null,
  outcome: 'done',
  code: null,
  begun: null,
  detail: { by: 'ann' },
  ...more,
});

test('rows come back as they were written, newest first, of the loops asked for', async () => {
  const rows = [
    entry(1),
    entry(2, { loop: 'page', action: 'train' }),
    entry(3, { loop: null, outcome: 'refused', code: 'not-found' }),
  ];
  for (const row of rows) await store.audits.insert(row);
  expect((await store.audits.list()).items).toEqual(rows.toReversed());
  expect((await store.audits.list({ loops: ['greeting', 'page'] })).items).toEqual([rows[1], rows[0]]);
  expect((await store.audits.list({ action: 'train' })).items).toEqual([rows[1]]);
});

test.each(["update heed.audit set who = 'nobody'", 'delete from heed.audit', 'truncate heed.audit'])(
  'the database refuses to %s',
  async (statement) => {
    const error: unknown = await store.pool.query(statement).catch((caught: unknown) => caught);
    expect(codeOf(error)).toBe('42501');
    expect((await store.audits.list()).items).toHaveLength(3);
  },
);
