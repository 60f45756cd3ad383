import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHeed } from '../loop/index.ts';
import type { DryRun, ExperimentDetail, Page } from '../loop/index.ts';
import type { AuditEntry, Experiment, Release } from '../spec/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import type { TestDatabase } from '../store/testing.ts';
import { loadConfig } from './config.ts';
import { starterConfig } from './starter.ts';
import { createProject, runHere } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;
let database: TestDatabase;
let artifact = '';
let loop = '';

beforeAll(async () => {
  [project, database] = await Promise.all([createProject(), createTestDatabase()]);
  await writeFile(join(project.folder, 'heed.config.ts'), starterConfig);
  const { config } = await loadConfig(project.folder, undefined);
  const heed = await createHeed(config, { url: database.url });
  loop = Object.keys(config.loops)[0] ?? '';
  artifact = (await heed.loops.get(loop)).artifact?.id ?? '';
  await heed.close();
}, 60_000);
afterAll(async () => {
  await project.remove();
  await database.drop();
});

function onStore(...parameters: string[]): ReturnType<typeof runHere> {
  return runHere([...parameters, '--database', database.url], { folder: project.folder, clock: Date.now });
}

async function json<Result>(...parameters: string[]): Promise<Result> {
  const { code, out, err } = await onStore(...parameters, '--json');
  if (code !== 0) throw new Error(`heed ${parameters.join(' ')} ended with ${code}: ${out}${err}`);
  return JSON.parse(out) as Result;
}

test('an experiment from its start to its end', async () => {
  await writeFile(join(project.folder, 'more.json'), '{ "alpha": 0.1, "covariateSeconds": null }');
  const arms = ['--arm', 'control=serving', '--arm', `same=${artifact}@3`];
  const started = await json<Experiment>(
    'experiments',
    'start',
    'same',
    ...arms,
    '--file',
    'more.json',
    '--why',
    'a try',
  );
  expect(started).toMatchObject({ loop, name: 'same', alpha: 0.1, covariateSeconds: null, why: 'a try' });
  expect(started.arms.map(({ name, weight }) => [name, weight])).toEqual([
    ['control', 1],
    ['same', 3],
  ]);
  const refused = await onStore('experiments', 'start', 'again', ...arms);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('experiment-conflict')]);
  expect((await json<Page<Experiment>>('experiments')).rows).toEqual([started]);
  expect((await json<ExperimentDetail>('experiments', 'show', started.id)).report.verdict.outcome).toBe('undecided');
  const { out } = await onStore('experiments', 'show', started.id);
  expect(out).toMatch(/^same +artifact +\S+ +75 % +0$/m);
  expect(out).toMatch(/^reward: same less control +– +/m);
  const ended = await onStore('experiments', 'stop', started.id, '--winner', 'same', '--promote');
  // It served already.
  expect(ended.out).toBe('same has ended: same won\n');
  const { rows } = await json<Page<AuditEntry>>('audit');
  const ends = rows.filter(({ outcome }) => outcome !== 'begun');
  expect(ends.slice(0, 3).map(({ action, outcome }) => [action, outcome])).toEqual([
    ['concludeExperiment', 'done'],
    ['startExperiment', 'refused'],
    ['startExperiment', 'done'],
  ]);
});

test('a key makes a start and an end happen once, however often they are asked for', async () => {
  const arms = ['--arm', 'control=serving', '--arm', 'in-order=baseline'];
  const start = ['experiments', 'start', 'retried', ...arms, '--horizon', '500', '--idempotency-key', 'a start'];
  const started = await json<Experiment>(...start);
  expect(started.horizon).toEqual({ subjects: 500 });
  expect(await json(...start)).toEqual(started);
  expect((await onStore('experiments', 'show', started.id)).out).toMatch(/^horizon +500 subjects$/m);
  const unclear = await onStore('experiments', 'stop', started.id, '--promote');
  expect([unclear.code, unclear.err]).toEqual([2, expect.stringContaining('--promote needs --winner')]);
  const stop = ['experiments', 'stop', started.id, '--idempotency-key', 'an end'];
  const ended = await json<Experiment>(...stop);
  expect(ended.end).toMatchObject({ cause: 'operator', winner: null });
  expect(await json(...stop)).toEqual(ended);
  const again = await onStore('experiments', 'stop', started.id);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('experiment-conflict')]);
});

test.each([
  [['--arm', 'control'], 'It must be as control=serving'],
  [['--arm', 'control=serving@-1'], 'It must be as control=serving'],
  [['--guardrail', 'complaint=2'], 'It must be as complaint or complaint=0.01.'],
])('experiments start %j makes no sense', async (parameters, sentence) => {
  const { code, err } = await onStore('experiments', 'start', 'odd', ...parameters);
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
});

test('how many subjects an experiment takes', async () => {
  const { code, out } = await runHere(['experiments', 'power', '--effect', '0.02', '--rate', '0.1', '--json']);
  expect(code).toBe(0);
  // (1.96 + 0.8416)² · 0.09 · 4 / 0.02² = 7,063.99.
  expect(JSON.parse(out)).toMatchObject({ fixed: 7_064, watched: expect.any(Number) });
  expect((await runHere(['experiments', 'power', '--effect', '0.02'])).code).toBe(2);
});

test('releases are listed, and a dry run promotes nothing', async () => {
  const { releases } = await json<{ releases: Release[] }>('releases', 'list', loop);
  expect(releases).toMatchObject([{ artifact, step: 'full' }]);
  expect(await json('releases', 'show', loop)).toBeNull();
  expect(await json<DryRun>('promote', artifact, '--dry-run')).toMatchObject({ artifact, decisions: 0, changed: null });
  const { out } = await onStore('promote', artifact, '--dry-run', '--decisions', '10');
  expect(out).toContain('0 decisions made once more for nobody; nothing is changed');
  expect((await json<{ releases: Release[] }>('releases', 'list', loop)).releases).toHaveLength(1);
  const refused = await onStore('releases', 'abort', loop);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('nothing-to-roll-back')]);
});
