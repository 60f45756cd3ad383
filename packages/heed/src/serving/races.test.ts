import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DecideReply, Heed, ImportReport } from '../loop/index.ts';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { testDecision, testEpisode, testId } from '../store/testing-records.ts';
import { createServer } from './server.ts';
import { candidates, config } from './testing/greeting.ts';

let heed: TestHeed<typeof config>;
let other: Heed<typeof config>;
let servers: FastifyInstance[];

beforeAll(async () => {
  heed = await openTestHeed(config);
  other = await heed.reopen();
  servers = await Promise.all([heed, other].map((each) => createServer({ heed: each, log: () => undefined })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await other.close();
  await heed.close();
});

const rounds = 200;

/** A request of a batch: another hour is another request. */
function one(idempotencyKey: string, hour: number, more: object = {}) {
  return { idempotencyKey, context: { hour }, candidates, ...more };
}

/** Sends each batch at the same moment, to one server and the other in turns. */
async function sendAll(batches: readonly (readonly object[])[]) {
  const answers = await Promise.all(
    batches.map((requests, index) =>
      (servers[index % servers.length] as FastifyInstance).inject({
        method: 'POST',
        url: '/v1/loops/greeting/decide-batch',
        payload: { requests },
      }),
    ),
  );
  return answers.map(({ statusCode, body }) => ({
    statusCode,
    body,
    replies: (JSON.parse(body) as { replies?: DecideReply[] }).replies ?? [],
  }));
}

async function storedKeys(from: string): Promise<string[]> {
  const { rows } = await heed.decisions.list({ loop: 'greeting', limit: 20 });
  return rows.flatMap(({ idempotencyKey }) => (idempotencyKey?.startsWith(from) ? [idempotencyKey] : [])).toSorted();
}

test('one batch that is sent many times at once is stored once, and gets one answer', async () => {
  for (let round = 0; round < rounds; round += 1) {
    // A caller that makes its own ids makes new ones for each try, or keeps the first: both are retries.
    const id = round % 2 === 0 ? undefined : testId(Date.now());
    const batch = [one(`same ${round} a`, 9, { id }), one(`same ${round} b`, 10), one(`same ${round} c`, 11)];
    const answers = await sendAll([batch, batch, batch, batch]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(await storedKeys(`same ${round} `)).toEqual([`same ${round} a`, `same ${round} b`, `same ${round} c`]);
  }
}, 120_000);

test('of batches that share a key and say different things one is stored, and of the others nothing', async () => {
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    const key = (name: string) => `mixed ${round} ${name}`;
    const batches = [
      [one(key('a'), 1), one(key('b'), 1)],
      [one(key('b'), 2), one(key('c'), 2)],
      [one(key('c'), 3), one(key('d'), 3)],
      [one(key('d'), 4), one(key('a'), 4)],
    ];
    const answers = await sendAll(batches);
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const won = batches.filter((_, index) => statuses[index] === 200);
    expect(await storedKeys(`mixed ${round} `)).toEqual(
      won.flatMap((batch) => batch.map(({ idempotencyKey }) => idempotencyKey)).toSorted(),
    );
    // Batches beside one another share a key: at least one of the four goes through, and at most two do.
    expect([1, 2]).toContain(won.length);
    refused += answers.length - won.length;
  }
  expect(refused).toBeGreaterThanOrEqual(2 * rounds);
}, 120_000);

test('of batches with an id that is taken meanwhile nothing is stored', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const id = testId(Date.now());
    const batches = [0, 1].map((number) => [
      one(`id ${round} ${number} a`, number),
      one(`id ${round} ${number} b`, number, { id }),
    ]);
    const answers = await sendAll(batches);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const won = answers.findIndex(({ statusCode }) => statusCode === 200);
    expect(await storedKeys(`id ${round} `)).toEqual([`id ${round} ${won} a`, `id ${round} ${won} b`]);
  }
}, 120_000);

test('of feedback that is given together all is taken or none', async () => {
  const { decision } = await heed.decide('greeting', { context: { hour: 9 }, candidates });
  for (let round = 0; round < rounds; round += 1) {
    const give = (which: Heed<typeof config>, value: number, ...names: string[]) =>
      which.feedback(
        names.map((name) => ({ loop: 'greeting', decision, name: 'stars', value, idempotencyKey: `${round} ${name}` })),
      );
    const same = await Promise.all([heed, other, heed].map((each) => give(each, 5, 'x', 'y')));
    expect(new Set(same.map((replies) => JSON.stringify(replies.map(({ feedback }) => feedback)))).size).toBe(1);
    const mixed = await Promise.allSettled([
      give(heed, 1, 'a', 'b'),
      give(other, 2, 'b', 'c'),
      give(heed, 3, 'c', 'a'),
    ]);
    expect(mixed.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
  }
  const { rows } = await heed.feedbacks.list({ decision });
  expect(rows).toHaveLength(4 * rounds);
}, 120_000);

function importInto(which: Heed<typeof config>, rows: readonly object[]): Promise<ImportReport> {
  return which.importRows('jsonl', new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')));
}

test('files that are imported at once are read one after another: the same counts once, a contradicting one not at all', async () => {
  for (let round = 0; round < rounds / 2; round += 1) {
    const file = [
      { kind: 'episode', episode: testEpisode({ loop: 'greeting' }) },
      { kind: 'decision', decision: testDecision({ loop: 'greeting' }) },
    ];
    const reports = await Promise.all([heed, other, other, heed].map((each) => importInto(each, file)));
    expect(reports.map(({ duplicates }) => duplicates).toSorted((a, b) => a - b)).toEqual([0, 2, 2, 2]);

    const shared = testDecision({ loop: 'greeting' });
    const both = await Promise.allSettled(
      [heed, other].map((each, step) =>
        importInto(each, [
          { kind: 'episode', episode: testEpisode({ loop: 'greeting' }) },
          { kind: 'decision', decision: { ...shared, step } },
        ]),
      ),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const { rows } = await heed.episodes.list({ loop: 'greeting', limit: 1_000 });
    expect(rows).toHaveLength(2 * round + 2);
  }
}, 120_000);
