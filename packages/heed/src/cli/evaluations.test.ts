import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../client/index.ts';
import type { DecideReply, LoopGenerations } from '../loop/index.ts';
import type { EvaluationReport } from '../spec/index.ts';
import { createTestDatabase } from '../store/testing.ts';
import type { TestDatabase } from '../store/testing.ts';
import { textOfEvaluation } from './evaluations.ts';
import { starterConfig } from './starter.ts';
import { createProject, runHere } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;
let database: TestDatabase;
const store = () => ['--database', database.url];

beforeAll(async () => {
  [project, database] = await Promise.all([createProject(), createTestDatabase()]);
  await writeFile(join(project.folder, 'heed.config.ts'), starterConfig);
});
afterAll(async () => {
  await project.remove();
  await database.drop();
});

const candidates = [
  { item: 'hello', features: { tone: 'plain', words: 1 } },
  { item: 'welcome', features: { tone: 'warm', words: 3 } },
];

/** What a command answers, run in this process. */
async function asked(parameters: readonly string[]): Promise<unknown> {
  const { code, out, err } = await runHere([...parameters, '--json'], { folder: project.folder, clock: Date.now });
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}

/** Forty visitors, each of whom says something at once. */
async function fill(url: string): Promise<void> {
  for (let visitor = 0; visitor < 40; visitor += 1) {
    const context = { hour: visitor % 24, device: 'phone' };
    const request = { context, candidates, subject: `visitor ${visitor}` };
    const { decision, chosen } = (await post(`${url}/v1/loops/greeting/decide`, request)) as DecideReply;
    const name = chosen[0] === 'welcome' || visitor % 4 === 0 ? 'upvote' : 'dismissed';
    await post(`${url}/v1/feedback`, { feedback: [{ loop: 'greeting', decision, name }] });
  }
}

/** Without a client's deadline: however slow the machine is, the policy decides. */
async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}

test.each([
  [{ lower: 0.1, upper: 0.3 }, 'better than what was done: by 0.2 (0.1 … 0.3) a decision, as dr estimates it'],
  [{ lower: -0.3, upper: -0.1 }, 'worse than what was done: by 0.2 (-0.3 … -0.1) a decision, as dr estimates it'],
  [{ lower: -0.1, upper: 0.3 }, 'not shown to be other than what was done: by 0.2 (-0.1 … 0.3) a decision'],
])('of a gain in %j it is said: %s', (ends, said) => {
  const interval = { ...ends, level: 0.95, method: 'student' };
  const report = {
    estimates: [
      { name: 'dr', value: 0.6, interval, count: 9 },
      { name: 'dr − logged', value: 0.2, interval, count: 9 },
    ],
    diagnostics: { leading: 'dr' },
    verdict: { outcome: 'trust', because: 'of enough decisions' },
  } as unknown as EvaluationReport;
  expect(textOfEvaluation(report).split('\n')[1]).toContain(said);
});

test('a loop is evaluated on what it recorded, here and by a server; reports are listed and shown', async () => {
  const running = await project.start('serve', '--port', '0', ...store());
  const { url } = running.first as { url: string };
  await fill(url);

  const onStore = ['evaluate', '--loop', 'greeting', '--estimators', 'ips,dr', '--to', '2999-01-01', ...store()];
  const report = (await asked(onStore)) as EvaluationReport;
  expect(report).toMatchObject({
    loop: 'greeting',
    kind: 'off-policy',
    computedFrom: { source: 'store', decisions: 40, to: '2999-01-01T00:00:00.000Z', leastProbability: 0.02 },
    diagnostics: { clusters: 40, leading: 'dr' },
  });
  const there = (await asked([
    'evaluate',
    '--loop',
    'greeting',
    '--artifact',
    report.artifact ?? '',
    '--estimators',
    'ips,dr',
    '--server',
    url,
  ])) as EvaluationReport;
  expect(there.estimates).toEqual(report.estimates);

  const said = await runHere(onStore, { folder: project.folder, clock: Date.now });
  expect(said.out).toMatch(/kept as (\S+): heed evaluations show \1/);

  const elsewhere = createClient({ url });
  const { rows } = await elsewhere.evaluations.list({ loop: 'greeting' });
  expect(rows.slice(1)).toEqual([there, report]);
  const text = await runHere(['evaluations', 'show', report.id, ...store()], {
    folder: project.folder,
    clock: Date.now,
  });
  expect(text.out).toContain(`artifact          ${report.artifact}`);
  expect(text.out).toMatch(/^dr +0\.\d+ +0\.\d+ … [01]/m);

  const own = (await asked(['generations', 'greeting', '--last', '50', ...store()])) as LoopGenerations;
  // The server may train meanwhile: how the decisions are shared out among generations is not told before.
  for (const { generations } of [own, await elsewhere.generations('greeting', { last: 50 })])
    expect(generations.reduce((sum, { decisions }) => sum + decisions, 0)).toBe(40);
  const table = await runHere(['generations', 'greeting', ...store()], { folder: project.folder, clock: Date.now });
  expect(table.out).toMatch(/^artifact +decisions +rewards +reward +interval/m);
  expect(table.out).toContain('too few generations with rewards to tell whether they oscillate: ');

  const lines = candidates.map(({ item }, index) => ({
    id: String(index),
    context: { hour: 9, device: 'phone' },
    candidates,
    action: item,
    probability: 0.5,
    reward: index,
  }));
  await writeFile(join(project.folder, 'log.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const file = ['evaluate', 'log.jsonl', '--artifact', report.artifact ?? '', ...store()];
  expect(await asked(file)).toMatchObject({
    artifact: report.artifact,
    computedFrom: { source: 'file', rows: 2 },
    verdict: { outcome: 'do not trust', because: expect.stringContaining('fewer than 20') },
  });
  const audit = await elsewhere.audit.list({});
  const evaluations = audit.rows.filter(({ action }) => action === 'evaluate');
  expect(new Set(evaluations.map(({ outcome }) => outcome))).toContain('done');
  expect(evaluations.length).toBeGreaterThanOrEqual(3);
  await elsewhere.close();
  expect((await running.stop('SIGTERM')).code).toBe(0);
}, 400_000);
