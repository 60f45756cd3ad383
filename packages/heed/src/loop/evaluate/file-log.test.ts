import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PolicyRequest } from '../../spec/index.ts';
import type { Logged, LoggedCase } from './cases.ts';
import { createFileLog } from './file-log.ts';
import { createIntake } from './files.ts';
import { pushCase } from './scored.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heed-file-log-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;
const good: Row = {
  id: '1',
  subject: 'ada',
  context: { hour: 9, device: 'phone' },
  candidates: ['a', { item: 'b', features: { price: 2 } }],
  action: 'b',
  probability: 0.25,
  reward: 1,
};

async function read(rows: readonly Row[]): Promise<Logged[]> {
  const path = join(folder, 'log.jsonl');
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  const found: Logged[] = [];
  await createFileLog({ format: 'jsonl', path }, {}).read((logged) => found.push(logged));
  return found;
}

/** A policy that takes any candidate with equal chances, but is at a loss about expensive ones. */
const even = {
  artifact: 'even',
  distribution: ({ candidates }: PolicyRequest) => new Float64Array(candidates.length).fill(1 / candidates.length),
  logProbability({ candidates }: PolicyRequest) {
    if (candidates.some(({ features }) => Number(features['price']) > 10)) throw new TypeError('a price is too high');
    return -Math.log(candidates.length);
  },
  decide: () => {
    throw new Error('nobody asks');
  },
  explain: () => {
    throw new Error('nobody asks');
  },
};
const scoring = {
  policy: even,
  model: null,
  balanced: null,
  clustered: true,
  estimated: false,
  numberOf: () => 0,
  prefixes: false,
  slateModel: null,
  places: false,
  attention: null,
};

async function evaluate(rows: readonly Row[], skipBadRows = false) {
  const intake = createIntake({ rewardRange: [0, 1], resamples: 10, slates: false, skipBadRows });
  for (const logged of await read(rows)) pushCase(logged, scoring, intake.push);
  intake.end();
  return intake.outcome();
}

test('a row is what a policy can be asked; Parquet holds the same as text', async () => {
  const [asked] = (await read([good])) as LoggedCase[];
  expect(asked).toMatchObject({
    id: '1',
    unit: 'ada',
    place: 'line 1',
    action: { type: 'choice', item: 'b' },
    rewards: [1],
    probability: 0.25,
    request: { size: 1, subjectState: null, candidates: [{ item: 'a', features: {} }, { item: 'b' }] },
  });
  const path = join(folder, 'log.parquet');
  const text = (name: string, value: unknown) => ({ name, type: 'STRING' as const, data: [value] });
  const columnData = [
    text('id', '1'),
    text('subject', 'ada'),
    text('context', JSON.stringify(good['context'])),
    text('candidates', JSON.stringify(good['candidates'])),
    text('action', 'b'),
    { name: 'probability', type: 'DOUBLE' as const, data: [0.25] },
    { name: 'reward', type: 'DOUBLE' as const, data: [1] },
  ];
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData })));
  const found: Logged[] = [];
  await createFileLog({ format: 'parquet', path }, {}).read((logged) => found.push(logged));
  expect(found).toEqual([{ ...asked, place: 'row 1' }]);
  const { result } = await evaluate([good, { ...good, id: '2', action: 'a', probability: 0.75, reward: 0 }]);
  // Weights 2 and 2 / 3.
  expect(result.estimates.find(({ name }) => name === 'ips')?.value).toBeCloseTo(1, 14);
});

const faults: readonly (readonly [what: string, change: Row, reason: string])[] = [
  ['no candidates', { candidates: undefined }, 'candidates must be a list: it is missing'],
  ['empty candidates', { candidates: [] }, 'candidates must be one or more: it is 0'],
  [
    'a candidate without a name',
    { candidates: [{ features: {} }] },
    'candidates must be items, or have an item and its features: it is {"features":{}}',
  ],
  ['a candidate twice', { candidates: ['b', 'b'] }, 'candidates must be different items: it is ["b","b"]'],
  ['text that is no JSON', { candidates: 'a, b' }, 'candidates must be JSON: it is "a, b"'],
  ['no action', { action: undefined }, 'action must be the item taken, or a list of those of a slate: it is missing'],
  ['a foreign action', { action: 'c' }, 'what was done must be among its candidates: it is "c"'],
  ['a context that is none', { context: [1] }, 'context must be an object: it is [1]'],
  [
    'a feature of another type',
    { context: { hour: '9', device: 'phone' } },
    'context.hour must stay a number: it is "string"',
  ],
  ['a missing probability', { probability: undefined }, 'probability must be a number from 0 to 1: it is missing'],
  ['a zero probability', { probability: 0 }, 'probability must be above 0: it is 0'],
  ['a probability above 1', { probability: 1.5 }, 'probability must be a number from 0 to 1: it is 1.5'],
  ['a reward out of range', { reward: 2 }, 'reward must be a number from 0 to 1: it is 2'],
  ['a duplicate', { id: '1' }, 'id must be another one in each row: it is "1"'],
  [
    'what the policy cannot decide',
    { candidates: ['a', { item: 'b', features: { price: 20 } }] },
    'the artifact must decide it: it is "a price is too high"',
  ],
];

test.each(faults)(
  '%s: the line and the reason are told, or it is left out and counted',
  async (_what, change, reason) => {
    const rows = [good, { ...good, id: '2', ...change }, { ...good, id: '3' }];
    await expect(evaluate(rows)).rejects.toThrow(`cannot use line 2, as ${reason}`);
    const { badRows, result } = await evaluate(rows, true);
    expect(badRows).toMatchObject([{ count: 1, first: 'line 2' }]);
    expect(result.count).toBe(2);
  },
);

test('a feature that is no finite number is told by the field that it is in', async () => {
  const path = join(folder, 'huge.jsonl');
  // JSON writes no number that is not finite, but reads one that is too large as infinite.
  await writeFile(path, JSON.stringify(good).replace('"hour":9', '"hour":1e999'));
  const found: Logged[] = [];
  await createFileLog({ format: 'jsonl', path }, {}).read((logged) => found.push(logged));
  expect(found).toMatchObject([{ place: 'line 1', fault: { rule: 'context must be features that a policy takes' } }]);
});
