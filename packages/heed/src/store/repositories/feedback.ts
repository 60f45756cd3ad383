import { and, asc, eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import type { Feedback, FeedbackKind, FeedbackTarget, JsonObject } from '../../spec/index.ts';
import { packBody, unpackBody } from '../body.ts';
import type { HotInsertOptions, HotServices, HotTable, StoredRecord } from '../hot.ts';
import { createHotWriter } from '../hot.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { feedback as feedbackTable, feedbackTargets } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface FeedbackFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly subject?: string | undefined;
  readonly kind?: FeedbackKind | undefined;
  readonly name?: string | undefined;
  /** Only feedback about this decision, episode, feedback or artifact. */
  readonly target?: string | undefined;
}

export interface FeedbackRepository {
  /** Resolves once the feedback's commit is on disk; many are committed together. */
  readonly insert: (feedback: Feedback, options?: HotInsertOptions) => Promise<StoredRecord<Feedback>>;
  readonly get: (id: string, executor?: Executor) => Promise<Feedback | null>;
  readonly getMany: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Feedback>>;
  readonly list: (filter?: FeedbackFilter, executor?: Executor) => Promise<Page<Feedback>>;
  /** What was said about each of these decisions, episodes, feedback or artifacts, oldest id first. */
  readonly about: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Feedback[]>>;
  readonly drain: () => Promise<void>;
}

const columns = new Set(['id', 'loop', 'kind', 'name', 'subject', 'observedAt', 'receivedAt', 'schemaVersion']);
const usual: JsonObject = { idempotencyKey: null };

export type FeedbackRow = typeof feedbackTable.$inferSelect;

/** The record of a row. */
export function decodeFeedback(row: FeedbackRow): Feedback {
  const { body, xid: _xid, ...typed } = row;
  // The row was written from a Feedback: what the columns do not hold is in its body.
  return { ...unpackBody(body, usual), ...typed } as Feedback;
}

/** The id that a target names, where it names one. */
function idOfTarget(target: FeedbackTarget): string | null {
  if ('decision' in target) return target.decision;
  if ('episode' in target) return target.episode;
  if ('feedback' in target) return target.feedback;
  return 'artifact' in target ? target.artifact : null;
}

const insertStatement = {
  name: 'heed-feedback',
  text: `insert into heed.feedback (id, loop, kind, name, subject, observed_at, received_at, schema_version, body)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::smallint[], $9::json[])
    on conflict (id) do nothing returning id`,
};

const table: HotTable<Feedback> = {
  kind: 'feedback',
  firstCounts: false,
  partitioned: true,
  keyOf: (feedback) => feedback.id,
  insert: async (client, entries) => {
    const rows = entries.map(({ record }) => record);
    const { rows: inserted } = await client.query<{ id: string }>({
      ...insertStatement,
      values: [
        rows.map((row) => row.id),
        rows.map((row) => row.loop),
        rows.map((row) => row.kind),
        rows.map((row) => row.name),
        rows.map((row) => row.subject),
        rows.map((row) => row.observedAt),
        rows.map((row) => row.receivedAt),
        rows.map((row) => row.schemaVersion),
        rows.map((row) => JSON.stringify(packBody(row, columns, usual))),
      ],
    });
    const ids = inserted.map(({ id }) => id);
    await insertTargets(client, rows, new Set(ids));
    return ids;
  },
  find: (client, ids) => getMany(drizzle(client), ids),
};

async function insertTargets(
  client: pg.ClientBase,
  rows: readonly Feedback[],
  inserted: ReadonlySet<string>,
): Promise<void> {
  const pairs = rows
    .filter((row) => inserted.has(row.id))
    .flatMap((row) =>
      row.targets
        .flatMap((target) => ({ target: idOfTarget(target), feedback: row.id }))
        .filter(({ target }) => target !== null),
    );
  if (pairs.length === 0) return;
  await client.query({
    name: 'heed-feedback-targets',
    text: 'insert into heed.feedback_target (target, feedback) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing',
    values: [pairs.map(({ target }) => target), pairs.map(({ feedback }) => feedback)],
  });
}

/** Feedback: written in groups, read by id, by what it is about, or page by page. */
export function createFeedbackRepository(database: Executor, services: HotServices): FeedbackRepository {
  const writer = createHotWriter(services, table);
  return {
    insert: (record, options = {}) => writer.write({ ...options, record, loop: record.loop }),
    get: async (id, executor = database) => (await getMany(executor, [id])).get(id) ?? null,
    getMany: (ids, executor = database) => getMany(executor, ids),
    list: (filter = {}, executor = database) => listPage(filter, executor),
    about: (ids, executor = database) => about(ids, executor),
    drain: writer.drain,
  };
}

async function listPage(filter: FeedbackFilter, executor: Executor): Promise<Page<Feedback>> {
  const { conditions, order, limit } = pageOf(feedbackTable.id, filter);
  if (filter.loop !== undefined) conditions.push(eq(feedbackTable.loop, filter.loop));
  if (filter.subject !== undefined) conditions.push(eq(feedbackTable.subject, filter.subject));
  if (filter.kind !== undefined) conditions.push(eq(feedbackTable.kind, filter.kind));
  if (filter.name !== undefined) conditions.push(eq(feedbackTable.name, filter.name));
  if (filter.target !== undefined) {
    const named = executor
      .select({ id: feedbackTargets.feedback })
      .from(feedbackTargets)
      .where(eq(feedbackTargets.target, filter.target));
    conditions.push(inArray(feedbackTable.id, named));
  }
  const rows = await executor
    .select()
    .from(feedbackTable)
    .where(and(...conditions))
    .orderBy(order)
    .limit(limit);
  return toPage(rows.map(decodeFeedback), limit);
}

async function about(ids: readonly string[], executor: Executor): Promise<Map<string, Feedback[]>> {
  const found = new Map<string, Feedback[]>();
  if (ids.length === 0) return found;
  const pairs = await executor
    .select()
    .from(feedbackTargets)
    .where(inArray(feedbackTargets.target, [...ids]))
    .orderBy(asc(feedbackTargets.feedback));
  const rows = await getMany(executor, [...new Set(pairs.map(({ feedback }) => feedback))]);
  for (const { target, feedback } of pairs) {
    const record = rows.get(feedback);
    if (!record) continue;
    const earlier = found.get(target);
    if (earlier) earlier.push(record);
    else found.set(target, [record]);
  }
  return found;
}

async function getMany(executor: Executor, ids: readonly string[]): Promise<Map<string, Feedback>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .select()
    .from(feedbackTable)
    .where(inArray(feedbackTable.id, [...ids]));
  return new Map(rows.map((row) => [row.id, decodeFeedback(row)]));
}
