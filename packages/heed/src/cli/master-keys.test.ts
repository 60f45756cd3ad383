import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../store/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import { testDecision } from '../store/testing-records.ts';
import { readMasterKeys } from './master-keys.ts';
import { runHere } from './testing.ts';

const [first, second] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('hex')] as const;

test('master keys come from the environment or from a file, the newest first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heed-keys-'));
  await writeFile(join(folder, 'keys'), `${second}\n${first}\n`);
  await writeFile(join(folder, 'nothing'), '\n');
  const keys = (environment: Record<string, string>) => readMasterKeys({ environment, folder });
  expect(keys({})).toEqual([]);
  expect(keys({ HEED_MASTER_KEY: '' })).toEqual([]);
  expect(keys({ HEED_MASTER_KEY: first })).toEqual([first]);
  expect(keys({ HEED_MASTER_KEY: second, HEED_MASTER_KEY_OTHERS: `${first}, x` })).toEqual([second, first, 'x']);
  expect(keys({ HEED_MASTER_KEY_FILE: 'keys' })).toEqual([second, first]);
  expect(() => keys({ HEED_MASTER_KEY_OTHERS: first })).toThrow(/HEED_MASTER_KEY must be given/);
  expect(() => keys({ HEED_MASTER_KEY_FILE: 'keys', HEED_MASTER_KEY: first })).toThrow(/both are given/);
  expect(() => keys({ HEED_MASTER_KEY_FILE: 'missing' })).toThrow(/must be a file: it cannot be read/);
  expect(() => keys({ HEED_MASTER_KEY_FILE: 'nothing' })).toThrow(/must hold one: it is empty/);
  await rm(folder, { recursive: true });
});

test('heed keys rotate-master puts what lay under the old master key under the new one', async () => {
  const database = await createTestDatabase();
  const store = await openStore({ url: database.url, clock: () => 0, masterKey: first });
  const decision = testDecision({ subject: 'ann', context: [{ type: 'text', text: 'words' }] });
  await store.decisions.insert(decision);
  await store.close();
  const rotate = (environment: Record<string, string>) =>
    runHere(['keys', 'rotate-master', '--database', database.url, '--json'], { environment });
  expect(await rotate({})).toMatchObject({ code: 1 });
  expect(await rotate({ HEED_MASTER_KEY: second })).toMatchObject({ code: 1 });
  const { code, out } = await rotate({ HEED_MASTER_KEY: second, HEED_MASTER_KEY_OTHERS: first });
  expect([code, JSON.parse(out)]).toEqual([0, { changed: 1, keys: 1 }]);
  const after = await openStore({ url: database.url, clock: () => 0, masterKey: second });
  expect(await after.decisions.get(decision.id)).toEqual(decision);
  await after.close();
  await database.drop();
});
