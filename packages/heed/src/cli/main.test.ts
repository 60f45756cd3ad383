import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  DecideReply,
  DecisionDetail,
  FeedbackReply,
  ImportReport,
  LoopStatus,
  Page,
  TrainReport,
} from '../loop/index.ts';
import type { Artifact, Decision, Feedback, Release, Signal } from '../spec/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import type { Check } from './doctor/check.ts';
import { createProject } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;

beforeAll(async () => {
  project = await createProject();
});
afterAll(() => project.remove());

const candidates = [
  { item: 'hello', features: { tone: 'plain', words: 1 } },
  { item: 'welcome', features: { tone: 'warm', words: 3 } },
];

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

test('init writes a configuration once, and serve, beside every other command, runs it until Ctrl-C', async () => {
  expect(await project.json(['init'])).toEqual({
    folder: project.folder,
    written: ['heed.config.ts', '.gitignore'],
    advice: [],
  });
  const again = await project.run('init');
  expect([again.code, again.err]).toEqual([
    1,
    expect.stringContaining('heed.config.ts is there (nothing was changed) [invalid-input]'),
  ]);
  expect(await readFile(join(project.folder, '.gitignore'), 'utf8')).toBe('.heed/\n');

  const server = await project.start('serve', '--port', '0');
  const { url, store, worker } = server.first as { url: string; store: string; worker: boolean };
  expect([store, worker]).toEqual(['embedded', true]);

  const decisions: DecideReply[] = [];
  for (let hour = 0; hour < 6; hour += 1) {
    decisions.push(
      (await post(`${url}/v1/loops/greeting/decide`, {
        context: { hour, device: 'phone' },
        candidates,
        subject: `visitor ${hour}`,
      })) as DecideReply,
    );
  }
  const [first, second] = decisions.map(({ decision }) => decision);
  await post(`${url}/v1/feedback`, {
    feedback: decisions.slice(0, 4).map(({ decision }) => ({ loop: 'greeting', decision, name: 'upvote' })),
  });

  await inspect(first ?? '', decisions.length);
  await judge(second ?? '');
  await learn();
  await exchange(decisions.length);
  await examine(new URL(url).port);

  const helper = await project.start('worker');
  expect(helper.first).toMatchObject({ working: ['greeting'] });
  expect((await helper.stop('SIGTERM')).code).toBe(0);

  const stopped = await server.stop('SIGINT');
  expect([stopped.code, stopped.out.trimEnd().split('\n').length]).toEqual([0, 1]);
  expect(stopped.err).toContain('stopping: finishing what was begun');
  await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
}, 240_000);

async function inspect(id: string, count: number): Promise<void> {
  const { loops } = (await project.json(['loops'])) as { loops: LoopStatus[] };
  expect(loops.map(({ loop, serving, artifact }) => [loop.name, serving?.artifact === artifact?.id])).toEqual([
    ['greeting', true],
  ]);

  const list = (await project.json(['decisions', '--limit', '4'])) as Page<Decision>;
  expect(list.rows.length).toBe(4);
  const rest = (await project.json([
    'decisions',
    'list',
    '--after',
    list.next ?? '',
    '--loop',
    'greeting',
  ])) as Page<Decision>;
  expect([rest.rows.length, rest.rows.at(-1)?.id, rest.next]).toEqual([count - 4, id, null]);

  const detail = (await project.json(['decisions', 'show', id])) as DecisionDetail;
  expect([
    detail.decision.id,
    detail.candidates.map(({ item }) => item),
    detail.feedback.map(({ name }) => name),
  ]).toEqual([id, ['hello', 'welcome'], ['upvote']]);
  const { explanations } = (await project.json(['decisions', 'explain', id, '--item', 'welcome'])) as {
    explanations: { item: string; score: number; terms: { value: number }[]; rest: number }[];
  };
  expect(explanations.map(({ item }) => item)).toEqual(['welcome']);
  for (const { score, terms, rest: remainder } of explanations)
    expect(terms.reduce((sum, { value }) => sum + value, remainder)).toBeCloseTo(score, 9);
  expect(await project.json(['decisions', 'replay', '--last', '100'])).toEqual({
    replayed: count,
    matching: count,
    skipped: 0,
    differing: [],
  });

  const missing = await project.run('decisions', 'show', '00000000-0000-7000-8000-000000000000', '--json');
  expect([missing.code, JSON.parse(missing.out)]).toMatchObject([1, { error: { code: 'not-found' } }]);
  expect((await project.run('decisions', 'show', id)).out).toMatch(new RegExp(`^decision +${id}\n`));
}

async function judge(id: string): Promise<void> {
  const given = (await project.json([
    'feedback',
    'give',
    '--decision',
    id,
    '--name',
    'dismissed',
    '--key',
    'once',
  ])) as FeedbackReply;
  expect(given.status).toBe('accepted');
  expect(await project.json(['feedback', 'give', '--decision', id, '--name', 'dismissed', '--key', 'once'])).toEqual({
    ...given,
    status: 'duplicate',
  });
  const about = (await project.json(['feedback', '--decision', id])) as Page<Feedback>;
  expect(about.rows.map(({ name }) => name)).toEqual(['upvote', 'dismissed']);
  const unknown = await project.run('feedback', 'give', '--decision', id, '--name', 'applause', '--json');
  expect([unknown.code, JSON.parse(unknown.out)]).toMatchObject([1, { error: { code: 'invalid-input' } }]);
}

async function learn(): Promise<void> {
  const report = (await project.json(['train', 'greeting'])) as TrainReport;
  expect([report.loop, report.promoted]).toEqual(['greeting', true]);
  expect(report.signalsUsed).toBeGreaterThanOrEqual(4);
  expect(await project.json(['train', 'greeting'])).toEqual({
    loop: 'greeting',
    artifact: null,
    signalsUsed: 0,
    promoted: false,
  });

  const list = (await project.json(['artifacts'])) as Page<Artifact> & { serving: string[] };
  expect([list.rows[0]?.id, list.serving]).toEqual([report.artifact, [report.artifact]]);
  const before = list.rows[1]?.id ?? '';
  const back = (await project.json(['rollback', 'greeting', '--why', 'a test'])) as Release;
  expect([back.artifact, back.step, back.why]).toEqual([before, 'full', 'a test']);
  const forth = (await project.json(['promote', report.artifact ?? '', '--by', 'a tester'])) as Release;
  expect([forth.artifact, forth.by]).toEqual([report.artifact, 'a tester']);
  const shown = (await project.json(['artifacts', 'show', report.artifact ?? ''])) as {
    artifact: Artifact;
    releases: Release[];
  };
  expect([shown.artifact.lineage.parent, shown.artifact.lineage.signals.used]).toEqual([before, report.signalsUsed]);
  expect(shown.releases.map(({ step }) => step)).toEqual(['full', 'rolledBack', 'full']);
}

async function exchange(count: number): Promise<void> {
  const file = join(project.folder, 'decisions.jsonl');
  expect(await project.json(['export', '--what', 'decisions', '--out', 'decisions.jsonl'])).toMatchObject({
    what: 'decisions',
    format: 'jsonl',
    file,
    rows: count,
  });
  expect(await project.json(['export', '--what', 'feedback', '--out', 'feedback.parquet'])).toMatchObject({
    format: 'parquet',
    rows: 5,
  });
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBe(count);
  const again = (await project.json(['import', 'decisions.jsonl'])) as ImportReport;
  expect(again).toEqual({ decisions: count, feedback: 0, others: 0, duplicates: count });
  const signals = (await project.json(['export', '--what', 'signals', '--out', 'signals.jsonl'])) as { rows: number };
  const statuses = (await readFile(join(project.folder, 'signals.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { signal: Signal }).signal.status);
  expect([signals.rows > 4, statuses.includes('final')]).toEqual([true, true]);

  const backup = (await project.json(['backup', 'copy'])) as { tables: { name: string; rows: number }[] };
  expect(backup.tables.find(({ name }) => name === 'decision')?.rows).toBe(count);
  expect(await project.json(['restore', 'copy', '--folder', 'restored'])).toEqual(backup);
  const database = await createTestDatabase();
  try {
    expect(await project.json(['move', '--to', database.url, '--folder', 'restored'])).toEqual(backup);
    expect(((await project.json(['decisions', '--database', database.url])) as Page<Decision>).rows.length).toBe(count);
    const full = await project.run('move', '--to', database.url, '--folder', 'restored', '--json');
    expect([full.code, JSON.parse(full.out)]).toMatchObject([1, { error: { code: 'store-not-empty' } }]);
  } finally {
    await database.drop();
  }
}

async function examine(port: string): Promise<void> {
  const config = join(project.folder, 'heed.config.ts');
  const { ok, checks } = (await project.json(['doctor', '--port', port])) as { ok: boolean; checks: Check[] };
  const status = Object.fromEntries(checks.map((check) => [check.name, check.status]));
  expect(status).toMatchObject({
    'node': 'ok',
    'configuration': 'ok',
    'store': 'ok',
    'sync': 'ok',
    'clock': 'ok',
    'versions': 'ok',
    'loop greeting': 'ok',
    'calibration': 'ok',
  });
  expect(checks.find(({ name }) => name === 'port')?.finding).toBe(`a Heed server answers on 127.0.0.1:${port}`);
  expect(ok).toBe(true);

  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('leastProbability: 0.02', 'leastProbability: 0.05'));
  const refused = await project.run('train', 'greeting', '--json');
  expect([refused.code, JSON.parse(refused.out)]).toMatchObject([1, { error: { code: 'loop-version-conflict' } }]);
  const other = (await project.json(['doctor', '--port', port])) as { checks: Check[] };
  expect(other.checks.find(({ name }) => name === 'loop greeting')).toMatchObject({ status: 'warn' });
  await writeFile(config, text);
}
