import { isDeepStrictEqual } from 'node:util';
import { HeedError } from '../../spec/index.ts';
import type { Activation, Decision, Feedback, JsonObject } from '../../spec/index.ts';
import type { BlobContent, Page, PageOptions } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { ImportReport } from '../heed.ts';
import { encodeRows } from './codec.ts';
import { readCandidates } from '../candidate-sets.ts';
import { itemSetMediaType } from '../item-sets.ts';
import { blobsOf, carryBlobs, carryCandidates, carryItemSet, packRow } from './content.ts';
import { readRowsGuarded } from './guarded.ts';
import type { ReadLimits } from './guarded.ts';
import type { Row, RowFormat, RowOf } from './rows.ts';

const batchSize = 500;

export interface TransferOptions {
  /** Called after each batch with the number of rows done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface ImportOptions extends TransferOptions {
  /** For a stranger's file: what reading it may take. Left out: it is trusted. */
  readonly limits?: ReadLimits | undefined;
}

export interface ExportOptions extends TransferOptions {
  /** Default: all loops. */
  readonly loop?: string | undefined;
  /** In place of `loop`: these, one after another. */
  readonly loops?: readonly string[] | undefined;
}

type TransferContext = Pick<Context, 'store' | 'loops'>;

/** Writes all decisions (with candidates, activation and small blobs), all feedback or all signals, oldest first. */
export async function exportRows(
  { store }: Pick<Context, 'store'>,
  format: RowFormat,
  what: 'decisions' | 'feedback' | 'signals',
  { loop: only, loops, onProgress }: ExportOptions = {},
): Promise<Uint8Array> {
  const rows: Row[] = [];
  for (const loop of loops ?? [only]) {
    for await (const batch of batches(loop)) {
      rows.push(...batch);
      onProgress?.(rows.length);
    }
  }
  return encodeRows(format, rows);

  async function* batches(loop: string | undefined): AsyncGenerator<Row[]> {
    switch (what) {
      case 'decisions':
        for await (const items of pagesOf((page) => store.decisions.list({ ...page, loop })))
          yield await toDecisionRows(store, items);
        return;
      case 'feedback':
        for await (const items of pagesOf((page) => store.feedback.list({ ...page, loop })))
          yield await Promise.all(items.map((feedback) => toFeedbackRow(store, feedback)));
        return;
      case 'signals':
        for await (const items of pagesOf((page) => store.signals.list({ ...page, loop })))
          yield items.map((signal) => ({ kind: 'signal', signal }));
    }
  }
}

/**
 * Stores the decisions and feedback of a file. Nothing is stored unless every row is sound, belongs to a loop that is
 * configured, and contradicts nothing that is stored. Rows that are stored already are counted as duplicates, so a
 * file can be read again after a failure half-way.
 *
 * @throws HeedError `invalid-input` for a row that is not; `idempotency-conflict` for an id that stands for something else.
 */
export async function importRows(
  context: TransferContext,
  format: RowFormat,
  bytes: Uint8Array,
  { onProgress, limits }: ImportOptions = {},
): Promise<ImportReport> {
  const rows = await readRowsGuarded(format, bytes, { kinds: ['decision', 'feedback'] }, limits);
  const incoming = rows.map(unpackRow);
  for (const { record } of incoming) checkLoop(context, record);
  const { store } = context;
  const decisions = incoming.filter((row) => row.kind === 'decision');
  const feedback = incoming.filter((row) => row.kind === 'feedback');
  await checkConflicts(
    'decision',
    decisions.map(({ record }) => record),
    (ids) => store.decisions.getMany(ids),
  );
  await checkConflicts(
    'feedback',
    feedback.map(({ record }) => record),
    (ids) => store.feedback.getMany(ids),
  );

  let duplicates = 0;
  let done = 0;
  await inBatches(decisions, async (batch) => {
    const stored = await Promise.all(batch.map(({ record, blobs }) => store.decisions.insert(record, { blobs })));
    await Promise.all(
      batch.flatMap(({ record, activation }) =>
        activation === null ? [] : store.activations.insert(activation, { loop: record.loop }),
      ),
    );
    advance(stored);
  });
  await inBatches(feedback, async (batch) =>
    advance(await Promise.all(batch.map(({ record, blobs }) => store.feedback.insert(record, { blobs })))),
  );
  return { decisions: decisions.length, feedback: feedback.length, duplicates };

  function advance(stored: readonly { readonly repeated: boolean }[]): void {
    duplicates += stored.filter(({ repeated }) => repeated).length;
    done += stored.length;
    onProgress?.(done);
  }
}

type Incoming =
  | {
      readonly kind: 'decision';
      readonly record: Decision;
      readonly activation: Activation | null;
      readonly blobs: BlobContent[];
    }
  | { readonly kind: 'feedback'; readonly record: Feedback; readonly blobs: BlobContent[] };

function unpackRow(row: Row): Incoming {
  if (row.kind === 'feedback') return { kind: 'feedback', record: row.feedback, blobs: blobsOf(row) };
  if (row.kind !== 'decision')
    throw new TypeError(`cannot import a row, as its kind must be decision or feedback: it is ${row.kind}`);
  const { decision, set } = packRow(row);
  if (row.activation !== null && row.activation.decision !== decision.id) {
    throw new HeedError(
      'invalid-input',
      `cannot import the decision ${decision.id}, as its activation must be its own: it is that of ${row.activation.decision}`,
    );
  }
  return {
    kind: 'decision',
    record: decision,
    activation: row.activation,
    blobs: [...blobsOf(row), ...(set === null ? [] : [set])],
  };
}

function checkLoop({ loops }: TransferContext, { id, loop }: Decision | Feedback): void {
  if (loops.has(loop)) return;
  throw new HeedError(
    'invalid-input',
    `cannot import ${id}, as its loop must be one of ${[...loops.keys()].join(', ')}: it is ${loop}`,
  );
}

/** Compares what comes with what is stored, and with itself, under the same ids. */
async function checkConflicts<Item extends { readonly id: string }>(
  what: string,
  records: readonly Item[],
  find: (ids: string[]) => Promise<Map<string, Item>>,
): Promise<void> {
  const seen = new Map<string, Item>();
  await inBatches(records, async (batch) => {
    for (const [id, stored] of await find(batch.map((record) => record.id))) seen.set(id, stored);
    for (const record of batch) {
      const before = seen.get(record.id);
      if (before !== undefined && !isDeepStrictEqual(before, record)) {
        throw new HeedError(
          'idempotency-conflict',
          `cannot import the ${what} ${record.id}, as its id must stand for one record: another one has it`,
        );
      }
      seen.set(record.id, record);
    }
  });
}

async function toDecisionRows(store: Context['store'], decisions: readonly Decision[]): Promise<RowOf<'decision'>[]> {
  const activations = await store.activations.ofDecisions(decisions.map(({ id }) => id));
  return Promise.all(
    decisions.map(async (decision) => {
      const set = decision.candidates === null ? null : await store.blobs.get(decision.candidates.set);
      const blobs = await carryBlobs(decision, store.blobs.get);
      const named = set === null ? undefined : carryItemSet(set);
      return {
        kind: 'decision',
        decision,
        candidates: set === null || decision.candidates === null ? null : await candidatesOf(store, set),
        activation: activations.get(decision.id) ?? null,
        ...((blobs ?? named) && { blobs: { ...blobs, ...named } }),
      };
    }),
  );
}

async function candidatesOf(store: Context['store'], set: BlobContent): Promise<RowOf<'decision'>['candidates']> {
  if (set.mediaType !== itemSetMediaType) return carryCandidates(set);
  return (await readCandidates(store, set.hash)).map(({ item, features }) => ({
    item,
    features: features as JsonObject,
  }));
}

async function toFeedbackRow(store: Context['store'], feedback: Feedback): Promise<RowOf<'feedback'>> {
  const blobs = await carryBlobs(feedback, store.blobs.get);
  return { kind: 'feedback', feedback, ...(blobs && { blobs }) };
}

async function* pagesOf<Item>(list: (page: PageOptions) => Promise<Page<Item>>): AsyncGenerator<Item[]> {
  let after: string | undefined;
  do {
    const { items, next }: Page<Item> = await list({ order: 'oldest', limit: batchSize, after });
    yield items;
    after = next ?? undefined;
  } while (after !== undefined);
}

async function inBatches<Item>(items: readonly Item[], take: (batch: readonly Item[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += batchSize) await take(items.slice(from, from + batchSize));
}
