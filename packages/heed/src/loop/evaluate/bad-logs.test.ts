import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { defineHeed } from '../define.ts';
import { openTestHeed, tickingClock } from '../testing.ts';
import type { TestHeed } from '../testing.ts';
import { evaluateFile } from './files.ts';
import type { EvaluateFileOptions } from './files.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-bad-logs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;
const options = { rewardRange: [0, 1], resamples: 10 } as const;
const good: Row = {
  id: 'a',
  subject: 'ada',
  reward: 1,
  probability: 0.5,
  target: 0.25,
  context: { hour: 9 },
};

/** Evaluates the same rows as lines and as Parquet, whose numbers are columns and whose features are text. */
const inputs = {
  async lines(rows: readonly Row[], more: EvaluateFileOptions = {}) {
    const path = join(folder, 'log.jsonl');
    await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
    return evaluateFile('jsonl', path, { ...options, ...more });
  },
  async Parquet(rows: readonly Row[], more: EvaluateFileOptions = {}) {
    const path = join(folder, 'log.parquet');
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const columnData = columns.map((name) => {
      const data = rows.map((row) => row[name] ?? null);
      const text = data.some((value) => typeof value === 'string' || typeof value === 'object') && name !== 'reward';
      const numbers = ['reward', 'probability', 'target', 'prediction', 'expectation'].includes(name);
      return numbers || !text
        ? { name, type: 'DOUBLE' as const, data }
        : { name, type: 'STRING' as const, data: data.map((value) => (value === null ? null : textOf(value))) };
    });
    await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData })));
    return evaluateFile('parquet', path, { ...options, ...more });
  },
};
const places = { lines: 'line 2', Parquet: 'row 2' };

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const faults: readonly (readonly [what: string, change: Row, reason: string])[] = [
  ['a missing probability', { probability: undefined }, 'probability must be a number from 0 to 1'],
  ['a zero probability', { probability: 0 }, 'probability must be above 0: it is 0'],
  ['a probability above 1', { probability: 1.5 }, 'probability must be a number from 0 to 1: it is 1.5'],
  ['a probability that is NaN', { probability: NaN }, 'probability must be a number from 0 to 1'],
  ['a target above 1', { target: 1.01 }, 'target must be a number from 0 to 1: it is 1.01'],
  ['a missing reward', { reward: undefined }, 'reward must be a number from 0 to 1'],
  ['a reward that is NaN', { reward: NaN }, 'reward must be a number from 0 to 1'],
  ['a reward out of range', { reward: -3 }, 'reward must be a number from 0 to 1: it is -3'],
  ['a row twice', { id: 'a' }, 'id must be another one in each row: it is "a"'],
  ['a row without its id', { id: undefined }, 'id must be text or a number'],
  ['a row without its subject', { subject: undefined }, 'subject must be text or a number'],
  ['a feature of another type', { context: { hour: '9' } }, 'context.hour must stay a number: it is "string"'],
  ['a prediction that others lack', { prediction: 0.5 }, 'prediction must be in every row, or in none: it is 0.5'],
];

test.each(Object.keys(inputs) as (keyof typeof inputs)[])(
  '%s: each wrong row is refused by its place and the reason, or left out and counted',
  async (input) => {
    for (const [what, change, reason] of faults) {
      const rows = [good, { ...good, id: 'b', ...change }, { ...good, id: 'c' }];
      await expect(inputs[input](rows)).rejects.toThrow(`cannot use ${places[input]}, as ${reason}`);
      const { result, badRows } = await inputs[input](rows, { skipBadRows: true });
      expect([what, result.count]).toEqual([what, 2]);
      expect(badRows).toMatchObject([{ count: 1, first: places[input], reason: expect.stringContaining('must') }]);
    }
  },
);

/** A rare action that is the better one, and that the log says it took `told` of the time: in truth one time in five. */
function liar(told: number): Row[] {
  return Array.from({ length: 400 }, (_each, row) => {
    const rare = row % 5 === 0;
    return {
      id: `row ${row}`,
      action: rare ? 1 : 0,
      reward: (row * 7) % 10 < (rare ? 7 : 3) ? 1 : 0,
      probability: rare ? told : 1 - told,
      target: 0.5,
    };
  });
}

test.each(Object.keys(inputs) as (keyof typeof inputs)[])(
  '%s: wrong probabilities are told by what they say of the actions',
  async (input) => {
    const { result: honest } = await inputs[input](liar(0.2));
    expect(honest.diagnostics.doubts).toEqual([]);
    const { result } = await inputs[input](liar(0.6));
    expect(result.diagnostics.doubts.join('; ')).toMatch(/action 0 was taken 2 times as often/);
    for (const { verdicts } of result.estimates)
      expect([verdicts.student?.outcome, verdicts.bootstrap?.outcome]).toEqual(['do not trust', 'do not trust']);
  },
);

const loop = {
  candidate: z.object({}),
  feedback: { thumb: { kind: 'reaction', reward: 1 } },
  action: { type: 'choice' },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
  attributionWindowSeconds: 60,
} as const;
const config = defineHeed({ loops: { shop: { ...loop, context: z.object({ hour: z.number() }) } } });
const candidates = ['a', 'b'].map((item) => ({ item, features: {} }));
type Recorded = Parameters<TestHeed<typeof config>['record']>[1];

async function withStore(
  change: Recorded,
  look: (report: Awaited<ReturnType<TestHeed<typeof config>['evaluate']>>, decision: string) => void,
): Promise<void> {
  const clock = tickingClock();
  const heed = await openTestHeed(config, { clock: clock.now });
  try {
    const plain = {
      context: { hour: 9 },
      candidates,
      action: { type: 'choice', item: 'a' },
      probability: 0.5,
    } as const;
    for (let row = 0; row < 30; row += 1) await heed.record('shop', { ...plain, subject: `reader ${row}` });
    const { decision } = await heed.record('shop', change);
    clock.advance(120_000);
    await heed.derive();
    look(await heed.evaluate('shop', { resamples: 10, intervals: ['student'] }), decision);
  } finally {
    await heed.close();
  }
}

const recorded = { context: { hour: 9 }, candidates, action: { type: 'choice', item: 'a' }, subject: 'odd' } as const;
const storeFaults: readonly (readonly [what: string, change: Recorded, reason: string])[] = [
  [
    'a probability above 1',
    { ...recorded, behaviour: { kind: 'exact', logProbability: 0.2 } },
    'probability must be a number from 0 to 1',
  ],
  [
    'a probability that is 0 as a number',
    { ...recorded, behaviour: { kind: 'exact', logProbability: -1_000 } },
    'probability must be above 0',
  ],
  [
    'a feature of another type',
    { ...recorded, probability: 0.5, context: [{ type: 'json', name: 'context', value: { hour: '9' } }] },
    'context.hour must stay a number',
  ],
  [
    'an action that was no candidate',
    { ...recorded, probability: 0.5, action: { type: 'choice', item: 'c' } },
    'what was done must be among its candidates',
  ],
];

test.each(storeFaults)(
  'the store: %s is left out, and told by its decision and the reason',
  async (_what, change, reason) => {
    await withStore(change, ({ diagnostics, verdict }, decision) => {
      expect(diagnostics).toMatchObject({ count: 30, badRows: [{ count: 1, first: `decision ${decision}`, reason }] });
      expect(verdict.because).toContain(`the first at decision ${decision}`);
    });
  },
);

test('the store: what nobody knows the probability of is counted by that; the rest is refused on its way in', async () => {
  await withStore(recorded, ({ diagnostics }) => {
    expect(diagnostics).toMatchObject({
      count: 30,
      leftOut: { 'it was not drawn, or nobody knows how likely it was': 1 },
      badRows: [],
    });
  });
  const heed = await openTestHeed(config);
  try {
    for (const probability of [0, 1.2, NaN, -0.1])
      await expect(heed.record('shop', { ...recorded, probability })).rejects.toThrow(
        `probability must lie in (0, 1]: it is ${probability}`,
      );
    await expect(heed.record('shop', { ...recorded, context: { hour: NaN } })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    const once = { ...recorded, probability: 0.5, idempotencyKey: 'k' };
    const [first, again] = [await heed.record('shop', once), await heed.record('shop', once)];
    expect(again.decision).toBe(first.decision);
  } finally {
    await heed.close();
  }
});

test('the store: wrong probabilities are told by what they say of the actions', async () => {
  const clock = tickingClock();
  const heed = await openTestHeed(config, { clock: clock.now });
  try {
    // One in five took b, and said that it did so in six of ten.
    for (let row = 0; row < 300; row += 1) {
      const item = row % 5 === 0 ? 'b' : 'a';
      const probability = item === 'b' ? 0.6 : 0.4;
      const subject = `reader ${row}`;
      await heed.record('shop', { ...recorded, subject, action: { type: 'choice', item }, probability });
    }
    clock.advance(120_000);
    await heed.derive();
    const report = await heed.evaluate('shop', { resamples: 10 });
    expect(report.verdict).toMatchObject({
      outcome: 'do not trust',
      because: expect.stringContaining('action a was taken 2 times as often as its logged probabilities say'),
    });
  } finally {
    await heed.close();
  }
});
