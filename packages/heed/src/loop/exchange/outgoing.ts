import { isHeedError } from '../../spec/index.ts';
import type { Assignment, Candidate, Decision, JsonObject, Signal, SubjectState } from '../../spec/index.ts';
import type { BlobContent, Page, PageOptions, Store } from '../../store/index.ts';
import { readCandidates } from '../candidate-sets.ts';
import { itemSetMediaType } from '../item-sets.ts';
import { carryBlobs, carryCandidates, carryItemSet } from './content.ts';
import type { RowKind, RowOf } from './rows.ts';

const pageSize = 500;

/** The rows of one kind, of one loop or of all, oldest first. */
type Source<Kind extends RowKind> = (store: Store, loop: string | undefined) => AsyncGenerator<RowOf<Kind>[]>;

/** Where the rows of each kind come from. What belongs to no loop is left out where one is asked for. */
export const sources: { readonly [Kind in RowKind]: Source<Kind> } = {
  loop: (store, loop) => rowsOf(store, once(store.loops.list(loop)), (record) => ({ kind: 'loop', loop: record })),
  dataset: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.datasets.list({ ...page, loop })),
      (dataset) => ({ kind: 'dataset', dataset }),
    ),
  // An artifact is nothing without its files: they come along, however large.
  artifact: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.artifacts.list({ ...page, loop })),
      (artifact) => ({ kind: 'artifact', artifact }),
      Infinity,
    ),
  subjectState: async function* subjectStates(store, loop) {
    const pages = pagesOf((page) => store.subjectStates.list({ ...page, loop }));
    // A state whose statistics are gone says nothing.
    for await (const rows of rowsOf(store, pages, toStateRow, Infinity))
      yield rows.filter(({ subjectState, blobs }) => blobs?.[subjectState.statistics] !== undefined);
  },
  episode: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.episodes.list({ ...page, loop })),
      (episode) => ({ kind: 'episode', episode }),
    ),
  decision: async function* decisions(store, loop) {
    for await (const items of pagesOf((page) => store.decisions.list({ ...page, loop })))
      yield await toDecisionRows(store, items);
  },
  feedback: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.feedback.list({ ...page, loop })),
      (feedback) => ({ kind: 'feedback', feedback }),
    ),
  signal: async function* signals(store, loop) {
    for await (const items of pagesOf((page) => store.signals.list({ ...page, loop })))
      yield await toSignalRows(store, items);
  },
  experiment: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.experiments.list({ ...page, loop })),
      (experiment) => ({ kind: 'experiment', experiment }),
    ),
  assignment: (store, loop) =>
    rowsOf(store, loop === undefined ? pagesOf(store.assignments.list) : assignmentsIn(store, loop), (assignment) => ({
      kind: 'assignment',
      assignment,
    })),
  release: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.releases.list({ ...page, loop })),
      (release) => ({ kind: 'release', release }),
    ),
  evaluationReport: (store, loop) =>
    rowsOf(
      store,
      pagesOf((page) => store.evaluationReports.list({ ...page, loop })),
      (evaluationReport) => ({ kind: 'evaluationReport', evaluationReport }),
    ),
  job: async function* jobs(store, loop) {
    const pages = pagesOf((page) => store.jobs.list({ ...page, loop }));
    // A job that has not ended is the business of its own store's workers.
    for await (const rows of rowsOf(store, pages, (job): RowOf<'job'> => ({ kind: 'job', job })))
      yield rows.filter(({ job }) => job.endedAt !== null);
  },
};

/** Rows of records, each with the content that it names. */
async function* rowsOf<Item extends object, Made extends RowOf<RowKind>>(
  store: Store,
  pages: AsyncIterable<readonly Item[]>,
  toRow: (item: Item) => Made,
  largestBytes?: number,
): AsyncGenerator<Made[]> {
  for await (const items of pages)
    yield await Promise.all(
      items.map(async (item) => {
        const blobs = await carryBlobs(item, store.blobs.get, largestBytes);
        return { ...toRow(item), ...(blobs && { blobs }) };
      }),
    );
}

function toStateRow(subjectState: SubjectState): RowOf<'subjectState'> {
  return { kind: 'subjectState', subjectState };
}

async function toDecisionRows(store: Store, decisions: readonly Decision[]): Promise<RowOf<'decision'>[]> {
  const activations = await store.activations.ofDecisions(decisions.map(({ id }) => id));
  return Promise.all(
    decisions.map(async (decision) => {
      const set = decision.candidates === null ? null : await store.blobs.get(decision.candidates.set);
      const blobs = await carryBlobs(decision, store.blobs.get);
      const named = set === null ? undefined : carryItemSet(set);
      return {
        kind: 'decision',
        decision,
        candidates: set === null ? null : await candidatesOf(store, set),
        activation: activations.get(decision.id) ?? null,
        ...((blobs ?? named) && { blobs: { ...blobs, ...named } }),
      };
    }),
  );
}

async function candidatesOf(store: Store, set: BlobContent): Promise<RowOf<'decision'>['candidates']> {
  if (set.mediaType !== itemSetMediaType) return carryCandidates(set);
  const candidates = await readCandidates(store, set.hash).catch((error: unknown): readonly Candidate[] | null => {
    // An item of the set is gone: the decision itself still travels.
    if (isHeedError(error, 'not-found')) return null;
    throw error;
  });
  return candidates?.map(({ item, features }) => ({ item, features: features as JsonObject })) ?? null;
}

async function toSignalRows(store: Store, signals: readonly Signal[]): Promise<RowOf<'signal'>[]> {
  const uses = await store.signals.usesOf(signals.map(({ id }) => id));
  return Promise.all(
    signals.map(async (signal) => {
      const blobs = await carryBlobs(signal, store.blobs.get);
      return { kind: 'signal', signal, uses: [...(uses.get(signal.id) ?? [])], ...(blobs && { blobs }) };
    }),
  );
}

async function* pagesOf<Item>(list: (page: PageOptions) => Promise<Page<Item>>): AsyncGenerator<Item[]> {
  let after: string | undefined;
  do {
    const { items, next }: Page<Item> = await list({ order: 'oldest', limit: pageSize, after });
    yield items;
    after = next ?? undefined;
  } while (after !== undefined);
}

/** Assignments name an experiment, and that names its loop. */
async function* assignmentsIn(store: Store, loop: string): AsyncGenerator<Assignment[]> {
  for await (const experiments of pagesOf((page) => store.experiments.list({ ...page, loop })))
    for (const { id } of experiments) yield* pagesOf((page) => store.assignments.list({ ...page, experiment: id }));
}

async function* once<Item>(items: Promise<Item[]>): AsyncGenerator<Item[]> {
  yield await items;
}
