import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { epsilonGreedy } from '../policy/index.ts';
import type { ArtifactContent, Learner, PolicyFormat } from '../spec/index.ts';
import { createHeed } from './create.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const loop = {
  context: z.object({ hour: z.number() }),
  candidate: z.object({ tone: z.string(), sold: z.boolean().optional() }),
  action: { type: 'choice' },
  feedback: {
    thumb: { kind: 'reaction', reward: 1 },
    stars: { kind: 'rating', value: z.number().min(1).max(5), reward: { scale: 0.2, offset: 0 } },
  },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
  attributionWindowSeconds: 60,
  exclusions: [{ from: 'candidate', field: 'sold', is: 'equal', value: true }],
  baseline: { type: 'item', item: 'plain' },
  exploration: epsilonGreedy({ epsilon: 0.1 }),
} as const;
const config = defineHeed({ loops: { greeting: loop } });

const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
const request = { context: { hour: 9 }, candidates };
const clock = tickingClock();
let heed: TestHeed<typeof config>;

beforeAll(async () => {
  heed = await openTestHeed(config, { clock: clock.now });
});
afterAll(() => heed.close());

test('a decision comes back with all that judges it, and is found again with its feedback and signal', async () => {
  const reply = await heed.decide('greeting', { ...request, subject: 'ada' });
  expect(reply).toMatchObject({
    loop: 'greeting',
    behaviour: 'exact',
    fallback: null,
    chosen: [expect.any(String)],
    artifact: expect.any(String),
    token: expect.any(String),
  });
  expect(Math.log(reply.probability ?? 0)).toBeCloseTo(reply.logProbability ?? NaN, 12);
  await heed.feedback([{ loop: 'greeting', decision: reply.decision, name: 'thumb', subject: 'ada' }]);
  await heed.derive();
  const detail = await heed.decisions.get(reply.decision);
  expect(detail.feedback).toHaveLength(1);
  expect(detail.signals.at(-1)).toMatchObject({ status: 'final', value: { kind: 'reward', rewards: { reward: 1 } } });
  expect(detail.candidates.map(({ item }) => item)).toEqual(['warm', 'plain', 'funny']);
});

test('a dry run stores nothing, and a repeated key gives the first decision again', async () => {
  const before = (await heed.decisions.list({ limit: 1_000 })).rows.length;
  const dry = await heed.decide('greeting', { ...request, dryRun: true });
  expect(dry.token).toBeNull();
  expect((await heed.decisions.list({ limit: 1_000 })).rows).toHaveLength(before);

  const first = await heed.decide('greeting', { ...request, idempotencyKey: 'once' });
  const second = await heed.decide('greeting', { ...request, idempotencyKey: 'once' });
  expect(second).toEqual(first);
  await expect(
    heed.decide('greeting', { ...request, context: { hour: 10 }, idempotencyKey: 'once' }),
  ).rejects.toMatchObject({ code: 'idempotency-conflict' });
});

test('a batch with one request that cannot be taken stores nothing of it', async () => {
  const decisions = (await heed.decisions.list({ limit: 1_000 })).rows.length;
  const feedbacks = (await heed.feedbacks.list({ limit: 1_000 })).rows.length;
  await expect(heed.decideBatch('greeting', [request, { ...request, candidates: [] }])).rejects.toMatchObject({
    code: 'invalid-input',
  });
  const { decision } = await heed.decide('greeting', request);
  const thumb = { loop: 'greeting', decision, name: 'thumb' } as const;
  await expect(heed.feedback([thumb, { loop: 'greeting', decision, name: 'stars', value: 9 }])).rejects.toMatchObject({
    code: 'invalid-input',
  });
  expect((await heed.decisions.list({ limit: 1_000 })).rows).toHaveLength(decisions + 1);
  expect((await heed.feedbacks.list({ limit: 1_000 })).rows).toHaveLength(feedbacks);
});

test('a batch with a key or an id that stands for something else stores nothing of it', async () => {
  const { decision } = await heed.decide('greeting', { ...request, idempotencyKey: 'taken' });
  const before = (await heed.decisions.list({ limit: 1_000 })).rows.length;
  const other = { ...request, context: { hour: 11 } };
  const fresh = '019b9294-0000-7000-8000-0000000000aa';
  for (const [second, code] of [
    [{ ...other, idempotencyKey: 'taken' }, 'idempotency-conflict'],
    [{ ...other, id: decision }, 'idempotency-conflict'],
    [{ ...other, id: fresh }, 'invalid-input'],
  ] as const)
    await expect(heed.decideBatch('greeting', [{ ...request, id: fresh }, second])).rejects.toMatchObject({ code });
  expect((await heed.decisions.list({ limit: 1_000 })).rows).toHaveLength(before);
});

test('what is excluded is never chosen, and nothing allowed is refused', async () => {
  const some = [...candidates.slice(0, 2), { item: 'funny', features: { tone: 'funny', sold: true } }];
  const replies = await heed.decideBatch(
    'greeting',
    Array.from({ length: 60 }, () => ({ context: { hour: 9 }, candidates: some, exclude: ['warm'], dryRun: true })),
  );
  expect(new Set(replies.flatMap(({ chosen }) => chosen))).toEqual(new Set(['plain']));
  await expect(heed.decide('greeting', { ...request, exclude: ['warm', 'plain', 'funny'] })).rejects.toThrow(
    /at least one candidate must be allowed/,
  );
});

test('input that does not fit is refused with its place, and nothing is stored', async () => {
  const wrong = { context: { hour: 'nine' }, candidates } as unknown as typeof request;
  await expect(heed.decide('greeting', wrong)).rejects.toThrow(/hour must be number/);
  await expect(heed.decide('greeting', { ...request, candidates: [...candidates, candidates[0]!] })).rejects.toThrow(
    /warm is there twice/,
  );
  await expect(heed.decide('greeting', { ...request, candidates: [] })).rejects.toThrow(/must not be empty/);
  const { decision } = await heed.decide('greeting', request);
  await expect(heed.feedback([{ loop: 'greeting', decision, name: 'stars', value: 9 }])).rejects.toThrow(/stars/);
  await expect(heed.feedback([{ loop: 'greeting', decision, name: 'applause' } as never])).rejects.toThrow(
    /name must be one that the loop greeting declares \(thumb, stars\): it is applause/,
  );
  expect((await heed.decisions.get(decision)).feedback).toEqual([]);
});

test('a token judges its own decision, once per kind, until it expires', async () => {
  const { token, decision } = await heed.decide('greeting', { ...request, subject: 'eve' });
  const judge = (more: object) => heed.feedback([{ loop: 'greeting', token: token ?? '', ...more } as never]);
  expect(await judge({ name: 'thumb' })).toMatchObject([{ status: 'accepted' }]);
  expect(await judge({ name: 'thumb' })).toMatchObject([{ status: 'duplicate' }]);
  expect(await judge({ name: 'stars', value: 4 })).toMatchObject([{ status: 'accepted' }]);
  await expect(judge({ name: 'stars', value: 1 })).rejects.toMatchObject({ code: 'already-judged' });
  const other = await heed.decide('greeting', request);
  await expect(judge({ name: 'thumb', decision: other.decision })).rejects.toMatchObject({ code: 'token-invalid' });
  await expect(heed.feedback([{ loop: 'greeting', token: `${token}x`, name: 'thumb' }])).rejects.toMatchObject({
    code: 'token-invalid',
  });
  expect((await heed.decisions.get(decision)).feedback).toHaveLength(2);
  clock.advance(3 * 86_400_000);
  await expect(judge({ name: 'thumb' })).rejects.toMatchObject({ code: 'token-expired' });
});

test('a deferred decision is no evidence until it is activated', async () => {
  const shown = await heed.decide('greeting', { ...request, activation: 'deferred' });
  const hidden = await heed.decide('greeting', { ...request, activation: 'deferred' });
  await heed.activate(shown.decision);
  clock.advance(61_000);
  await heed.derive();
  expect((await heed.decisions.get(shown.decision)).signals.at(-1)).toMatchObject({ status: 'defaulted' });
  expect((await heed.decisions.get(hidden.decision)).signals).toEqual([]);
});

test('a recorded decision keeps what is known of its probability', async () => {
  const action = { type: 'choice', item: 'warm' } as const;
  const known = await heed.record('greeting', { ...request, action, probability: 0.25 });
  const unknown = await heed.record('greeting', { context: { hour: 1 }, action });
  expect((await heed.decisions.get(known.decision)).decision).toMatchObject({
    origin: 'recorded',
    behaviour: { kind: 'exact', logProbability: Math.log(0.25) },
  });
  expect((await heed.decisions.get(unknown.decision)).decision.behaviour).toEqual({
    kind: 'unknown',
    logProbability: null,
  });
  await expect(heed.record('greeting', { ...request, action, probability: 0 })).rejects.toThrow(
    /probability must lie in \(0, 1\]/,
  );
});

test('training starts where the last artifact ended, and not from one that was rolled back', async () => {
  const learnOne = async () => {
    const { decision } = await heed.decide('greeting', request);
    await heed.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
    await heed.derive();
    return heed.train('greeting');
  };
  const first = await learnOne();
  const second = await learnOne();
  expect((await heed.artifacts.get(second.artifact ?? '')).lineage.parent).toBe(first.artifact);
  expect((await heed.train('greeting')).artifact).toBeNull();
  expect((await heed.artifacts.rollback('greeting', { by: 'a test', why: 'worse' })).artifact).toBe(first.artifact);
  expect((await heed.decide('greeting', { ...request, dryRun: true })).artifact).toBe(first.artifact);
  const third = await learnOne();
  expect((await heed.artifacts.get(third.artifact ?? '')).lineage.parent).toBe(first.artifact);
});

test('a process with another version of a loop is refused while one runs, and takes the artifact over afterwards', async () => {
  const changed = defineHeed({ loops: { greeting: { ...loop, deadlineMs: 50 } } });
  const own = await openTestHeed(config);
  const { decision } = await own.decide('greeting', request);
  await own.feedback([{ loop: 'greeting', decision, name: 'thumb' }]);
  await own.derive();
  const trained = await own.train('greeting');
  await expect(createHeed(changed, { url: own.url })).rejects.toMatchObject({ code: 'loop-version-conflict' });
  const same = await own.reopen();
  await same.close();

  const stopped = await own.stop();
  const after = await createHeed(changed, { url: stopped.url });
  const { artifact } = await after.loops.get('greeting');
  expect(artifact?.lineage).toMatchObject({ parent: trained.artifact, signals: { before: 1, used: 0 } });
  expect(artifact?.metrics['examples']).toBe(1);
  await after.close();
  await stopped.drop();
});

test('where the policy cannot score, the baseline acts and says that it was unsure', async () => {
  const broken: PolicyFormat = {
    format: 'broken',
    formatVersions: [1],
    read: (artifact) => ({
      artifact,
      distribution: () => new Float64Array(),
      logProbability: () => 0,
      decide: () => {
        throw Object.assign(new Error('no score'), { name: 'HeedError', code: 'internal' });
      },
      explain: (_request, item) => ({ item, score: 0, terms: [], rest: 0, probability: 0 }),
    }),
  };
  const content: ArtifactContent = { format: 'broken', formatVersion: 1, configuration: {}, files: [], metrics: {} };
  const learner: Learner<null> = {
    name: 'broken',
    needs: () => ({ signal: 'reward', propensity: false, rewardRange: false }),
    init: () => null,
    update: () => null,
    toArtifact: () => content,
    fromArtifact: () => null,
    subjects: null,
  };
  const unsure = await openTestHeed(
    defineHeed({ loops: { greeting: { ...loop, learner: { name: 'broken', options: {} } } } }),
    { learners: [learner], formats: [broken] },
  );
  expect(await unsure.decide('greeting', request)).toMatchObject({
    chosen: ['plain'],
    behaviour: 'deterministic',
    fallback: 'unsure',
    probability: 1,
  });
  await unsure.close();
});
