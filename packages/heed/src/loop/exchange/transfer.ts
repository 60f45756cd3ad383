import { HeedError } from '../../spec/index.ts';
import type { Store } from '../../store/index.ts';
import type { ImportReport } from '../heed.ts';
import { admit, checkConflicts, requireParts, underived } from './admit.ts';
import { encodeRows } from './codec.ts';
import { readRowsGuarded } from './guarded.ts';
import type { ReadLimits } from './guarded.ts';
import { destinations, unpackRow } from './incoming.ts';
import type { Destination, Incoming } from './incoming.ts';
import { sources } from './outgoing.ts';
import { kindsOf, rowKinds } from './rows.ts';
import type { ExportContent, RecordOfRow, Row, RowFormat, RowKind } from './rows.ts';

const batchSize = 500;

export interface TransferOptions {
  /** Called after each batch with the number of rows done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface ImportOptions extends TransferOptions {
  /** For a stranger's file: what reading it may take. Left out: it is trusted. */
  readonly limits?: ReadLimits | undefined;
  /** Rejects where a row may not come from whoever brings it. */
  readonly vet?: ((row: Row) => Promise<void>) | undefined;
}

export interface ExportOptions extends TransferOptions {
  /** Only what is of this loop. Default: all loops, and what belongs to none. */
  readonly loop?: string | undefined;
  /** In place of `loop`: these, one after another. */
  readonly loops?: readonly string[] | undefined;
  /** Of a file that is made in memory: rows at most. Default: any number. */
  readonly mostRows?: number | undefined;
}

interface TransferContext {
  readonly store: Store;
  readonly loops: ReadonlyMap<string, unknown>;
}

/**
 * Writes all records of a kind, or of all kinds, oldest first: decisions with candidates and activation, signals with
 * who used them, artifacts and subject states with their whole content, and any record with the small blobs that it names.
 *
 * @throws HeedError `invalid-input` where there are more rows than `mostRows`.
 */
export async function exportRows(
  context: Pick<TransferContext, 'store'>,
  format: RowFormat,
  what: ExportContent,
  { onProgress, mostRows = Infinity, ...asked }: ExportOptions = {},
): Promise<Uint8Array> {
  const rows: Row[] = [];
  for await (const batch of batchesOf(context, what, asked)) {
    rows.push(...batch);
    if (rows.length > mostRows)
      throw new HeedError(
        'invalid-input',
        `cannot export this as one ${format} file here, as there must be at most ${mostRows} rows: there are more. Export it as jsonl, or on the command line`,
      );
    onProgress?.(rows.length);
  }
  return encodeRows(format, rows);
}

/** As `exportRows` in lines of JSON, a few hundred at a time, as fast as they are taken: however many there are, few are in memory. */
export async function* exportLines(
  context: Pick<TransferContext, 'store'>,
  what: ExportContent,
  options: Pick<ExportOptions, 'loop' | 'loops'> = {},
): AsyncGenerator<Uint8Array> {
  for await (const batch of batchesOf(context, what, options)) if (batch.length > 0) yield encodeRows('jsonl', batch);
}

async function* batchesOf(
  { store }: Pick<TransferContext, 'store'>,
  what: ExportContent,
  { loop: only, loops }: Pick<ExportOptions, 'loop' | 'loops'>,
): AsyncGenerator<readonly Row[]> {
  for (const kind of kindsOf(what))
    for (const loop of loops ?? [only]) for await (const batch of sources[kind](store, loop)) yield batch;
}

/**
 * Stores the records of a file. Nothing is stored unless every row is sound, belongs to a loop that is configured, and
 * contradicts nothing that is stored. Rows that are stored already are counted as duplicates, so a file can be read
 * again after a failure half-way; so are signals of what was derived here already, and assignments of subjects that have theirs.
 * Imports into a store run one after another, so that none is checked against what another one is about to store.
 *
 * @throws HeedError `invalid-input` for a row that is not; `idempotency-conflict` for an id that stands for something else.
 */
export async function importRows(
  { store, loops }: TransferContext,
  format: RowFormat,
  bytes: Uint8Array,
  { onProgress, limits, vet }: ImportOptions = {},
): Promise<ImportReport> {
  const rows = await readRowsGuarded(format, bytes, {}, limits);
  if (vet !== undefined) for (const row of rows) await vet(row);
  const incoming = rows.map(unpackRow);
  for (const each of incoming) admit(each, loops);
  return store.exclusively('import', () => storeRows(store, incoming, onProgress));
}

async function storeRows(
  store: Store,
  incoming: readonly Incoming[],
  onProgress: TransferOptions['onProgress'],
): Promise<ImportReport> {
  const artifacts = new Set(ofKind(incoming, 'artifact').map(({ record }) => record.id));
  await inBatches(incoming, (batch) => requireParts(store, batch, artifacts));
  for (const kind of rowKinds) await checkKind(store, kind, ofKind(incoming, kind));

  let duplicates = 0;
  let done = 0;
  for (const kind of rowKinds) {
    const ofThisKind = ofKind(incoming, kind);
    const wanted = kind === 'signal' ? await underived(store, ofKind(incoming, 'signal')) : ofThisKind;
    duplicates += ofThisKind.length - wanted.length;
    done += ofThisKind.length - wanted.length;
    // Rows of this kind alone: a union of kinds hides that the destination is theirs.
    const { insert } = destinations[kind] as unknown as Destination<RowKind>;
    await inBatches(wanted, async (batch) => {
      duplicates += await insert(store, batch);
      done += batch.length;
      onProgress?.(done);
    });
  }
  const decisions = ofKind(incoming, 'decision').length;
  const feedback = ofKind(incoming, 'feedback').length;
  return { decisions, feedback, others: incoming.length - decisions - feedback, duplicates };
}

function ofKind<Kind extends RowKind>(incoming: readonly Incoming[], kind: Kind): Incoming<Kind>[] {
  return incoming.filter((each) => each.kind === kind) as unknown as Incoming<Kind>[];
}

async function checkKind<Kind extends RowKind>(
  store: Store,
  kind: Kind,
  incoming: readonly Incoming<Kind>[],
): Promise<void> {
  const seen = new Map<string, RecordOfRow[Kind]>();
  await inBatches(incoming, (batch) => checkConflicts(store, kind, batch, seen));
}

async function inBatches<Item>(items: readonly Item[], take: (batch: readonly Item[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += batchSize) await take(items.slice(from, from + batchSize));
}
