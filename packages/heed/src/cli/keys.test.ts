import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LoopStatus, MadeKey, Page } from '../loop/index.ts';
import type { ApiKey, AuditEntry } from '../spec/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import type { TestDatabase } from '../store/testing.ts';
import { starterConfig } from './starter.ts';
import { createProject } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;
let database: TestDatabase;
const store = () => ['--database', database.url];

beforeAll(async () => {
  [project, database] = await Promise.all([createProject(), createTestDatabase()]);
  await writeFile(join(project.folder, 'heed.config.ts'), starterConfig);
});
afterAll(async () => {
  await project.remove();
  await database.drop();
});

test('a server for everyone waits for its first key; then keys are made, used from elsewhere, rotated and revoked', async () => {
  const serve = ['serve', '--port', '0', '--no-worker', ...store()];
  const forEveryone = [...serve, '--host', '0.0.0.0'];
  expect(await project.json(forEveryone, 1)).toMatchObject({ error: { code: 'key-required' } });

  const create = ['keys', 'create', 'ann', '--scope', 'operate', 'read', ...store()];
  const { key, secret } = (await project.json(create)) as MadeKey;
  expect(key).toMatchObject({ name: 'ann', scopes: ['operate', 'read'], loops: null });
  const running = await project.start(...serve, '--keys', 'required', '--limit-address', '1');
  const { url } = running.first as { url: string };
  const judge = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"token":"x","name":"thumb"}',
  };
  const judged = [await fetch(`${url}/v1/feedback/token`, judge), await fetch(`${url}/v1/feedback/token`, judge)];
  expect(judged.map(({ status }) => status)).toEqual([401, 429]);
  const elsewhere = ['--server', url, '--key', secret];

  const { loops } = (await project.json(['loops', ...elsewhere])) as { loops: LoopStatus[] };
  expect(loops).toHaveLength(1);
  expect(await project.json(['loops', '--server', url], 1)).toMatchObject({ error: { code: 'key-required' } });
  const next = (await project.json(['keys', 'rotate', key.id, '--grace', '1', ...elsewhere])) as MadeKey;
  expect(next.key).toMatchObject({ replaces: key.id, createdBy: 'ann' });
  expect(await project.json(['keys', 'revoke', next.key.id, ...elsewhere])).toMatchObject({ endsWhy: 'revoked' });
  const list = (await project.json(['keys', ...elsewhere])) as { keys: ApiKey[] };
  expect(list.keys.map(({ endsWhy }) => endsWhy)).toEqual(['rotated', 'revoked']);
  expect(list.keys[0]?.usedAt).not.toBeNull();

  const audit = (await project.json(['audit', ...store()])) as Page<AuditEntry>;
  expect(audit.rows.map(({ who, action }) => [who.split(' (')[0], action])).toEqual([
    ['ann', 'revokeKey'],
    ['ann', 'rotateKey'],
    ['command line', 'createKey'],
    // The start that was refused had put the loop to use already.
    ['configuration', 'useLoop'],
  ]);
  expect((await running.stop('SIGTERM')).code).toBe(0);
}, 240_000);
