import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluateFile } from './files.ts';
import { toReport } from './report.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-evaluate-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every fifth decision takes the rare action, which is the better one. */
const rows = Array.from({ length: 5_000 }, (_each, index) => {
  const rare = index % 5 === 0;
  return {
    id: `row ${index}`,
    subject: `subject ${index % 400}`,
    reward: (index * 7) % 10 < (rare ? 7 : 3) ? 1 : 0,
    probability: rare ? 0.2 : 0.8,
    target: rare ? 0.5 : 0.5,
  };
});
/** Of reports that nobody keeps. */
const source = {
  id: '00000000-0000-7000-8000-000000000000',
  loop: null,
  artifact: null,
  computedFrom: {},
  createdAt: '2026-01-06T09:30:00.000Z',
};
const options = { rewardRange: [0, 1], resamples: 100 } as const;

async function linesOf(name: string, lines: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}

test('lines and Parquet in several groups give the same estimates', async () => {
  const lines = await evaluateFile('jsonl', await linesOf('log.jsonl', rows), options);
  const column = (name: keyof (typeof rows)[number], type: 'STRING' | 'DOUBLE') => ({
    name,
    type,
    data: rows.map((row) => row[name]),
  });
  const bytes = parquetWriteBuffer({
    columnData: [
      column('id', 'STRING'),
      column('subject', 'STRING'),
      column('reward', 'DOUBLE'),
      column('probability', 'DOUBLE'),
      column('target', 'DOUBLE'),
    ],
    rowGroupSize: 700,
  });
  const path = join(folder, 'log.parquet');
  await writeFile(path, new Uint8Array(bytes));
  const parquet = await evaluateFile('parquet', path, options);
  expect(parquet.result).toEqual(lines.result);
  expect(lines.result).toMatchObject({ count: 5_000, clusters: 400, clustered: true });
  const ips = lines.result.estimates.find(({ name }) => name === 'ips');
  const byHand = rows.reduce((sum, row) => sum + (row.target / row.probability) * row.reward, 0) / rows.length;
  expect(ips?.value).toBeCloseTo(byHand, 12);
});

test('the first wrong line ends it, by its number and the reason', async () => {
  const wrong = await linesOf('wrong.jsonl', [rows[0], rows[1], { ...rows[2], probability: 0 }]);
  await expect(evaluateFile('jsonl', wrong, options)).rejects.toThrow(
    'cannot use line 3, as probability must be above 0: it is 0',
  );
  const twice = await linesOf('twice.jsonl', [rows[0], rows[0]]);
  await expect(evaluateFile('jsonl', twice, options)).rejects.toThrow('cannot use line 2, as id must be another one');
  await expect(evaluateFile('jsonl', await linesOf('text.jsonl', ['hello']), options)).rejects.toThrow(
    'line 1, as it must be a JSON object',
  );
  await expect(evaluateFile('jsonl', await linesOf('empty.jsonl', []), options)).rejects.toThrow('it is empty');
  await expect(evaluateFile('parquet', wrong, options)).rejects.toThrow('it must be a Parquet file');
});

test('where many rows were left out the report says so, and does not trust', async () => {
  const path = await linesOf(
    'many.jsonl',
    rows.map((row, index) => (index % 50 === 0 ? { ...row, reward: null } : row)),
  );
  const outcome = await evaluateFile('jsonl', path, { ...options, skipBadRows: true });
  expect(outcome.badRows).toEqual([{ reason: 'reward must be a number from 0 to 1', count: 100, first: 'line 1' }]);
  const report = toReport(outcome, source);
  expect(report.verdict).toMatchObject({ outcome: 'do not trust' });
  expect(report.verdict.because).toContain('100 of 5000 rows were left out, the first at line 1');
});

test('rows with rewards by place are slates', async () => {
  const slates = Array.from({ length: 60 }, (_each, index) => ({
    id: `slate ${index}`,
    rewards: [index % 2, index % 3 === 0 ? 1 : 0],
    probability: 0.25,
    target: index % 4 === 0 ? 0.5 : 1 / 6,
    placeProbabilities: [0.5, 0.5],
    placeTargets: [0.75, 0.5],
    prefixProbabilities: [0.5, 0.25],
    prefixTargets: [0.5, index % 4 === 0 ? 0.5 : 1 / 6],
    exposures: [0.8, 0.6],
    targetExposures: [0.8, 0.3],
  }));
  const path = await linesOf('slates.jsonl', slates);
  const { result } = await evaluateFile('jsonl', path, { rewardRange: [0, 2], resamples: 20 });
  const mean = (terms: readonly number[]): number => terms.reduce((sum, term) => sum + term, 0) / 60;
  const value = (estimator: string) => result.estimates.find(({ name }) => name === estimator)?.value;
  const [first, second] = [slates.map(({ rewards }) => rewards[0] ?? 0), slates.map(({ rewards }) => rewards[1] ?? 0)];
  expect(value('slateStandard')).toBeCloseTo(
    mean(
      slates.map(({ rewards, target }) => (rewards[0] ?? 0) * (target / 0.25) + (rewards[1] ?? 0) * (target / 0.25)),
    ),
    12,
  );
  expect(value('slateIndependent')).toBeCloseTo(1.5 * mean(first) + mean(second), 12);
  expect(value('slateInteraction')).toBeCloseTo(
    mean(first) + mean(slates.map(({ target }, index) => (target / 0.25) * (second[index] ?? 0))),
    12,
  );
  expect(value('slatePosition')).toBeCloseTo(mean(first) + mean(second) / 2, 12);
  expect(result.skipped.slateCascadeDr).toBe('the log has no predictions of a reward model');
  const garbled = await linesOf('garbled.jsonl', ['hello', ...slates]);
  const left = await evaluateFile('jsonl', garbled, { rewardRange: [0, 2], resamples: 20, skipBadRows: true });
  expect(left.result.estimates).toEqual(result.estimates);
  expect(left.badRows).toMatchObject([{ count: 1, first: 'line 1' }]);
});

test('a log whose probabilities lie is trusted by no interval of its report, however wide', async () => {
  // The rare action is said to have been taken half the time: it was one time in five.
  const lies = rows.slice(0, 200).map((row, index) => ({ ...row, probability: index % 5 === 0 ? 0.5 : 0.8 }));
  const path = await linesOf('lies.jsonl', lies);
  const outcome = await evaluateFile('jsonl', path, { ...options, leastProbability: 0.2, estimators: ['ips'] });
  const [ips] = outcome.result.estimates;
  expect([ips?.verdicts.student?.outcome, ips?.verdicts.bernstein?.outcome]).toEqual(['do not trust', 'do not trust']);
  const report = toReport(outcome, source);
  expect(report.verdict).toMatchObject({
    outcome: 'do not trust',
    because: expect.stringContaining('logged probabilities are too large'),
  });
  expect(report.diagnostics['doubts']).toHaveLength(1);
});
