import { and, asc, eq, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type pg from 'pg';
import type { Activation, Artifact, Decision, Feedback, Signal } from '../spec/index.ts';
import { decodeActivation } from './repositories/activation.ts';
import { decodeArtifact } from './repositories/artifact.ts';
import { decodeDecisions } from './repositories/decision.ts';
import { decodeFeedback } from './repositories/feedback.ts';
import { decodeSignal } from './repositories/signal.ts';
import { activations, artifacts, decisions, episodeStatuses, feedback, signals } from './schema.ts';
import type { SubjectKeys } from './subjects/keys.ts';
import { runTransaction } from './transaction.ts';
import type { Executor } from './transaction.ts';

export interface NewRows {
  decision: Decision[];
  activation: Activation[];
  /** Changes of an episode's status. */
  episode: { readonly id: string; readonly episode: string }[];
  feedback: Feedback[];
  signal: Signal[];
  artifact: Artifact[];
}

export type ReadableKind = keyof NewRows;

export interface ReadSinceOptions {
  /** What to read; the kinds are read one after another, in this order. */
  readonly kinds: readonly ReadableKind[];
  /** Only rows of this loop. */
  readonly loop?: string | undefined;
  /** Rows of one call at most. Default: 1000. */
  readonly limit?: number | undefined;
}

export interface ReadSinceResult {
  /** Rows handed to the handler. */
  readonly count: number;
  /** Whether more rows of the same snapshot wait: call again. */
  readonly more: boolean;
}

/** How far a consumer is within a snapshot that it has not read to its end. */
interface Position {
  readonly kind: ReadableKind;
  readonly xid: string;
  readonly id: string;
}

interface CursorState {
  /** What was visible when the last full read began: all of it has been handed over. */
  readonly previous: string | null;
  /** What this read is about: rows that this snapshot sees and the previous one did not. */
  readonly upTo: string;
  readonly position: Position | null;
}

interface Located {
  readonly xid: string;
  readonly id: string;
}

const defaultLimit = 1000;

/**
 * Hands every row that was committed since the consumer's last read to `handler`, each exactly once.
 * Rows are told apart by the snapshots that see them, never by id or time: one whose transaction commits late comes later, and holds up no other.
 * The handler's writes through `transaction` and the cursor's advance are one transaction; after a conflict the handler runs again with the same rows.
 */
export async function readSince(
  pool: pg.Pool,
  keys: SubjectKeys,
  consumer: string,
  options: ReadSinceOptions,
  handler: (rows: NewRows, transaction: Executor) => Promise<void>,
): Promise<ReadSinceResult> {
  return runTransaction(
    pool,
    async (transaction) => {
      const state = await lockCursor(transaction, consumer);
      const { rows, count, position } = await readRows(transaction, keys, state, options);
      if (count > 0) await handler(rows, transaction);
      await advance(transaction, consumer, state, position);
      return { count, more: position !== null };
    },
    // Waiting for the cursor's row instead would end in a conflict: the snapshot would be older than the row.
    { isolation: 'repeatableRead', lock: `heed cursor ${consumer}` },
  );
}

/** Makes the consumer read everything anew: safe, as consumers are idempotent. */
export async function resetCursor(executor: Executor, consumer: string): Promise<void> {
  await executor.execute(sql`delete from heed.cursor where consumer = ${consumer}`);
}

async function lockCursor(transaction: Executor, consumer: string): Promise<CursorState> {
  await transaction.execute(sql`insert into heed.cursor (consumer) values (${consumer}) on conflict do nothing`);
  const { rows } = await transaction.execute<{
    previous: string | null;
    up_to: string | null;
    position: Position | null;
    now: string;
  }>(
    sql`select previous::text, up_to::text, position, pg_current_snapshot()::text as now from heed.cursor where consumer = ${consumer} for update`,
  );
  const [row] = rows;
  if (!row) throw new Error(`cannot read as ${consumer}, as its cursor must be there: it was removed meanwhile`);
  return { previous: row.previous, upTo: row.up_to ?? row.now, position: row.up_to === null ? null : row.position };
}

async function advance(
  transaction: Executor,
  consumer: string,
  state: CursorState,
  position: Position | null,
): Promise<void> {
  const set =
    position === null
      ? sql`previous = ${state.upTo}::pg_snapshot, up_to = null, position = null`
      : sql`up_to = ${state.upTo}::pg_snapshot, position = ${JSON.stringify(position)}::json`;
  await transaction.execute(sql`update heed.cursor set ${set} where consumer = ${consumer}`);
}

async function readRows(
  transaction: Executor,
  keys: SubjectKeys,
  state: CursorState,
  options: ReadSinceOptions,
): Promise<{ rows: NewRows; count: number; position: Position | null }> {
  const rows: NewRows = { decision: [], activation: [], episode: [], feedback: [], signal: [], artifact: [] };
  const limit = options.limit ?? defaultLimit;
  const from = state.position === null ? 0 : Math.max(0, options.kinds.indexOf(state.position.kind));
  let count = 0;
  for (const kind of options.kinds.slice(from)) {
    const after = state.position?.kind === kind ? state.position : null;
    const found = await readers[kind](
      transaction,
      { keys, state, after, loop: options.loop, limit: limit - count },
      rows,
    );
    count += found.length;
    const last = found.at(-1);
    if (count === limit && last) return { rows, count, position: { kind, xid: last.xid, id: last.id } };
    if (count === limit) return { rows, count, position: { kind, xid: '0', id: noId } };
  }
  return { rows, count, position: null };
}

const noId = '00000000-0000-0000-0000-000000000000';

interface Request {
  readonly keys: SubjectKeys;
  readonly state: CursorState;
  readonly after: Located | null;
  readonly loop: string | undefined;
  readonly limit: number;
}

type Reader = (executor: Executor, request: Request, into: NewRows) => Promise<Located[]>;

/** What is new of each kind, in the order of (transaction, id). */
const readers = {
  decision: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(decisions)
      .where(isNew(decisions, request))
      .orderBy(asc(decisions.xid), asc(decisions.id))
      .limit(request.limit);
    into.decision = await decodeDecisions(executor, request.keys, rows);
    return rows;
  },
  activation: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(activations)
      .where(isNew(activations, request))
      .orderBy(asc(activations.xid), asc(activations.id))
      .limit(request.limit);
    into.activation = rows.map(decodeActivation);
    return rows;
  },
  episode: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(episodeStatuses)
      .where(isNew(episodeStatuses, request))
      .orderBy(asc(episodeStatuses.xid), asc(episodeStatuses.id))
      .limit(request.limit);
    into.episode = rows.map(({ id, episode }) => ({ id, episode }));
    return rows;
  },
  feedback: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(feedback)
      .where(isNew(feedback, request))
      .orderBy(asc(feedback.xid), asc(feedback.id))
      .limit(request.limit);
    into.feedback = await decodeFeedback(executor, request.keys, rows);
    return rows;
  },
  signal: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(signals)
      .where(isNew(signals, request))
      .orderBy(asc(signals.xid), asc(signals.id))
      .limit(request.limit);
    into.signal = rows.map(decodeSignal);
    return rows;
  },
  artifact: async (executor, request, into) => {
    const rows = await executor
      .select()
      .from(artifacts)
      .where(isNew(artifacts, request))
      .orderBy(asc(artifacts.xid), asc(artifacts.id))
      .limit(request.limit);
    into.artifact = rows.map(decodeArtifact);
    return rows;
  },
} satisfies Record<ReadableKind, Reader>;

type ReadableTable =
  | typeof decisions
  | typeof activations
  | typeof episodeStatuses
  | typeof feedback
  | typeof signals
  | typeof artifacts;

function isNew(table: ReadableTable, { state, after, loop }: Request): SQL | undefined {
  const { previous, upTo } = state;
  return and(
    // The bounds let the index find the rows; visibility decides.
    sql`${table.xid} < pg_snapshot_xmax(${upTo}::pg_snapshot)`,
    sql`pg_visible_in_snapshot(${table.xid}, ${upTo}::pg_snapshot)`,
    previous === null ? undefined : sql`${table.xid} >= pg_snapshot_xmin(${previous}::pg_snapshot)`,
    previous === null ? undefined : sql`not pg_visible_in_snapshot(${table.xid}, ${previous}::pg_snapshot)`,
    after === null ? undefined : sql`(${table.xid}, ${table.id}) > (${after.xid}::xid8, ${after.id}::uuid)`,
    loop === undefined ? undefined : eq(table.loop, loop),
  );
}
