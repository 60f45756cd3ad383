import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHeed } from '../loop/testing.ts';
import type { TestHeed } from '../loop/testing.ts';
import { routeAccess } from './access.ts';
import { createServer } from './server.ts';
import { candidates, config } from './testing/greeting.ts';
import { allScopes, keyHeaders, operationsOf } from './testing/keyed.ts';
import type { Operation } from './testing/keyed.ts';

/** Words that only the other loop's rows hold. */
const marks = ['cellar', 'topic-of-theirs', 'reader-of-theirs', 'task-of-theirs'];
const unknown = '019b9294-2a3b-7000-8000-00000000dead';
const by = { by: 'ann', why: 'a test' };

let heed: TestHeed<typeof config>;
let server: Awaited<ReturnType<typeof createServer>>;
let ours: { authorization: string };
let theirs: { authorization: string };
/** Ids of the other loop's rows, by the folder of their route. */
let foreign: Record<string, string> = {};
let mine = '';

beforeAll(async () => {
  heed = await openTestHeed(config);
  server = await createServer({ heed, keys: 'required' });
  await server.ready();
  ours = await keyHeaders(heed, allScopes, ['greeting']);
  theirs = await keyHeaders(heed, allScopes, ['page']);
  mine = (await heed.decide('greeting', { context: { hour: 9 }, candidates })).decision;
  const { decision, artifact } = await heed.decide('page', {
    context: {},
    subject: 'reader-of-theirs',
    candidates: [
      { item: 'cellar', features: { topic: 'topic-of-theirs' } },
      { item: 'attic', features: { topic: 'roofs' } },
    ],
  });
  const [given] = await heed.feedback([{ loop: 'page', decision, item: 'cellar', name: 'upvote' }]);
  const episode = await heed.episodes.start({ loop: 'page', task: 'task-of-theirs' });
  const job = await heed.jobs.train('page');
  const experiment = await heed.experiments.start({
    ...by,
    loop: 'page',
    name: 'theirs',
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      { name: 'cellar', policy: { type: 'variant' } },
    ],
  });
  const ended = await heed.experiments.conclude(experiment.id, { ...by, winner: 'cellar', promote: true });
  const key = (await heed.keys.list()).find(({ loops }) => loops?.includes('page'));
  await heed.audit.write({ who: 'ann', action: 'train', loop: 'page', target: 'cellar' });
  foreign = {
    decisions: decision,
    feedback: given?.feedback ?? '',
    episodes: episode.id,
    artifacts: artifact ?? '',
    jobs: job.id,
    keys: key?.id ?? '',
    experiments: experiment.id,
    releases: ended.end?.release ?? '',
    evaluations: ended.end?.evidence ?? '',
  };
});
afterAll(async () => {
  await server.close();
  await heed.close();
});

/** Bodies that the schemas take. */
const bodies: Record<string, object> = {
  decide: { context: {}, candidates: [{ item: 'a', features: { topic: 'b' } }] },
  decideBatch: { requests: [{ context: {}, candidates: [{ item: 'a', features: { topic: 'b' } }] }] },
  record: { context: {}, action: { type: 'choice', item: 'a' } },
  recordBatch: { requests: [{ context: {}, action: { type: 'choice', item: 'a' } }] },
  startEpisode: { loop: 'page', task: 'mine' },
  endEpisode: { status: 'terminated' },
  promote: by,
  rollback: by,
  advanceCandidate: by,
  abortCandidate: by,
  startExperiment: {
    ...by,
    loop: 'page',
    name: 'mine',
    arms: ['one', 'two'].map((name) => ({ name, policy: { type: 'baseline' } })),
  },
  stopExperiment: by,
  concludeExperiment: { ...by, winner: 'cellar' },
  createKey: { name: 'theirs', scopes: ['read'], loops: ['page'] },
  putItems: { items: [{ item: 'a', features: { topic: 'b' } }] },
};

function ask({ method, path, operationId }: Operation, headers: object, ids: Record<string, string>, loop: string) {
  const folder = path.split('/')[2] ?? '';
  const url = path
    .replace('{loop}', loop)
    .replace('{item}', 'cellar')
    .replace('{id}', ids[folder] ?? unknown);
  const query = operationId === 'exportRows' ? { format: 'jsonl', what: 'decisions' } : undefined;
  const payload = bodies[operationId];
  return server.inject({
    method,
    url,
    headers: { ...headers },
    ...(query === undefined ? {} : { query }),
    ...(payload === undefined ? {} : { payload }),
  });
}

/** Subjects belong to all loops; a batch tells of each of its requests. */
const statuses: Record<string, number> = { getSubject: 403, deleteSubject: 403, recordBatch: 200 };

test('what is named by an id or a loop of somebody else does not exist, on every route', async () => {
  const named = operationsOf(server).filter(({ path }) => /\{(id|loop)\}/.test(path));
  expect(named.length).toBeGreaterThan(20);
  for (const operation of named) {
    const answer = await ask(operation, ours, foreign, 'page');
    const nothing = await ask(operation, ours, {}, 'nowhere');
    const expected = statuses[operation.operationId] ?? 404;
    expect([operation.operationId, answer.statusCode]).toEqual([operation.operationId, expected]);
    // The same words as for what nobody has.
    const plain = (text: string): string =>
      Object.values(foreign)
        .reduce((rest, id) => rest.replaceAll(id, unknown), text)
        .replaceAll('nowhere', 'page');
    expect(plain(answer.payload)).toBe(plain(nothing.payload));
    for (const mark of marks) expect(answer.payload).not.toContain(mark);
  }
});

test('whoever may see that loop is shown the same rows, so that the blindness is the key’s', async () => {
  const shown = operationsOf(server).filter(
    ({ path, method }) => method === 'GET' && path.includes('{id}') && !path.startsWith('/v1/subjects'),
  );
  expect(shown.length).toBeGreaterThan(5);
  for (const operation of shown)
    expect([operation.operationId, (await ask(operation, theirs, foreign, 'page')).statusCode]).toEqual([
      operation.operationId,
      200,
    ]);
});

test('no list, export or page tells of another loop', async () => {
  const lists = operationsOf(server).filter(
    ({ path, method, operationId }) =>
      method === 'GET' &&
      !path.includes('{') &&
      // Metrics are of all loops, and refused to a key of some.
      !['events', 'metrics'].includes(operationId) &&
      routeAccess[operationId]?.scope !== null,
  );
  expect(lists.length).toBeGreaterThan(8);
  let told = 0;
  for (const operation of lists) {
    const [seen, owners] = [await ask(operation, ours, {}, ''), await ask(operation, theirs, {}, '')];
    expect([operation.operationId, seen.statusCode, owners.statusCode]).toEqual([operation.operationId, 200, 200]);
    const secrets = [...marks, ...Object.values(foreign)];
    for (const secret of secrets)
      expect(seen.payload.includes(secret) ? [operation.operationId, secret] : []).toEqual([]);
    told += secrets.filter((secret) => owners.payload.includes(secret)).length;
    expect(
      (await server.inject({ url: `${operation.path}?loop=page&format=jsonl&what=decisions`, headers: ours })).payload,
    ).not.toContain('cellar');
  }
  expect(told).toBeGreaterThan(8);
  expect((await server.inject({ url: '/v1/decisions', headers: ours })).payload).toContain(mine);
});

test('feedback reaches no decision of another loop, whatever it names', async () => {
  const { decisions = '', feedback = '', episodes = '', artifacts = '' } = foreign;
  const targets = [
    { decision: decisions },
    { loop: 'greeting', decision: decisions },
    { loop: 'page', decision: mine },
    { loop: 'greeting', targets: [{ type: 'item', decision: decisions, item: 'cellar' }] },
    { loop: 'greeting', targets: [{ type: 'feedback', feedback, relation: 'retracts' }] },
    { loop: 'greeting', targets: [{ type: 'episode', episode: episodes }] },
    { loop: 'greeting', targets: [{ type: 'artifact', artifact: artifacts }] },
    { loop: 'greeting', targets: [{ type: 'loop', loop: 'page' }] },
  ];
  const before = (await heed.decisions.get(decisions)).feedback.length;
  const answer = await server.inject({
    method: 'POST',
    url: '/v1/feedback',
    headers: ours,
    payload: { feedback: targets.map((target) => ({ kind: 'reaction', value: true, ...target })) },
  });
  const { results } = answer.json<{ results: { status: string }[] }>();
  expect(results.map(({ status }) => status)).toEqual(targets.map(() => 'refused'));
  for (const mark of marks) expect(answer.payload).not.toContain(mark);
  expect((await heed.decisions.get(decisions)).feedback).toHaveLength(before);
});

test('an import takes no row of another loop, and none that reaches into it', async () => {
  const bring = async (file: Uint8Array | string): Promise<[number, string]> => {
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/import?format=jsonl',
      headers: { ...ours, 'content-type': 'application/x-ndjson' },
      payload: Buffer.from(file),
    });
    return [answer.statusCode, answer.json<{ code: string }>().code];
  };
  expect(await bring(await heed.exportRows('jsonl', 'decisions', { loop: 'page' }))).toEqual([400, 'invalid-input']);
  const said = new TextDecoder().decode(await heed.exportRows('jsonl', 'feedback', { loop: 'page' }));
  expect(await bring(said.replaceAll('"loop":"page"', '"loop":"greeting"'))).toEqual([404, 'not-found']);
  const released = new TextDecoder().decode(await heed.exportRows('jsonl', 'releases', { loop: 'page' }));
  expect(await bring(released.replaceAll('"loop":"page"', '"loop":"greeting"'))).toEqual([400, 'invalid-input']);
  expect(await bring(await heed.exportRows('jsonl', 'decisions', { loop: 'greeting' }))).toEqual([200, undefined]);
});

test('events of another loop are not heard, and not counted either', async () => {
  const limited = heed.limitTo(['greeting']);
  const heard: (string | null)[] = [];
  const stop = limited.subscribe(({ loop }) => void heard.push(loop));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await heed.decide('page', {
    context: {},
    candidates: [
      { item: 'a', features: { topic: 'b' } },
      { item: 'c', features: { topic: 'd' } },
    ],
  });
  await heed.decide('greeting', { context: { hour: 9 }, candidates });
  for (let tries = 0; tries < 200 && heard.length === 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  stop();
  expect(new Set(heard)).toEqual(new Set(['greeting']));
});

test('an operator of one loop makes no key that sees more', async () => {
  for (const loops of [undefined, ['page'], ['greeting', 'page']]) {
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/keys',
      headers: ours,
      payload: { name: 'more', scopes: ['read'], ...(loops === undefined ? {} : { loops }) },
    });
    expect(answer.statusCode).toBe(403);
  }
  const made = await server.inject({
    method: 'POST',
    url: '/v1/keys',
    headers: ours,
    payload: { name: 'same', scopes: ['read'], loops: ['greeting'] },
  });
  expect(made.statusCode).toBe(201);
});
