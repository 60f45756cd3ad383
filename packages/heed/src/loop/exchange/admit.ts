import { isDeepStrictEqual } from 'node:util';
import { HeedError } from '../../spec/index.ts';
import type { Store } from '../../store/index.ts';
import { requireAlone } from './experiments.ts';
import { destinations } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import type { RecordOfRow, RowKind } from './rows.ts';

/**
 * Checks what one row alone can show: whether its loop is one of these, and whether it is done.
 * @throws HeedError `invalid-input`
 */
export function admit({ kind, record }: Incoming, loops: ReadonlyMap<string, unknown>): void {
  const loop = loopOf(kind, record);
  if (loop !== null && !loops.has(loop))
    throw new HeedError(
      'invalid-input',
      `cannot import the ${kind} ${record.id}, as its loop must be one of ${[...loops.keys()].join(', ')}: it is ${loop}`,
    );
  if (kind === 'job' && (record as RecordOfRow['job']).endedAt === null)
    throw new HeedError(
      'invalid-input',
      `cannot import the job ${record.id}, as it must have ended: it is ${(record as RecordOfRow['job']).status}`,
    );
}

function loopOf(kind: RowKind, record: RecordOfRow[RowKind]): string | null {
  if (kind === 'loop') return (record as RecordOfRow['loop']).name;
  return 'loop' in record ? record.loop : null;
}

/** What of a record goes on changing: the store's own is newer, and stays. */
const changing: { readonly [Kind in RowKind]?: readonly string[] } = {
  episode: ['status', 'finalObservation', 'endedAt'],
  experiment: ['status', 'end'],
};

/**
 * Compares what comes with what is stored, and with itself, under the same ids.
 * @throws HeedError `idempotency-conflict`
 */
export async function checkConflicts<Kind extends RowKind>(
  store: Store,
  kind: Kind,
  batch: readonly Incoming<Kind>[],
  seen: Map<string, RecordOfRow[Kind]>,
): Promise<void> {
  const stored = await destinations[kind].find(
    store,
    batch.map(({ record }) => record.id),
  );
  for (const [id, record] of stored) seen.set(id, record);
  for (const { record } of batch) {
    const before = seen.get(record.id);
    const passing = before === undefined || haveEnded(kind, before, record) ? [] : (changing[kind] ?? []);
    if (before !== undefined && !isDeepStrictEqual(without(before, passing), without(record, passing)))
      throw new HeedError(
        'idempotency-conflict',
        `cannot import the ${kind} ${record.id}, as its id must stand for one record: another one has it`,
      );
    seen.set(record.id, record);
  }
}

/** An experiment ends once: two ends of it contradict one another. */
function haveEnded(kind: RowKind, ...records: readonly object[]): boolean {
  return kind === 'experiment' && records.every((record) => (record as RecordOfRow['experiment']).end !== null);
}

function without(record: object, passing: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([field]) => !passing.includes(field)));
}

/**
 * Looks for what a record cannot do without: an artifact's files, a state's statistics, the artifacts of a release or of an experiment.
 * @throws HeedError `invalid-input`; `experiment-conflict` for an experiment that has no place here.
 */
export async function requireParts(
  store: Store,
  batch: readonly Incoming[],
  artifacts: ReadonlySet<string>,
): Promise<void> {
  const needed = batch.flatMap((incoming) =>
    filesOf(incoming)
      .filter((hash) => !incoming.blobs.some((blob) => blob.hash === hash))
      .map((hash) => ({ incoming, hash })),
  );
  const has = await store.blobs.has(needed.map(({ hash }) => hash));
  for (const { incoming, hash } of needed)
    if (!has.has(hash))
      throw new HeedError(
        'invalid-input',
        `cannot import the ${incoming.kind} ${incoming.record.id}, as its content ${hash} must come with it or be stored: it is not`,
      );
  for (const incoming of batch) {
    for (const artifact of artifactsOf(incoming)) {
      if (artifacts.has(artifact) || (await store.artifacts.get(artifact)) !== null) continue;
      throw new HeedError(
        'invalid-input',
        `cannot import the ${incoming.kind} ${incoming.record.id}, as its artifact ${artifact} must come with it or be stored: it is not`,
      );
    }
    if (incoming.kind === 'experiment') await requireAlone(store, incoming.record as RecordOfRow['experiment']);
  }
}

/** The artifacts that serve by a record. */
function artifactsOf({ kind, record }: Incoming): readonly string[] {
  if (kind === 'release') return [(record as RecordOfRow['release']).artifact];
  if (kind !== 'experiment') return [];
  return (record as RecordOfRow['experiment']).arms.flatMap(({ artifact }) => artifact ?? []);
}

function filesOf({ kind, record }: Incoming): string[] {
  if (kind === 'artifact') return (record as RecordOfRow['artifact']).files.map(({ blob }) => blob);
  return kind === 'subjectState' ? [(record as RecordOfRow['subjectState']).statistics] : [];
}

/** The signals of those targets that have none here, but for these themselves: what was derived here already stays. */
export async function underived(store: Store, signals: readonly Incoming<'signal'>[]): Promise<Incoming<'signal'>[]> {
  const ids = new Set(signals.map(({ record }) => record.id));
  const ours = new Set<string>();
  for (const [derivation, group] of Map.groupBy(signals, ({ record }) => record.derivation)) {
    const latest = await store.signals.latest(
      derivation,
      group.map(({ record }) => record.targetKey),
    );
    for (const [key, { id }] of latest) if (!ids.has(id)) ours.add(`${derivation} ${key}`);
  }
  return signals.filter(({ record }) => !ours.has(`${record.derivation} ${record.targetKey}`));
}
