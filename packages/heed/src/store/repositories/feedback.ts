import { and, asc, eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { decisionOfTarget } from '../../spec/index.ts';
import type { Feedback, FeedbackKind, FeedbackTarget, JsonObject } from '../../spec/index.ts';
import { packBody, unpackBody } from '../body.ts';
import type { HotInsert, HotInsertOptions, HotServices, HotTable, StoredRecord } from '../hot.ts';
import { createHotWriter } from '../hot.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { feedback as feedbackTable, feedbackTargets } from '../schema.ts';
import type { SubjectKeys } from '../subjects/keys.ts';
import { splitFeedback } from '../subjects/personal.ts';
import { openRows, requireKeys, sealRows } from '../subjects/rows.ts';
import type { RowToSeal } from '../subjects/rows.ts';
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
  /** As `insert`, of all or of none: where one is refused, as its key stands for something else, nothing is stored. */
  readonly insertAll: (inserts: readonly HotInsert<Feedback>[]) => Promise<StoredRecord<Feedback>[]>;
  readonly get: (id: string, executor?: Executor) => Promise<Feedback | null>;
  readonly getMany: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Feedback>>;
  readonly list: (filter?: FeedbackFilter, executor?: Executor) => Promise<Page<Feedback>>;
  /** What was said about each of these decisions, episodes, feedback or artifacts, oldest id first. */
  readonly about: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Feedback[]>>;
  readonly drain: () => Promise<void>;
}

const columns = new Set([
  'id',
  'loop',
  'kind',
  'name',
  'subject',
  'observedAt',
  'receivedAt',
  'schemaVersion',
  'forgotten',
]);
const usual: JsonObject = { idempotencyKey: null };

export type FeedbackRow = typeof feedbackTable.$inferSelect;

/** The records of rows; what is personal in them is opened with the keys that are there now. */
export async function decodeFeedback(
  executor: Executor,
  keys: SubjectKeys,
  rows: readonly FeedbackRow[],
): Promise<Feedback[]> {
  return (await openRows(executor, keys, 'feedback', rows)).map(({ row, body, forgotten }) => {
    const { body: _body, xid: _xid, sealed: _sealed, forgotten: _forgotten, ...typed } = row;
    // The row was written from a Feedback: what the columns do not hold is in its body.
    return { ...unpackBody(body, usual), ...typed, ...(forgotten && { forgotten: true }) } as Feedback;
  });
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
  text: `insert into heed.feedback (id, loop, kind, name, subject, observed_at, received_at, schema_version, body, forgotten, sealed)
    select id, loop, kind, name, subject, observed_at, received_at, schema_version, body, forgotten, decode(sealed, 'base64')
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::smallint[], $9::json[],
      $10::boolean[], $11::text[], $12::uuid[])
      as new (id, loop, kind, name, subject, observed_at, received_at, schema_version, body, forgotten, sealed, key)
    where key is null or exists (select from heed.subject_key k where k.id = new.key)
    on conflict (id) do nothing returning id`,
};

const createTable = (keys: SubjectKeys): HotTable<Feedback> => ({
  kind: 'feedback',
  firstCounts: false,
  partitioned: true,
  keyOf: (feedback) => feedback.id,
  insert: async (client, entries) => {
    const rows = entries.map(({ record }) => record);
    const toSeal = await withKeepers(client, rows);
    const sealed = await sealRows(client, keys, 'feedback', splitFeedback, toSeal);
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
        sealed.map(({ body }) => body),
        rows.map((row) => row.forgotten ?? null),
        sealed.map((row) => row.sealed),
        sealed.map(({ key }) => key),
      ],
    });
    if (inserted.length < rows.length) await requireKeys(client, keys, toSeal, sealed);
    const ids = inserted.map(({ id }) => id);
    await insertTargets(client, rows, new Set(ids));
    return ids;
  },
  find: (client, ids) => getMany(drizzle(client), keys, ids),
});

/** Words about a subject's decision lie under that subject's key, also where nobody is named as having said them. */
async function withKeepers(client: pg.ClientBase, rows: readonly Feedback[]): Promise<RowToSeal[]> {
  const bodies = rows.map((row) => packBody(row, columns, usual));
  const judged = rows.map((row, index) =>
    row.subject === null && row.forgotten !== true && splitFeedback(bodies[index] ?? {}).personal !== null
      ? row.targets.flatMap((target) => decisionOfTarget(target) ?? [])
      : [],
  );
  const ids = [...new Set(judged.flat())];
  const { rows: found } =
    ids.length === 0
      ? { rows: [] }
      : await client.query<{ id: string; subject: string }>(
          'select id, subject from heed.decision where id = any($1::uuid[]) and subject is not null',
          [ids],
        );
  const subjects = new Map(found.map(({ id, subject }) => [id, subject]));
  return rows.map((row, index) => ({
    id: row.id,
    keeper:
      row.forgotten === true
        ? null
        : (row.subject ??
          judged[index]?.map((id) => subjects.get(id)).find((subject) => subject !== undefined) ??
          null),
    body: bodies[index] ?? {},
  }));
}

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
  const { keys } = services;
  const writer = createHotWriter(services, createTable(keys));
  return {
    insert: (record, options = {}) => writer.write({ ...options, record, loop: record.loop }),
    insertAll: (inserts) => writer.writeAll(inserts.map((each) => ({ ...each, loop: each.record.loop }))),
    get: async (id, executor = database) => (await getMany(executor, keys, [id])).get(id) ?? null,
    getMany: (ids, executor = database) => getMany(executor, keys, ids),
    list: (filter = {}, executor = database) => listPage(filter, executor, keys),
    about: (ids, executor = database) => about(ids, executor, keys),
    drain: writer.drain,
  };
}

async function listPage(filter: FeedbackFilter, executor: Executor, keys: SubjectKeys): Promise<Page<Feedback>> {
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
  return toPage(await decodeFeedback(executor, keys, rows), limit);
}

async function about(ids: readonly string[], executor: Executor, keys: SubjectKeys): Promise<Map<string, Feedback[]>> {
  const found = new Map<string, Feedback[]>();
  if (ids.length === 0) return found;
  const pairs = await executor
    .select()
    .from(feedbackTargets)
    .where(inArray(feedbackTargets.target, [...ids]))
    .orderBy(asc(feedbackTargets.feedback));
  const rows = await getMany(executor, keys, [...new Set(pairs.map(({ feedback }) => feedback))]);
  for (const { target, feedback } of pairs) {
    const record = rows.get(feedback);
    if (!record) continue;
    const earlier = found.get(target);
    if (earlier) earlier.push(record);
    else found.set(target, [record]);
  }
  return found;
}

async function getMany(executor: Executor, keys: SubjectKeys, ids: readonly string[]): Promise<Map<string, Feedback>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .select()
    .from(feedbackTable)
    .where(inArray(feedbackTable.id, [...ids]));
  return new Map((await decodeFeedback(executor, keys, rows)).map((row) => [row.id, row]));
}
