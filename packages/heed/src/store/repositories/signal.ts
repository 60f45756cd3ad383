import { and, asc, eq, gt, inArray, lte, notExists, sql } from 'drizzle-orm';
import type { JsonObject, Signal } from '../../spec/index.ts';
import { decisionOfTarget, targetKey } from '../../spec/index.ts';
import { packBody, unpackBody } from '../body.ts';
import { digestOf } from '../identity.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { newestSignals, signals, signalUses } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface SignalFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly derivation?: string | undefined;
  readonly status?: Signal['status'] | undefined;
  readonly decision?: string | undefined;
}

export interface UnusedOptions {
  readonly limit: number;
  /** Only signals with a larger id than this. */
  readonly after?: string | undefined;
}

/** The update that used a signal. */
export interface SignalUse {
  readonly lineage: string;
  readonly artifact: string;
}

export interface SignalRepository {
  /**
   * Appends versions of signals.
   * @throws where a version of a target is there already: two derivations of one consumer must not run at once.
   */
  readonly insert: (records: readonly Signal[], executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<Signal | null>;
  readonly getMany: (ids: readonly string[], executor?: Executor) => Promise<Map<string, Signal>>;
  readonly list: (filter?: SignalFilter, executor?: Executor) => Promise<Page<Signal>>;
  /** The newest version of each target that has one, by target key. */
  readonly latest: (
    derivation: string,
    targetKeys: readonly string[],
    executor?: Executor,
  ) => Promise<Map<string, Signal>>;
  /** Every version, of whatever target, that belongs to these decisions; oldest id first. */
  readonly ofDecisions: (decisionIds: readonly string[], executor?: Executor) => Promise<Map<string, Signal[]>>;
  /** Newest versions that are provisional and whose window is closed: `availableAt` ≤ `now` (ISO time). */
  readonly due: (derivation: string, now: string, limit: number, executor?: Executor) => Promise<Signal[]>;
  /** Newest versions, final or defaulted, that no update of this lineage has used; oldest id first. */
  readonly unused: (
    derivation: string,
    lineage: string,
    options: UnusedOptions,
    executor?: Executor,
  ) => Promise<Signal[]>;
  readonly countUnused: (derivation: string, lineage: string, executor?: Executor) => Promise<number>;
  /** Claims signals for the update that makes `artifact`; returns those that the lineage had not used before. */
  readonly use: (
    lineage: string,
    signalIds: readonly string[],
    artifact: string,
    executor?: Executor,
  ) => Promise<string[]>;
  /** Who used each of these signals, by its id; unused ones are left out. */
  readonly usesOf: (signalIds: readonly string[], executor?: Executor) => Promise<Map<string, SignalUse[]>>;
  /** How many signals an artifact's update used. */
  readonly usedBy: (artifact: string, executor?: Executor) => Promise<number>;
}

const columns = new Set([
  'id',
  'derivation',
  'loop',
  'version',
  'kind',
  'status',
  'weight',
  'availableAt',
  'supersedes',
  'schemaVersion',
]);
const usual: JsonObject = { value: null, feedback: [], artifacts: [] };

export type SignalRow = typeof signals.$inferSelect;

/** The record of a row. */
export function decodeSignal(row: SignalRow): Signal {
  const { body, xid: _xid, decision: _decision, targetHash: _targetHash, ...typed } = row;
  // The row was written from a Signal: what the columns do not hold is in its body.
  const record = { ...unpackBody(body, usual), ...typed } as Omit<Signal, 'targetKey'> & { targetKey?: string };
  return { ...record, targetKey: record.targetKey ?? targetKey(record.target) };
}

function encode(record: Signal): typeof signals.$inferInsert {
  const body = packBody(record, columns, usual);
  // The key is most often the target's own, which says the same again.
  if (record.targetKey === targetKey(record.target)) delete body['targetKey'];
  return { ...record, decision: decisionOfTarget(record.target), targetHash: digestOf(record.targetKey), body };
}

/** Signals: append-only versions, of which the newest counts, and the record of who used which. */
export function createSignalRepository(database: Executor): SignalRepository {
  return {
    insert: (records, executor) => insert(records, executor ?? database),
    get: async (id, executor = database) => (await getMany(executor, [id])).get(id) ?? null,
    getMany: (ids, executor = database) => getMany(executor, ids),
    list: (filter = {}, executor = database) => listPage(filter, executor),
    latest: (derivation, keys, executor = database) => latest(derivation, keys, executor),
    ofDecisions: async (decisionIds, executor = database) => {
      const found = new Map<string, Signal[]>();
      if (decisionIds.length === 0) return found;
      const rows = await executor
        .select()
        .from(signals)
        .where(inArray(signals.decision, [...decisionIds]))
        .orderBy(asc(signals.id));
      for (const row of rows) {
        if (row.decision === null) continue;
        const earlier = found.get(row.decision);
        if (earlier) earlier.push(decodeSignal(row));
        else found.set(row.decision, [decodeSignal(row)]);
      }
      return found;
    },
    due: async (derivation, now, limit, executor = database) => {
      const isDue = and(
        eq(newestSignals.derivation, derivation),
        eq(newestSignals.status, 'provisional'),
        lte(newestSignals.availableAt, now),
      );
      const rows = await executor
        .select({ signal: signals })
        .from(newestSignals)
        .innerJoin(signals, eq(signals.id, newestSignals.signal))
        .where(isDue)
        .orderBy(asc(newestSignals.availableAt), asc(newestSignals.signal))
        .limit(limit);
      return rows.map(({ signal }) => decodeSignal(signal));
    },
    unused: async (derivation, lineage, { limit, after }, executor = database) => {
      const rows = await executor
        .select({ signal: signals })
        .from(newestSignals)
        .innerJoin(signals, eq(signals.id, newestSignals.signal))
        .where(
          and(
            isUnused(executor, derivation, lineage),
            after === undefined ? undefined : gt(newestSignals.signal, after),
          ),
        )
        .orderBy(asc(newestSignals.signal))
        .limit(limit);
      return rows.map(({ signal }) => decodeSignal(signal));
    },
    countUnused: (derivation, lineage, executor = database) =>
      executor.$count(newestSignals, isUnused(executor, derivation, lineage)),
    use: async (lineage, signalIds, artifact, executor = database) => {
      if (signalIds.length === 0) return [];
      const claimed = await executor.execute<{ signal: string }>(
        sql`insert into heed.signal_use (lineage, signal, artifact)
            select ${lineage}, signal, ${artifact}::uuid from unnest(${sql.param([...signalIds])}::uuid[]) as used (signal)
            on conflict (lineage, signal) do nothing returning signal`,
      );
      return claimed.rows.map(({ signal }) => signal);
    },
    usesOf: async (signalIds, executor = database) => {
      if (signalIds.length === 0) return new Map();
      const rows = await executor
        .select()
        .from(signalUses)
        .where(inArray(signalUses.signal, [...signalIds]))
        .orderBy(asc(signalUses.lineage));
      const uses = Map.groupBy(rows, ({ signal }) => signal);
      return new Map([...uses].map(([id, of]) => [id, of.map(({ lineage, artifact }) => ({ lineage, artifact }))]));
    },
    usedBy: (artifact, executor = database) => executor.$count(signalUses, eq(signalUses.artifact, artifact)),
  };
}

function isUnused(executor: Executor, derivation: string, lineage: string) {
  const uses = executor
    .select()
    .from(signalUses)
    .where(and(eq(signalUses.lineage, lineage), eq(signalUses.signal, newestSignals.signal)));
  return and(
    eq(newestSignals.derivation, derivation),
    inArray(newestSignals.status, ['final', 'defaulted']),
    notExists(uses),
  );
}

const insertAtMost = 500;

async function insert(records: readonly Signal[], executor: Executor): Promise<void> {
  if (records.length > insertAtMost) {
    await executor.transaction(async (transaction) => {
      for (let from = 0; from < records.length; from += insertAtMost)
        await insert(records.slice(from, from + insertAtMost), transaction);
    });
    return;
  }
  if (records.length === 0) return;
  const rows = records.map(encode);
  await executor.transaction(async (transaction) => {
    await transaction.insert(signals).values(rows);
    await transaction
      .insert(newestSignals)
      .values(newestOf(rows))
      .onConflictDoUpdate({
        target: [newestSignals.derivation, newestSignals.targetHash],
        set: {
          signal: sql`excluded.signal`,
          version: sql`excluded.version`,
          status: sql`excluded.status`,
          availableAt: sql`excluded.available_at`,
        },
        setWhere: sql`${newestSignals.version} < excluded.version`,
      });
  });
}

/** One row per target: a statement may not change a row twice. */
function newestOf(rows: readonly (typeof signals.$inferInsert)[]): (typeof newestSignals.$inferInsert)[] {
  const newest = new Map<string, typeof newestSignals.$inferInsert>();
  for (const { derivation, targetHash, id, version, status, availableAt } of rows) {
    const key = `${targetHash} ${derivation}`;
    if ((newest.get(key)?.version ?? 0) < version)
      newest.set(key, { derivation, targetHash, signal: id, version, status, availableAt });
  }
  return [...newest.values()];
}

async function latest(
  derivation: string,
  targetKeys: readonly string[],
  executor: Executor,
): Promise<Map<string, Signal>> {
  if (targetKeys.length === 0) return new Map();
  const hashes = targetKeys.map((key) => digestOf(key));
  const rows = await executor
    .select({ signal: signals })
    .from(newestSignals)
    .innerJoin(signals, eq(signals.id, newestSignals.signal))
    .where(and(eq(newestSignals.derivation, derivation), inArray(newestSignals.targetHash, hashes)));
  return new Map(rows.map(({ signal }) => decodeSignal(signal)).map((signal) => [signal.targetKey, signal]));
}

async function listPage(filter: SignalFilter, executor: Executor): Promise<Page<Signal>> {
  const { conditions, order, limit } = pageOf(signals.id, filter);
  if (filter.loop !== undefined) conditions.push(eq(signals.loop, filter.loop));
  if (filter.derivation !== undefined) conditions.push(eq(signals.derivation, filter.derivation));
  if (filter.status !== undefined) conditions.push(eq(signals.status, filter.status));
  if (filter.decision !== undefined) conditions.push(eq(signals.decision, filter.decision));
  const rows = await executor
    .select()
    .from(signals)
    .where(and(...conditions))
    .orderBy(order)
    .limit(limit);
  return toPage(rows.map(decodeSignal), limit);
}

async function getMany(executor: Executor, ids: readonly string[]): Promise<Map<string, Signal>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .select()
    .from(signals)
    .where(inArray(signals.id, [...ids]));
  return new Map(rows.map((row) => [row.id, decodeSignal(row)]));
}
