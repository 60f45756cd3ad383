import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Decision, JsonObject } from '../../spec/index.ts';
import { packBody, unpackBody } from '../body.ts';
import type { HotInsert, HotInsertOptions, HotServices, HotTable, StoredRecord } from '../hot.ts';
import { createHotWriter } from '../hot.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { decisions } from '../schema.ts';
import type { SubjectKeys } from '../subjects/keys.ts';
import { splitDecision } from '../subjects/personal.ts';
import { openRows, requireKeys, sealRows } from '../subjects/rows.ts';
import type { Executor } from '../transaction.ts';

export interface DecisionFilter extends PageOptions {
  readonly loop?: string | undefined;
  /** `null`: those without a subject. */
  readonly subject?: string | null | undefined;
  readonly artifact?: string | undefined;
  readonly episode?: string | undefined;
  readonly group?: string | undefined;
}

/** Where a decision stands in its episode. */
export type Neighbours = {
  readonly episode: string;
  /** First of the next step; `null` at the end, so far. */
  readonly next: string | null;
  readonly previous: readonly string[];
};

export interface DecisionRepository {
  /** Resolves once the decision's commit is on disk; many are committed together. */
  readonly insert: (decision: Decision, options?: HotInsertOptions) => Promise<StoredRecord<Decision>>;
  /** As `insert`, of all or of none: where one is refused, as its key stands for something else, nothing is stored. */
  readonly insertAll: (inserts: readonly HotInsert<Decision>[]) => Promise<StoredRecord<Decision>[]>;
  readonly get: (id: string, executor?: Executor) => Promise<Decision | null>;
  readonly getMany: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Decision>>;
  /** The decisions of the next and of the previous step of their episode; those without an episode or step are left out. */
  readonly neighbours: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Neighbours>>;
  /** The decisions of the last step of each of these episodes. */
  readonly lastOf: (episodes: readonly string[], executor?: Executor) => Promise<string[]>;
  readonly list: (filter?: DecisionFilter, executor?: Executor) => Promise<Page<Decision>>;
  readonly drain: () => Promise<void>;
}

const columns = new Set([
  'id',
  'loop',
  'loopVersion',
  'origin',
  'artifact',
  'subjectState',
  'subject',
  'episode',
  'step',
  'group',
  'decidedAt',
  'schemaVersion',
  'forgotten',
]);

const usual: JsonObject = {
  agent: null,
  parents: [],
  context: [],
  observations: [],
  candidates: null,
  heldFrom: null,
  heldUntil: null,
  activation: 'immediate',
  idempotencyKey: null,
  traceId: null,
};

export type DecisionRow = typeof decisions.$inferSelect;

/** The records of rows; what is personal in them is opened with the keys that are there now. */
export async function decodeDecisions(
  executor: Executor,
  keys: SubjectKeys,
  rows: readonly DecisionRow[],
): Promise<Decision[]> {
  return (await openRows(executor, keys, 'decision', rows)).map(({ row, body, forgotten }) => {
    const { body: _body, xid: _xid, sealed: _sealed, forgotten: _forgotten, ...typed } = row;
    // The row was written from a Decision: what the columns do not hold is in its body.
    return { ...unpackBody(body, usual), ...typed, ...(forgotten && { forgotten: true }) } as Decision;
  });
}

const insertStatement = {
  name: 'heed-decisions',
  text: `insert into heed.decision
    (id, loop, loop_version, origin, artifact, subject_state, subject, episode, step, "group", decided_at, schema_version, body, forgotten, sealed)
    select id, loop, loop_version, origin, artifact, subject_state, subject, episode, step, "group", decided_at, schema_version, body, forgotten,
      decode(sealed, 'base64') from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::uuid[], $9::integer[],
      $10::text[], $11::timestamptz[], $12::smallint[], $13::json[], $14::boolean[], $15::text[], $16::uuid[])
      as new (id, loop, loop_version, origin, artifact, subject_state, subject, episode, step, "group", decided_at, schema_version, body, forgotten, sealed, key)
    where key is null or exists (select from heed.subject_key k where k.id = new.key)
    on conflict (id) do nothing returning id`,
};

const createTable = (keys: SubjectKeys): HotTable<Decision> => ({
  kind: 'decision',
  firstCounts: false,
  partitioned: true,
  keyOf: (decision) => decision.id,
  insert: async (client, entries) => {
    const rows = entries.map(({ record }) => record);
    const toSeal = rows.map((row) => ({
      id: row.id,
      keeper: row.forgotten === true ? null : row.subject,
      body: packBody(row, columns, usual),
    }));
    const sealed = await sealRows(client, keys, 'decision', splitDecision, toSeal);
    const { rows: inserted } = await client.query<{ id: string }>({
      ...insertStatement,
      values: [
        rows.map((row) => row.id),
        rows.map((row) => row.loop),
        rows.map((row) => row.loopVersion),
        rows.map((row) => row.origin),
        rows.map((row) => row.artifact),
        rows.map((row) => row.subjectState),
        rows.map((row) => row.subject),
        rows.map((row) => row.episode),
        rows.map((row) => row.step),
        rows.map((row) => row.group),
        rows.map((row) => row.decidedAt),
        rows.map((row) => row.schemaVersion),
        sealed.map(({ body }) => body),
        rows.map((row) => row.forgotten ?? null),
        sealed.map((row) => row.sealed),
        sealed.map(({ key }) => key),
      ],
    });
    if (inserted.length < rows.length) await requireKeys(client, keys, toSeal, sealed);
    return inserted.map(({ id }) => id);
  },
  find: (client, ids) => getMany(drizzle(client), keys, ids),
});

/** Decisions: written in groups, read by id or page by page. */
export function createDecisionRepository(database: Executor, services: HotServices): DecisionRepository {
  const { keys } = services;
  const writer = createHotWriter(services, createTable(keys));
  return {
    insert: (record, options = {}) => writer.write({ ...options, record, loop: record.loop }),
    insertAll: (inserts) => writer.writeAll(inserts.map((each) => ({ ...each, loop: each.record.loop }))),
    get: async (id, executor = database) => (await getMany(executor, keys, [id])).get(id) ?? null,
    getMany: (ids, executor = database) => getMany(executor, keys, ids),
    neighbours: async (ids, executor = database) => {
      if (ids.length === 0) return new Map();
      const { rows } = await executor.execute<{ id: string } & Neighbours>(
        sql`select d.id, d.episode,
              (select n.id from heed.decision n where n.episode = d.episode and n.step > d.step order by n.step, n.id limit 1) as next,
              array(select p.id from heed.decision p where p.episode = d.episode
                    and p.step = (select max(b.step) from heed.decision b where b.episode = d.episode and b.step < d.step)) as previous
            from heed.decision d where d.id = any(${sql.param([...ids])}::uuid[]) and d.episode is not null and d.step is not null`,
      );
      return new Map(rows.map(({ id, ...neighbours }) => [id, neighbours]));
    },
    lastOf: async (episodes, executor = database) => {
      if (episodes.length === 0) return [];
      const { rows } = await executor.execute<{ id: string }>(
        sql`select d.id from heed.decision d where d.episode = any(${sql.param([...episodes])}::uuid[])
            and d.step = (select max(l.step) from heed.decision l where l.episode = d.episode)`,
      );
      return rows.map(({ id }) => id);
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(decisions.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(decisions.loop, filter.loop));
      if (filter.subject === null) conditions.push(isNull(decisions.subject));
      else if (filter.subject !== undefined) conditions.push(eq(decisions.subject, filter.subject));
      if (filter.artifact !== undefined) conditions.push(eq(decisions.artifact, filter.artifact));
      if (filter.episode !== undefined) conditions.push(eq(decisions.episode, filter.episode));
      if (filter.group !== undefined) conditions.push(eq(decisions.group, filter.group));
      const rows = await executor
        .select()
        .from(decisions)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(await decodeDecisions(executor, keys, rows), limit);
    },
    drain: writer.drain,
  };
}

async function getMany(executor: Executor, keys: SubjectKeys, ids: readonly string[]): Promise<Map<string, Decision>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .select()
    .from(decisions)
    .where(inArray(decisions.id, [...ids]));
  return new Map((await decodeDecisions(executor, keys, rows)).map((row) => [row.id, row]));
}
