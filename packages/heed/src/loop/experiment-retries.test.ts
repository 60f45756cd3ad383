import { afterEach, expect, test } from 'vitest';
import { halves, openPage } from './testing-experiment.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const open = () => openPage({ good: 0.9, fault: 'none' }, closers);
const reason = { by: 'ada', why: 'a test' };

test('the same key starts an experiment once, also at the same moment, and after its end', async () => {
  const { heed, artifact } = await open();
  const request = halves(artifact, { idempotencyKey: 'once' });
  const [one, other] = await Promise.all([heed.experiments.start(request), heed.experiments.start(request)]);
  expect(other).toEqual(one);
  expect((await heed.experiments.list()).rows).toEqual([one]);
  const ended = await heed.experiments.stop(one.id, reason);
  expect(await heed.experiments.start(request)).toEqual(ended);
});

test('a key stands for one request: another start, or an end, under it is refused, and takes nothing', async () => {
  const { heed, artifact } = await open();
  const { id } = await heed.experiments.start(halves(artifact, { idempotencyKey: 'once' }));
  const conflict = { code: 'idempotency-conflict' };
  await expect(heed.experiments.start(halves(artifact, { idempotencyKey: 'once', alpha: 0.1 }))).rejects.toMatchObject(
    conflict,
  );
  await expect(heed.experiments.stop(id, { ...reason, idempotencyKey: 'once' })).rejects.toMatchObject(conflict);
  expect((await heed.experiments.get(id)).experiment.status).toBe('running');
});

test('a start that was refused leaves its key free', async () => {
  const { heed, artifact } = await open();
  const first = await heed.experiments.start(halves(artifact));
  const second = halves(artifact, { name: 'second', idempotencyKey: 'later' });
  await expect(heed.experiments.start(second)).rejects.toMatchObject({ code: 'experiment-conflict' });
  await heed.experiments.stop(first.id, reason);
  expect(await heed.experiments.start(second)).toMatchObject({ name: 'second', status: 'running' });
});

test('without a key, of two starts at the same moment one wins and the other one is told which', async () => {
  const { heed, artifact } = await open();
  const results = await Promise.allSettled([
    heed.experiments.start(halves(artifact)),
    heed.experiments.start(halves(artifact)),
  ]);
  const [started] = (await heed.experiments.list()).rows;
  const [won, lost] = results.toSorted((a, b) => (a.status < b.status ? -1 : 1));
  expect(won).toEqual({ status: 'fulfilled', value: started });
  expect(lost).toMatchObject({
    status: 'rejected',
    reason: { code: 'experiment-conflict', message: expect.stringContaining(`good-page (${started?.id}) does`) },
  });
});

test('the same key ends an experiment once: the same end comes back, and the winner is released once', async () => {
  const { heed, artifact } = await open();
  const { id } = await heed.experiments.start(halves(artifact));
  const conclusion = { ...reason, winner: 'new', promote: true, idempotencyKey: 'the end' };
  const [one, other] = await Promise.all([
    heed.experiments.conclude(id, conclusion),
    heed.experiments.conclude(id, conclusion),
  ]);
  expect(other).toEqual(one);
  expect(one).toMatchObject({ status: 'concluded', end: { winner: 'new', cause: 'operator' } });
  expect((await heed.artifacts.releases('page')).filter(({ artifact: each }) => each === artifact)).toHaveLength(1);
  await expect(heed.experiments.conclude(id, { ...conclusion, winner: 'control' })).rejects.toMatchObject({
    code: 'idempotency-conflict',
  });
  await expect(heed.experiments.conclude(id, { ...conclusion, idempotencyKey: undefined })).rejects.toMatchObject({
    code: 'experiment-conflict',
    message: `cannot end the experiment good-page (${id}), as it must be running: it has ended`,
  });
});

test('of a stop and a conclusion at the same moment one counts', async () => {
  const { heed, artifact } = await open();
  const { id } = await heed.experiments.start(halves(artifact));
  const results = await Promise.allSettled([
    heed.experiments.stop(id, reason),
    heed.experiments.conclude(id, { ...reason, winner: 'new' }),
  ]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const { experiment } = await heed.experiments.get(id);
  expect(results.find(({ status }) => status === 'fulfilled')).toMatchObject({ value: experiment });
});
