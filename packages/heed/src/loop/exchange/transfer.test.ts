import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Artifact, Job } from '../../spec/index.ts';
import type { BlobContent, Store } from '../../store/index.ts';
import {
  testArtifact,
  testDecision,
  testFeedback,
  testId,
  testLoop,
  testSignal,
  testTimeMs,
  testEpisode,
  testSubjectState,
} from '../../store/testing-records.ts';
import { openTestStore } from '../../store/testing.ts';
import { exportRows, importRows } from './index.ts';
import type { ExportContent, Row } from './index.ts';

const loops = new Map([
  ['papers', true],
  ['other', true],
]);
const at = new Date(testTimeMs).toISOString();

let here: Store;
let there: Store;

beforeAll(async () => {
  [here, there] = await Promise.all([openTestStore(), openTestStore()]);
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
});

function blobOf(text: string): BlobContent {
  const content = new TextEncoder().encode(text);
  return { hash: createHash('sha256').update(content).digest('hex'), mediaType: 'application/octet-stream', content };
}

function fileOf({ hash, content }: BlobContent): Artifact['files'][number] {
  return { name: 'weights', blob: hash, bytes: content.byteLength };
}

async function exported(what: ExportContent, options: Parameters<typeof exportRows>[3] = {}): Promise<Row[]> {
  const bytes = await exportRows({ store: here }, 'jsonl', what, options);
  const text = new TextDecoder().decode(bytes).trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Row);
}

function into(store: Store, rows: readonly object[]) {
  const bytes = new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
  return importRows({ store, loops }, 'jsonl', bytes);
}

function testJob(change: Partial<Job> = {}): Job {
  return {
    schemaVersion: 1,
    id: testId(),
    kind: 'train',
    loop: 'papers',
    input: {},
    status: 'succeeded',
    progress: null,
    checkpoint: null,
    outcome: null,
    fencingToken: 1,
    createdAt: at,
    startedAt: at,
    heartbeatAt: at,
    endedAt: at,
    ...change,
  };
}

test('an artifact leaves with all of its content, other records with what is small', async () => {
  const large = blobOf('x'.repeat(1_048_577));
  const small = blobOf('small');
  const artifact = testArtifact({ files: [fileOf(large), fileOf(small)] });
  await here.artifacts.insert(artifact, [large, small]);
  const told = testFeedback(testId(), {
    source: { type: 'model', seen: 'part', evidence: large.hash },
    value: { type: 'content', parts: [{ type: 'blob', blob: small.hash, mediaType: small.mediaType }] },
  });
  await here.feedback.insert(told);

  const rows = await exported('everything');
  const namesOf = (id: string) =>
    rows
      .filter((row) => JSON.stringify(row).includes(`"id":"${id}"`))
      .flatMap(({ blobs = {} }) => Object.keys(blobs).toSorted());
  expect(namesOf(artifact.id)).toEqual([large.hash, small.hash].toSorted());
  expect(namesOf(told.id)).toEqual([small.hash]);
  await into(there, rows);
  expect(await there.artifacts.get(artifact.id)).toEqual(artifact);
  expect((await there.blobs.get(large.hash))?.content).toEqual(large.content);
});

test('what an artifact, a state or a release cannot do without must come along, or be there', async () => {
  const weights = blobOf('weights');
  const artifact = testArtifact({ files: [fileOf(weights)] });
  const row = { kind: 'artifact', artifact };
  await expect(into(there, [row])).rejects.toThrow(
    `cannot import the artifact ${artifact.id}, as its content ${weights.hash} must come with it or be stored: it is not`,
  );
  const state = testSubjectState({ artifact: artifact.id, statistics: weights.hash, updatedAt: at });
  await expect(into(there, [{ kind: 'subjectState', subjectState: state }])).rejects.toThrow(/as its content/);
  const release = {
    schemaVersion: 1,
    id: testId(),
    loop: 'papers',
    artifact: artifact.id,
    step: 'full',
    by: 'somebody',
    why: 'it is better',
    evidence: null,
    at,
  };
  await expect(into(there, [{ kind: 'release', release }])).rejects.toThrow(/as its artifact .+ must come with it/);

  await there.blobs.put([weights]);
  expect(await into(there, [{ kind: 'release', release }, row])).toMatchObject({ others: 2, duplicates: 0 });
  expect(await there.releases.latest('papers')).toEqual(release);
});

test('signals keep who used them: none is learned from twice', async () => {
  const [used, unused] = [testSignal(testId()), testSignal(testId())];
  await here.signals.insert([used, unused]);
  const artifact = testId();
  await here.signals.use('training:papers', [used.id], artifact);
  expect(await here.signals.countUnused(used.derivation, 'training:papers')).toBe(1);

  await into(there, await exported('signals'));
  expect(await there.signals.usesOf([used.id, unused.id])).toEqual(
    new Map([[used.id, [{ lineage: 'training:papers', artifact }]]]),
  );
  expect(await there.signals.countUnused(used.derivation, 'training:papers')).toBe(1);
});

test('what was derived here already stays as it was derived here', async () => {
  const decision = testId();
  const ours = testSignal(decision);
  await there.signals.insert([ours]);
  const theirs = testSignal(decision, { value: { kind: 'reward', rewards: { reward: 0 } } });
  const later = testSignal(decision, { version: 2, supersedes: theirs.id });
  const other = testSignal(testId());
  const rows = [theirs, later, other].map((signal) => ({ kind: 'signal', signal }));
  expect(await into(there, rows)).toMatchObject({ others: 3, duplicates: 2 });
  const ids = [ours, theirs, later, other].map(({ id }) => id);
  expect([...(await there.signals.getMany(ids)).keys()].toSorted()).toEqual([ours.id, other.id].toSorted());
});

test('a version of a loop from elsewhere does not take the place of the one in use', async () => {
  const [ours, older] = [testLoop('papers', 30), { ...testLoop('papers', 7), version: 'fedcba9876543210' }];
  await there.loops.insert(ours);
  const rows = [older, { ...ours, id: testId() }].map((loop) => ({ kind: 'loop', loop }));
  expect(await into(there, rows)).toMatchObject({ others: 2, duplicates: 1 });
  expect(await there.loops.latest('papers')).toEqual(ours);
  expect((await there.loops.list('papers')).length).toBe(2);
});

test('a job leaves once it has ended, and does not come before', async () => {
  const [ended, running] = [testJob(), testJob({ status: 'running', endedAt: null })];
  for (const job of [ended, running]) await here.jobs.insert(job);
  const rows = await exported('jobs');
  expect(rows.map((row) => row.kind === 'job' && row.job.id)).toEqual([ended.id]);
  await expect(into(there, [{ kind: 'job', job: running }])).rejects.toThrow(
    `cannot import the job ${running.id}, as it must have ended: it is running`,
  );
});

test('an episode that went on here stays where it is; one that is another is refused', async () => {
  const episode = testEpisode();
  await there.episodes.insert(episode);
  const ended = await there.episodes.setStatus(episode.id, {
    status: 'terminated',
    finalObservation: null,
    endedAt: at,
  });
  expect(await into(there, [{ kind: 'episode', episode }])).toMatchObject({ others: 1, duplicates: 1 });
  expect(await there.episodes.get(episode.id)).toEqual(ended);
  await expect(into(there, [{ kind: 'episode', episode: { ...episode, task: 'write' } }])).rejects.toThrow(
    `cannot import the episode ${episode.id}, as its id must stand for one record: another one has it`,
  );
});

test('one bad row, and nothing of the file is stored', async () => {
  const decision = testDecision();
  const rows = [
    { kind: 'decision', decision },
    { kind: 'feedback', feedback: testFeedback(decision.id, { loop: 'unknown' }) },
  ];
  await expect(into(there, rows)).rejects.toThrow(/its loop must be one of papers, other: it is unknown/);
  expect(await there.decisions.get(decision.id)).toBeNull();
});

test('what belongs to no loop leaves only where none is asked for; a subject keeps the arm that it has', async () => {
  const assignment = {
    schemaVersion: 1 as const,
    id: testId(),
    experiment: 'order',
    salt: 's',
    unit: 'reader',
    subject: 'reader-1',
    arm: 'new',
    firstSeenAt: at,
  };
  await here.assignments.insert(assignment);
  expect(await exported('assignments')).toEqual([{ kind: 'assignment', assignment }]);
  expect(await exported('assignments', { loops: ['papers'] })).toEqual([]);
  const [foreign, own] = [testArtifact({ loop: 'other' }), testArtifact()];
  for (const artifact of [foreign, own]) await here.artifacts.insert(artifact, []);
  const ids = (await exported('artifacts', { loop: 'other' })).map((row) => row.kind === 'artifact' && row.artifact.id);
  expect(ids).toEqual([foreign.id]);

  const row = { kind: 'assignment', assignment };
  expect(await into(there, [row])).toMatchObject({ others: 1, duplicates: 0 });
  const moved = { ...assignment, id: testId(), arm: 'old' };
  expect(await into(there, [{ kind: 'assignment', assignment: moved }])).toMatchObject({ others: 1, duplicates: 1 });
  expect((await there.assignments.list()).items).toEqual([assignment]);
});
