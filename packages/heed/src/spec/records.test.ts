import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { exportRows, importRows, readRows } from '../loop/exchange/index.ts';
import type { Row, RowFormat } from '../loop/exchange/index.ts';
import type { ImportReport } from '../loop/index.ts';
import type { Store } from '../store/index.ts';
import { openTestStore } from '../store/testing.ts';
import { papers } from './fixtures/records/index.ts';
import type { PaperRecords, RecordSet } from './fixtures/records/make.ts';
import { storeSet, storedSet } from './fixtures/records/testing-travel.ts';
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

const schemas: { readonly [List in Exclude<keyof RecordSet, 'blobs'>]: z.ZodType } = {
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
};
const formats = ['jsonl', 'parquet'] as const;
const loops = new Map(papers.map(({ number }) => [`paper${number}`, number]));

let here: Store;
let there: Readonly<Record<RowFormat, Store>>;
let files: Readonly<Record<RowFormat, Uint8Array>>;
let reports: Readonly<Record<RowFormat, ImportReport>>;

beforeAll(async () => {
  const [first, jsonl, parquet] = await Promise.all([openTestStore(), openTestStore(), openTestStore()]);
  here = first;
  there = { jsonl, parquet };
  for (const { records } of papers) await storeSet(here, records);
  files = {
    jsonl: await exportRows({ store: here }, 'jsonl', 'everything'),
    parquet: await exportRows({ store: here }, 'parquet', 'everything'),
  };
  reports = {
    jsonl: await importRows({ store: jsonl, loops }, 'jsonl', files.jsonl),
    parquet: await importRows({ store: parquet, loops }, 'parquet', files.parquet),
  };
}, 60_000);
afterAll(async () => {
  await Promise.all([here, there.jsonl, there.parquet].map((store) => store.close()));
});

/** The fields of a paper's feedback whose value is not found where it belongs. */
function missingFrom(records: RecordSet, { places }: Pick<PaperRecords, 'places'>): string[] {
  return places
    .filter(({ value, find }) => {
      try {
        return !isSame(find(records), value);
      } catch {
        return true;
      }
    })
    .map(({ field }) => field);
}

/** Equal through and through; of numbers, as far as a logarithm and its exponential give the same again. */
function isSame(found: unknown, wanted: unknown): boolean {
  if (typeof found === 'number' && typeof wanted === 'number') return Math.abs(found - wanted) < 1e-12;
  if (typeof found !== 'object' || typeof wanted !== 'object' || found === null || wanted === null)
    return found === wanted;
  const [has, needs] = [new Map(Object.entries(found)), new Map(Object.entries(wanted))];
  return (
    Array.isArray(found) === Array.isArray(wanted) &&
    has.size === needs.size &&
    [...needs].every(([key, value]) => has.has(key) && isSame(has.get(key), value))
  );
}

function paperOf(number: number): PaperRecords {
  const paper = papers.find((each) => each.number === number);
  if (paper === undefined) throw new RangeError(`there must be a paper ${number}`);
  return paper;
}

/** Without one of its fields. */
function without(object: object, field: string): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== field));
}

function rowsIn(file: Uint8Array): Row[] {
  return new TextDecoder()
    .decode(file)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function toLine(row: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(row));
}

function recordOf(row: Row): object {
  return (row as unknown as { readonly [kind: string]: object })[row.kind] ?? {};
}

test('every row of the list of papers has its records, once', () => {
  expect(papers.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(new Set(papers.map(({ slug }) => slug)).size).toBe(40);
  for (const { places } of papers) expect(places.length).toBeGreaterThan(5);
});

test('together they take every kind of record', () => {
  const lists = Object.keys(schemas) as (keyof RecordSet)[];
  expect(lists.filter((list) => papers.every(({ records }) => records[list].length === 0))).toEqual([]);
});

describe.each(papers.map((paper) => [`${paper.number} ${paper.slug}`, paper] as const))('%s', (_title, paper) => {
  test('has a typed place for everything that comes back', () => {
    for (const [list, schema] of Object.entries(schemas)) {
      for (const record of paper.records[list as keyof typeof schemas])
        expect(schema.parse(record)).toStrictEqual(record);
    }
    expect(missingFrom(paper.records, paper)).toEqual([]);
  });

  test('is stored and read back', async () => {
    const read = await storedSet(here, paper.records);
    expect(read).toStrictEqual(paper.records);
    expect(missingFrom(read, paper)).toEqual([]);
  });

  test.each(formats)('leaves as %s and comes back elsewhere', async (format) => {
    const read = await storedSet(there[format], paper.records);
    expect(read).toStrictEqual(paper.records);
    expect(missingFrom(read, paper)).toEqual([]);
  });
});

describe('all of it together', () => {
  test.each(formats)('is imported once from %s, however often', async (format) => {
    const count = papers
      .flatMap(({ records }) => Object.keys(schemas).map((list) => records[list as keyof typeof schemas].length))
      .reduce((sum, each) => sum + each, 0);
    const activations = papers.flatMap(({ records }) => records.activations).length;
    const { decisions, feedback, others, duplicates } = reports[format];
    // An activation travels with its decision.
    expect([decisions + feedback + others, duplicates]).toEqual([count - activations, 0]);
    const again = await importRows({ store: there[format], loops }, format, files[format]);
    expect(again).toEqual({ decisions, feedback, others, duplicates: decisions + feedback + others });
  });

  test.each(formats)('leaves a store that was filled from %s as it left the first', async (format) => {
    expect(rowsIn(await exportRows({ store: there[format] }, 'jsonl', 'everything'))).toStrictEqual(
      rowsIn(files.jsonl),
    );
  });
});

describe('a loss on the way', () => {
  test('of a whole list is found, whatever a place reads', () => {
    const empty = Object.fromEntries(Object.keys(paperOf(1).records).map((list) => [list, []])) as unknown as RecordSet;
    for (const paper of papers) expect(missingFrom(empty, paper)).toEqual(paper.places.map(({ field }) => field));
  });

  test('of one field is found by the place that reads it', () => {
    const paper = paperOf(40);
    const { records } = paper;
    const decisions = records.decisions.map((decision, index) =>
      index > 0 ? decision : { ...decision, behaviour: { ...decision.behaviour, components: [] } },
    );
    const feedback = records.feedback.map(({ expiresAt: _expiresAt, ...kept }) => kept);
    expect(missingFrom({ ...records, decisions }, paper)).toEqual(['logp']);
    expect(missingFrom({ ...records, feedback }, paper)).toEqual(['noteExpires']);
    expect(missingFrom({ ...records, activations: [] }, paper)).toEqual(['shownAt']);
  });

  test('of one field of a stored record is found by the comparison', async () => {
    const { records } = paperOf(21);
    const read = await storedSet(here, records);
    const feedback = read.feedback.map(({ source: { confidence: _confidence, ...source }, ...kept }) => ({
      ...kept,
      source,
    }));
    expect(read).toStrictEqual(records);
    expect({ ...read, feedback }).not.toStrictEqual(records);
  });

  test('of any field of any row is refused, but of those that are not always there', async () => {
    const lost = new Set<string>();
    for (const row of rowsIn(files.jsonl)) {
      for (const field of Object.keys(recordOf(row))) {
        const damaged = { ...row, [row.kind]: without(recordOf(row), field) };
        await readRows('jsonl', toLine(damaged)).then(
          () => lost.add(`${row.kind}.${field}`),
          () => undefined,
        );
      }
    }
    expect([...lost]).toEqual(['feedback.expiresAt']);
  });
});

describe('what has no place', () => {
  test('is refused in any row of any kind', async () => {
    const taken = new Set<string>();
    for (const row of rowsIn(files.jsonl)) {
      const more = { ...row, [row.kind]: { ...recordOf(row), mood: 'good' } };
      await readRows('jsonl', toLine(more)).then(
        () => taken.add(row.kind),
        () => undefined,
      );
    }
    expect([...taken]).toEqual([]);
  });

  test('is refused by name, deep inside as well', async () => {
    const row = rowsIn(files.jsonl).find(({ kind }) => kind === 'decision') as Extract<Row, { kind: 'decision' }>;
    const { decision } = row;
    const behaviour = { ...decision.behaviour, luck: 1 };
    await expect(readRows('jsonl', toLine({ ...row, decision: { ...decision, behaviour } }))).rejects.toThrow(
      'decision.behaviour must have no other fields than its record has: it is "luck"',
    );
    expect(decisionSchema.safeParse({ ...decision, action: { type: 'dance' } }).success).toBe(false);
    const [said] = paperOf(1).records.feedback;
    expect(feedbackSchema.safeParse({ ...said, value: { type: 'mood' } }).success).toBe(false);
  });
});
