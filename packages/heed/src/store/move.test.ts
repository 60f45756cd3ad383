import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backupStore, restoreStore } from './backup.ts';
import type { Store } from './database.ts';
import { moveStore } from './move.ts';
import { carriedTables, ownTables } from './tables.ts';
import { openTestStore } from './testing.ts';
import {
  testActivation,
  testArtifact,
  testDecision,
  testFeedback,
  testId,
  testLoop,
  testSignal,
  testTimeMs,
} from './testing-records.ts';

let source: Store;
const decisions = Array.from({ length: 1200 }, (_, index) =>
  testDecision({ subject: `reader ${index}\t"x"`, id: testId(testTimeMs - (index % 3) * 86_400_000) }),
);
const feedback = decisions.slice(0, 100).map(({ id }) => testFeedback(id));
const blob = {
  hash: 'aa'.repeat(32),
  mediaType: 'x',
  content: new Uint8Array(3_000_000).map((_, index) => index % 251),
};
const artifact = testArtifact();

beforeAll(async () => {
  source = await openTestStore();
  await source.loops.insert(testLoop('papers', 5));
  await source.artifacts.insert(artifact, [blob]);
  await Promise.all(
    decisions.map((decision) => source.decisions.insert(decision, { idempotency: { key: decision.id, payload: 'x' } })),
  );
  await Promise.all(feedback.map((record) => source.feedback.insert(record)));
  await source.activations.insert(testActivation(decisions[0]?.id ?? ''), { loop: 'papers' });
  await source.signals.insert(decisions.map(({ id }) => testSignal(id)));
  await source.signals.use('line', [], artifact.id);
  await source.episodes.insert({
    schemaVersion: 1,
    id: artifact.id,
    loop: 'papers',
    task: 't',
    seed: null,
    parent: null,
    participants: [],
    status: 'open',
    finalObservation: null,
    startedAt: '2026-01-06T09:30:00.000Z',
    endedAt: null,
  });
  await source.episodes.setStatus(artifact.id, {
    status: 'terminated',
    finalObservation: [],
    endedAt: '2026-01-06T09:31:00.000Z',
  });
  await source.readSince('learner', { kinds: ['decision'] }, async () => {});
});
afterAll(() => source.close());

async function expectSame(target: Store): Promise<void> {
  expect(await target.decisions.getMany(decisions.map(({ id }) => id))).toEqual(
    new Map(decisions.map((decision) => [decision.id, decision])),
  );
  expect(await target.feedback.about([decisions[3]?.id ?? ''])).toEqual(new Map([[decisions[3]?.id, [feedback[3]]]]));
  expect((await target.blobs.get(blob.hash))?.content).toEqual(blob.content);
  expect(await target.episodes.get(artifact.id)).toMatchObject({ status: 'terminated' });
  expect(await target.findIdempotency('decision', 'papers', decisions[7]?.id ?? '', 'x')).toEqual({
    record: decisions[7]?.id,
    samePayload: true,
  });
  // A store that was moved goes on: counters and cursors work.
  await target.episodes.setStatus(artifact.id, { status: 'abandoned', finalObservation: null, endedAt: null });
  expect(await target.episodes.get(artifact.id)).toMatchObject({ status: 'abandoned' });
  let read = 0;
  for (let more = true; more;)
    ({ more } = await target.readSince(
      'learner',
      { kinds: ['decision'], loop: 'papers' },
      async (rows) => void (read += rows.decision.length),
    ));
  expect(read).toBe(decisions.length);
}

test('every table is carried or left for a reason', async () => {
  const { rows } = await source.pool.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'heed' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([...carriedTables, ...ownTables].toSorted());
});

describe('moveStore', () => {
  test('copies one moment of a store in use, row for row, into an empty one and into no other', async () => {
    const target = await openTestStore();
    const late = testDecision({ loop: 'late' });
    const writing: Promise<unknown>[] = [];
    const tables: string[] = [];
    const sums = await moveStore(source, target, {
      onProgress: ({ table }) => {
        tables.push(table);
        if (writing.length === 0) writing.push(source.decisions.insert(late));
      },
    });
    await Promise.all(writing);
    expect(tables).toEqual([...carriedTables]);
    expect(sums.find(({ name }) => name === 'decision')).toMatchObject({ rows: 1200 });
    expect(await source.decisions.get(late.id)).toEqual(late);
    expect(await target.decisions.get(late.id)).toBeNull();
    await expectSame(target);
    await expect(moveStore(source, target)).rejects.toMatchObject({ code: 'store-not-empty' });
    await target.close();
  });

  test('leaves nothing behind where it does not succeed', async () => {
    const target = await openTestStore();
    await target.pool.query(
      `create function heed.spoil() returns trigger language plpgsql as $$ begin new.subject = 'spoilt'; return new; end $$`,
    );
    await target.pool.query(
      'create trigger spoil before insert on heed.decision for each row execute function heed.spoil()',
    );
    await expect(moveStore(source, target)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('cannot copy the table decision'),
    });
    const { rows } = await target.pool.query('select 1 from heed.loop');
    expect(rows).toEqual([]);
    await target.close();
  });
});

describe('backup', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heed-backup-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is restored row for row into an empty store', async () => {
    const target = await openTestStore();
    const sums = await backupStore(source, folder);
    expect(await restoreStore(folder, target)).toEqual(sums);
    await expectSame(target);
    await expect(restoreStore(folder, target)).rejects.toMatchObject({ code: 'store-not-empty' });
    await expect(backupStore(source, folder)).rejects.toMatchObject({ code: 'store-not-empty' });
    await target.close();
  });

  test('with a damaged file, or without its manifest, restores nothing', async () => {
    const target = await openTestStore();
    const manifest = await readFile(join(folder, 'manifest.json'), 'utf8');
    await writeFile(
      join(folder, 'manifest.json'),
      manifest.replace(/("name": "signal",\s+"rows": \d+,\s+"checksum": ")\d/, '$17'),
    );
    await expect(restoreStore(folder, target)).rejects.toMatchObject({ code: 'internal' });
    await writeFile(join(folder, 'manifest.json'), manifest);
    const bytes = await readFile(join(folder, 'signal.copy.gz'));
    await writeFile(join(folder, 'signal.copy.gz'), bytes.subarray(0, bytes.length / 2));
    await expect(restoreStore(folder, target)).rejects.toThrow(/unexpected end of file/);
    await rm(join(folder, 'manifest.json'));
    await expect(restoreStore(folder, target)).rejects.toMatchObject({ code: 'invalid-input' });
    expect((await target.pool.query('select 1 from heed.loop')).rowCount).toBe(0);
    await target.close();
  });
});
