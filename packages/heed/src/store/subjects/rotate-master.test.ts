import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Decision } from '../../spec/index.ts';
import { openStore } from '../database.ts';
import type { Store } from '../database.ts';
import { createTestDatabase } from '../testing.ts';
import type { TestDatabase } from '../testing.ts';
import { testDecision } from '../testing-records.ts';
import { createMasterKey } from './master-key.ts';

const clock = () => Date.UTC(2026, 0, 6, 9, 30);
const oldKey = Buffer.alloc(32, 1).toString('base64');
const newKey = Buffer.alloc(32, 2).toString('hex');
const nameOf = (key: string) => createMasterKey(key).names[0] ?? '';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

function open(...masterKey: string[]): Promise<Store> {
  return openStore({ url: database.url, clock, masterKey });
}

/** Decisions of so many new subjects, each with something personal. */
async function write(store: Store, label: string, count: number): Promise<Decision[]> {
  const decisions = Array.from({ length: count }, (_, index) =>
    testDecision({ subject: `${label} ${index}`, context: [{ type: 'text', text: `words of ${index}` }] }),
  );
  await Promise.all(decisions.map((decision) => store.decisions.insert(decision)));
  return decisions;
}

async function read(decisions: readonly Decision[], ...masterKey: string[]): Promise<(Decision | undefined)[]> {
  const store = await open(...masterKey);
  const found = await store.decisions.getMany(decisions.map(({ id }) => id));
  await store.close();
  return decisions.map(({ id }) => found.get(id));
}

/** How many keys lie under each master key. */
async function counts(store: Store): Promise<Record<string, number>> {
  const { rows } = await store.pool.query<{ master: string | null; count: string }>(
    `select encode(master, 'hex') as master, count(*) from heed.subject_key group by 1`,
  );
  return Object.fromEntries(rows.map(({ master, count }) => [master ?? 'plain', Number(count)]));
}

test('keys that lay in clear or under the old master key lie under the new one, and nothing else has changed', async () => {
  const plain = await open();
  const first = await write(plain, 'plain', 3);
  await plain.close();
  const before = await open(oldKey);
  const second = await write(before, 'old', 4);
  expect(await counts(before)).toEqual({ plain: 3, [nameOf(oldKey)]: 4 });
  await before.close();

  const store = await open(newKey, oldKey);
  const third = await write(store, 'new', 2);
  const progress: number[] = [];
  expect(await store.rotateMasterKey({ step: 3, onProgress: (changed) => progress.push(changed) })).toEqual({
    changed: 7,
    keys: 9,
  });
  expect(progress).toEqual([3, 6, 7, 7]);
  expect(await counts(store)).toEqual({ [nameOf(newKey)]: 9 });
  expect(await store.rotateMasterKey()).toEqual({ changed: 0, keys: 9 });
  await store.close();

  const all = [...first, ...second, ...third];
  expect(await read(all, newKey)).toEqual(all);
  await expect(open(oldKey)).rejects.toMatchObject({ code: 'invalid-configuration' });
  await expect(open()).rejects.toThrow(/must be the one that it lies under .*: none is given/);
});

test('a rotation waits until every process has the new key, and needs all that keys lie under', async () => {
  const other = await open(oldKey);
  const [decision] = await write(other, 'ann', 1);
  await expect(other.rotateMasterKey({ force: true })).resolves.toEqual({ changed: 0, keys: 1 });
  await expect(open(newKey)).rejects.toThrow(/must be the one that it lies under/);
  const store = await open(newKey, oldKey);
  await expect(store.rotateMasterKey()).rejects.toThrow(/sessions of PostgreSQL without it are \d+/);
  await other.close();
  const both = await open(oldKey, newKey);
  expect(await store.rotateMasterKey()).toEqual({ changed: 1, keys: 1 });
  // It has the new key but puts what is new under the old one: nothing is lost, and the next rotation takes it along.
  await write(both, 'bea', 1);
  expect(await both.decisions.get(decision?.id ?? '')).toEqual(decision);
  expect(await store.rotateMasterKey()).toEqual({ changed: 1, keys: 2 });
  await Promise.all([store.close(), both.close()]);
});

test('without a master key there is nothing to rotate to', async () => {
  const store = await open();
  await expect(store.rotateMasterKey()).rejects.toThrow(/the new one must be given: none is/);
  await store.close();
});

/** Kills the rotation in another process once it has said that it changed so many keys. */
async function killAfter(changed: number): Promise<string> {
  const script = fileURLToPath(new URL('../testing-rotation.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=heed-source', script, database.url, newKey, oldKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.includes(`${changed}\n`)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return said;
}

test('killed again and again, every key can be opened by whoever has both, and the rotation ends at last', async () => {
  const store = await open(oldKey, newKey);
  const decisions = await write(store, 'many', 120);
  for (const changed of [1, 30, 17]) {
    expect(await killAfter(changed)).not.toContain('ended');
    expect(await read(decisions, oldKey, newKey)).toEqual(decisions);
    expect(Object.keys(await counts(store)).toSorted()).toEqual([nameOf(oldKey), nameOf(newKey)].toSorted());
  }
  await store.close();
  const last = await open(newKey, oldKey);
  const { changed } = await last.rotateMasterKey();
  expect(changed).toBeLessThanOrEqual(120 - 48);
  expect(await counts(last)).toEqual({ [nameOf(newKey)]: 120 });
  await last.close();
  expect(await read(decisions, newKey)).toEqual(decisions);
}, 60_000);

test('who is decided for and forgotten meanwhile is neither lost nor brought back', async () => {
  const store = await open(newKey, oldKey);
  const early = await open(oldKey, newKey);
  const [gone, ...kept] = await write(early, 'early', 60);
  const [, { written }] = await Promise.all([
    store.rotateMasterKey({ step: 2 }),
    (async () => {
      await early.transaction((transaction) =>
        early.subjects.forget(
          { id: '019b9294-2a3b-7000-8000-0000000000f0', subject: 'early 0', at: new Date(clock()).toISOString() },
          transaction,
        ),
      );
      return { written: await write(store, 'late', 30) };
    })(),
  ]);
  await Promise.all([store.close(), early.close()]);
  const all = [...kept, ...written];
  expect(await read(all, newKey)).toEqual(all);
  expect(await read([gone ?? testDecision()], newKey)).toMatchObject([{ forgotten: true, subject: null }]);
});
