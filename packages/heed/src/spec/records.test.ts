import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeRows, readRows } from '../loop/exchange/index.ts';
import type { Row, RowFormat } from '../loop/exchange/index.ts';
import type { Store } from '../store/index.ts';
import { openTestStore } from '../store/testing.ts';
import { papers } from './fixtures/records/index.ts';
import type { PaperRecords, RecordSet } from './fixtures/records/make.ts';
import { exportSet, importSet, inOrder, storeSet, storedSet } from './fixtures/records/testing-travel.ts';
import {
  activationSchema,
  artifactSchema,
  assignmentSchema,
  datasetSchema,
  decisionSchema,
  episodeSchema,
  evaluationReportSchema,
  feedbackSchema,
  jobSchema,
  loopSchema,
  releaseSchema,
  signalSchema,
  subjectStateSchema,
} from './index.ts';

const schemas = {
  loops: loopSchema,
  artifacts: artifactSchema,
  subjectStates: subjectStateSchema,
  episodes: episodeSchema,
  decisions: decisionSchema,
  activations: activationSchema,
  feedback: feedbackSchema,
  signals: signalSchema,
  datasets: datasetSchema,
  assignments: assignmentSchema,
  releases: releaseSchema,
  evaluationReports: evaluationReportSchema,
  jobs: jobSchema,
} as const;

let here: Store;
let there: Readonly<Record<RowFormat, Store>>;

beforeAll(async () => {
  const [first, jsonl, parquet] = await Promise.all([openTestStore(), openTestStore(), openTestStore()]);
  here = first;
  there = { jsonl, parquet };
});
afterAll(async () => {
  await Promise.all([here, there.jsonl, there.parquet].map((store) => store.close()));
});

function made({ records }: PaperRecords): RecordSet {
  return { ...records, blobs: inOrder(records.blobs) };
}

/** The fields of a paper's feedback whose value is not found where it belongs. */
function missingFrom(records: RecordSet, { places }: PaperRecords): string[] {
  return places.filter(({ value, find }) => !sameValue(find(records), value)).map(({ field }) => field);
}

function sameValue(found: unknown, wanted: unknown): boolean {
  if (typeof found === 'number' && typeof wanted === 'number') return Math.abs(found - wanted) < 1e-12;
  return JSON.stringify(sorted(found)) === JSON.stringify(sorted(wanted));
}

/** With the fields of objects in one order: PostgreSQL and Parquet owe us none. */
function sorted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      inner !== null && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'null',
  );
}

test('every row of the list of papers has its records, once', () => {
  expect(papers.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  for (const { places } of papers) expect(places.length).toBeGreaterThanOrEqual(5);
});

describe.each(papers.map((paper) => [`${paper.number} ${paper.slug}`, paper] as const))('%s', (_title, paper) => {
  test('has a typed place for everything that comes back', () => {
    for (const [list, schema] of Object.entries(schemas)) {
      for (const record of paper.records[list as keyof typeof schemas]) expect(schema.parse(record)).toEqual(record);
    }
    expect(missingFrom(paper.records, paper)).toEqual([]);
  });

  test('is stored and read back', async () => {
    await storeSet(here, paper.records);
    const read = await storedSet(here, paper.records);
    expect(read).toEqual(made(paper));
    expect(missingFrom(read, paper)).toEqual([]);
  });

  test.each(['jsonl', 'parquet'] as const)('leaves as %s and comes back elsewhere', async (format: RowFormat) => {
    const rows: Row[] = await exportSet(here, paper.records);
    const arrived = importSet(await readRows(format, encodeRows(format, rows)));
    expect(arrived).toEqual(made(paper));
    await storeSet(there[format], arrived);
    const read = await storedSet(there[format], paper.records);
    expect(read).toEqual(made(paper));
    expect(missingFrom(read, paper)).toEqual([]);
  });
});

describe('a loss on the way', () => {
  const of = (number: number): PaperRecords => papers.find((paper) => paper.number === number) ?? papers[0]!;

  test('of any field of any record is found', () => {
    const paper = of(40);
    const [slate] = paper.records.decisions;
    const decisions = paper.records.decisions.map((decision) =>
      decision === slate ? { ...decision, behaviour: { ...decision.behaviour, components: [] } } : decision,
    );
    expect(missingFrom({ ...paper.records, decisions }, paper)).toEqual(['logp']);
    expect(missingFrom({ ...paper.records, activations: [] }, paper)).toEqual(['shownAt']);
    expect(missingFrom({ ...paper.records, feedback: [] }, paper).length).toBeGreaterThan(10);
  });

  test('every field of every paper depends on its records', () => {
    const empty = Object.fromEntries(Object.keys(of(1).records).map((list) => [list, []])) as unknown as RecordSet;
    for (const paper of papers) {
      const survived = paper.places.filter(({ value, find }) => {
        try {
          return sameValue(find(empty), value);
        } catch {
          return false;
        }
      });
      expect(survived.map(({ field }) => `${paper.number} ${field}`)).toEqual([]);
    }
  });

  test('and what has no place at all is refused', () => {
    const [decision] = of(1).records.decisions;
    expect(decisionSchema.safeParse({ ...decision, action: { type: 'dance' } }).success).toBe(false);
    expect(feedbackSchema.safeParse({ ...of(1).records.feedback[0], value: { type: 'mood' } }).success).toBe(false);
    expect(decisionSchema.parse({ ...decision, mood: 'good' })).not.toHaveProperty('mood');
  });
});
