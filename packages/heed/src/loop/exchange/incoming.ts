import { HeedError } from '../../spec/index.ts';
import type { Experiment } from '../../spec/index.ts';
import type { BlobContent, Executor, Store } from '../../store/index.ts';
import { releaseLock } from '../releases.ts';
import { blobsOf, packRow } from './content.ts';
import { requireAlone } from './experiments.ts';
import type { RecordOfRow, Row, RowKind, RowOf } from './rows.ts';

/** A row on its way into the store: its record, whole, and the content that it brings. */
export interface Incoming<Kind extends RowKind = RowKind> {
  readonly kind: Kind;
  readonly record: RecordOfRow[Kind];
  readonly blobs: readonly BlobContent[];
  readonly row: RowOf<Kind>;
}

/** Where the rows of a kind go. */
export interface Destination<Kind extends RowKind> {
  readonly find: (store: Store, ids: readonly string[]) => Promise<Map<string, RecordOfRow[Kind]>>;
  /** Stores what is not there yet, and returns how many rows were left out. */
  readonly insert: (store: Store, batch: readonly Incoming<Kind>[]) => Promise<number>;
}

export const destinations: { readonly [Kind in RowKind]: Destination<Kind> } = {
  loop: fresh(
    (store, id) => store.loops.get(id),
    async (store, { record }, transaction) => {
      // What is put to use last counts: a version that comes from elsewhere does not take the place of ours.
      const inUse = await store.loops.latest(record.name, transaction);
      const { id } = await store.loops.insert(record, transaction);
      if (inUse !== null) await store.loops.insert(inUse, transaction);
      return id === record.id;
    },
  ),
  dataset: fresh(
    (store, id) => store.datasets.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.blobs.put(blobs, transaction);
      await store.datasets.insert(record, transaction);
      return true;
    },
  ),
  artifact: fresh(
    (store, id) => store.artifacts.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.artifacts.insert(record, blobs, transaction);
      return true;
    },
  ),
  subjectState: fresh(
    (store, id) => store.subjectStates.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.subjectStates.insert(record, blobs, transaction);
      return true;
    },
  ),
  episode: fresh(
    (store, id) => store.episodes.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.blobs.put(blobs, transaction);
      await store.episodes.insert(record, transaction);
      return true;
    },
  ),
  decision: {
    find: (store, ids) => store.decisions.getMany(ids),
    insert: async (store, batch) => {
      const stored = await store.decisions.insertAll(batch);
      await Promise.all(
        batch.flatMap(({ record: { loop }, row: { activation } }) =>
          activation === null ? [] : store.activations.insert(activation, { loop }),
        ),
      );
      return stored.filter(({ repeated }) => repeated).length;
    },
  },
  feedback: {
    find: (store, ids) => store.feedback.getMany(ids),
    insert: async (store, batch) => {
      const stored = await store.feedback.insertAll(batch);
      return stored.filter(({ repeated }) => repeated).length;
    },
  },
  signal: fresh(
    (store, id) => store.signals.get(id),
    async (store, { record, row, blobs }, transaction) => {
      await store.blobs.put(blobs, transaction);
      await store.signals.insert([record], transaction);
      for (const { lineage, artifact } of row.uses)
        await store.signals.use(lineage, [record.id], artifact, transaction);
      return true;
    },
  ),
  experiment: {
    find: (store, ids) => findEach(ids, (id) => store.experiments.get(id)),
    insert: async (store, batch) => {
      let put = 0;
      for (const { record } of batch) put += Number(await putExperiment(store, record));
      return batch.length - put;
    },
  },
  assignment: fresh(
    (store, id) => store.assignments.get(id),
    async (store, { record }, transaction) => (await store.assignments.insert(record, transaction)).id === record.id,
  ),
  release: fresh(
    (store, id) => store.releases.get(id),
    async (store, { record }, transaction) => {
      await store.releases.insert(record, transaction);
      return true;
    },
  ),
  evaluationReport: fresh(
    (store, id) => store.evaluationReports.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.blobs.put(blobs, transaction);
      await store.evaluationReports.insert(record, transaction);
      return true;
    },
  ),
  job: fresh(
    (store, id) => store.jobs.get(id),
    async (store, { record, blobs }, transaction) => {
      await store.blobs.put(blobs, transaction);
      await store.jobs.insert(record, transaction);
      return true;
    },
  ),
};

async function findEach<Found>(
  ids: readonly string[],
  get: (id: string) => Promise<Found | null>,
): Promise<Map<string, Found>> {
  const found = await Promise.all(ids.map(async (id) => [id, await get(id)] as const));
  return new Map(found.flatMap(([id, record]) => (record === null ? [] : [[id, record] as const])));
}

/** Stores an experiment, or the end of one that is stored; false where both are there. */
function putExperiment(store: Store, experiment: Experiment): Promise<boolean> {
  const { id, loop, status, end } = experiment;
  return store.transaction(
    async (transaction) => {
      const before = await store.experiments.get(id, transaction);
      if (before === null) {
        await requireAlone(store, experiment, transaction);
        await store.experiments.insert({ ...experiment, status: 'running', end: null }, transaction);
      }
      if (end === null || (before !== null && before.end !== null)) return before === null;
      return store.experiments.end(experiment, { status, end }, transaction);
    },
    { lock: releaseLock(loop) },
  );
}

/** A destination whose repository knows no repetition: a batch is one transaction over what is new in it. */
function fresh<Kind extends RowKind>(
  get: (store: Store, id: string) => Promise<RecordOfRow[Kind] | null>,
  insert: (store: Store, incoming: Incoming<Kind>, transaction: Executor) => Promise<boolean>,
): Destination<Kind> {
  const find = (store: Store, ids: readonly string[]) => findEach(ids, (id) => get(store, id));
  return {
    find,
    insert: async (store, batch) => {
      const stored = await find(
        store,
        batch.map(({ record }) => record.id),
      );
      const unknown = new Map(
        batch.filter(({ record }) => !stored.has(record.id)).map((each) => [each.record.id, each]),
      );
      return store.transaction(async (transaction) => {
        let put = 0;
        for (const each of unknown.values()) put += Number(await insert(store, each, transaction));
        return batch.length - put;
      });
    },
  };
}

/**
 * A row's record and content.
 * @throws HeedError `invalid-input` where what the row brings is not what its record names.
 */
export function unpackRow(row: Row): Incoming {
  if (row.kind !== 'decision') return { kind: row.kind, record: recordOf(row), blobs: blobsOf(row), row };
  const { decision, set } = packRow(row);
  if (row.activation !== null && row.activation.decision !== decision.id) {
    throw new HeedError(
      'invalid-input',
      `cannot import the decision ${decision.id}, as its activation must be its own: it is that of ${row.activation.decision}`,
    );
  }
  return { kind: 'decision', record: decision, blobs: [...blobsOf(row), ...(set === null ? [] : [set])], row };
}

function recordOf<Kind extends RowKind>(row: RowOf<Kind> & { readonly kind: Kind }): RecordOfRow[Kind] {
  // A row holds its record under the name of its kind.
  return (row as unknown as RecordOfRow)[row.kind];
}
