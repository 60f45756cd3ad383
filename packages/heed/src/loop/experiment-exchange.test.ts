import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Experiment } from '../spec/index.ts';
import { candidates, halves, openPage } from './testing-experiment.ts';

/** Two stores of one configuration: what the first one has done is brought to the second. */
type Opened = Awaited<ReturnType<typeof openPage>>;
let here: Opened;
let there: Opened;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  here = await openPage({ good: 0.9, fault: 'none' }, closers);
  there = await openPage({ good: 0.9, fault: 'none' }, closers);
}, 240_000);
afterAll(async () => {
  for (const close of closers) await close();
});

const reason = { by: 'ada', why: 'a test' };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (experiment: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ kind: 'experiment', experiment }));

let running: Experiment;
let ended: Experiment;

test('a running experiment comes with the arms of its subjects, and goes on where it has come to', async () => {
  running = await here.heed.experiments.start(
    halves(here.artifact, { goals: [{ feedback: 'thumb' }], horizon: { subjects: 1_000 } }),
  );
  for (const subject of ['ann', 'bob', 'cid']) await here.heed.decide('page', { context: {}, candidates, subject });
  const everything = await here.heed.exportRows('parquet', 'everything');
  await there.heed.importRows('parquet', everything);
  expect((await there.heed.experiments.list()).rows).toEqual([running]);
  const of = async ({ heed }: Opened) => text(await heed.exportRows('jsonl', 'assignments', { loop: 'page' }));
  expect((await of(here)).split('\n').filter((line) => line.includes('"ann"'))).toHaveLength(1);
  expect(await of(there)).toBe(await of(here));
  // It takes a moment until those who serve have heard of it.
  let experiment: Experiment['id'] | undefined;
  for (let tries = 0; tries < 200 && experiment === undefined; tries += 1) {
    const { decision } = await there.heed.decide('page', { context: {}, candidates, subject: 'ann' });
    experiment = (await there.heed.decisions.get(decision)).decision.experiment?.id;
  }
  expect(experiment).toBe(running.id);
  const again = await there.heed.importRows('parquet', everything);
  expect(again.duplicates).toBe(again.decisions + again.feedback + again.others);
});

test('a conclusion follows its experiment, with its evidence; after that nothing is new', async () => {
  ended = await here.heed.experiments.conclude(running.id, { ...reason, winner: 'new', promote: true });
  const everything = await here.heed.exportRows('jsonl', 'everything');
  await there.heed.importRows('jsonl', everything);
  expect(await there.heed.experiments.get(running.id)).toEqual(await here.heed.experiments.get(running.id));
  expect((await there.heed.loops.get('page')).serving?.id).toBe(ended.end?.release);
  const again = await there.heed.importRows('jsonl', everything);
  expect(again.duplicates).toBe(again.decisions + again.feedback + again.others);
  const [line] = text(await here.heed.exportRows('jsonl', 'experiments'))
    .trim()
    .split('\n');
  expect(JSON.parse(line ?? '')).toEqual({ kind: 'experiment', experiment: ended });
});

test('the row of before the end changes nothing; another end is refused', async () => {
  const rows = await there.heed.importRows('jsonl', bytesOf(running));
  expect(rows).toMatchObject({ others: 1, duplicates: 1 });
  expect((await there.heed.experiments.get(running.id)).experiment).toEqual(ended);
  await expect(
    there.heed.importRows('jsonl', bytesOf({ ...ended, end: { ...ended.end, winner: 'control' } })),
  ).rejects.toMatchObject({ code: 'idempotency-conflict' });
});

test('what has no place is refused with the reason', async () => {
  const other = { ...running, id: '019b9294-2a3b-7000-8000-00000000abcd', salt: 'other' };
  const own = await there.heed.experiments.start(halves(there.artifact, { name: 'own' }));
  const imported = (experiment: object) => there.heed.importRows('jsonl', bytesOf(experiment));
  await expect(imported(other)).rejects.toMatchObject({
    code: 'experiment-conflict',
    message: expect.stringContaining(`its name must be its own in page: ${running.id} has it`),
  });
  await expect(imported({ ...other, name: 'third' })).rejects.toMatchObject({
    code: 'experiment-conflict',
    message: expect.stringContaining(`no other experiment must run in page: own (${own.id}) does`),
  });
  const lost = { ...other, name: 'third', arms: other.arms.map((arm) => ({ ...arm, artifact: other.id })) };
  await expect(imported(lost)).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining(`its artifact ${other.id} must come with it or be stored`),
  });
});
