import {
  HeedError,
  candidatesMediaType,
  normaliseCandidates,
  packCandidates,
  unpackCandidates,
} from '../spec/index.ts';
import type { Candidate, JsonObject } from '../spec/index.ts';
import type { BlobContent, Store } from '../store/index.ts';
import { toBlob } from './artifacts.ts';
import { itemSetMediaType, unpackItemSet, versionMissing } from './item-sets.ts';

/** Candidate sets kept in memory: a set that comes again keeps its objects, and with them what policies remember of them. */
const keptSets = 256;

export interface PackedSet {
  readonly blob: BlobContent;
  /** The candidates in the one form that policies see. */
  readonly candidates: readonly Candidate[];
}

export interface SetPacker {
  readonly packSet: (candidates: readonly Candidate[]) => PackedSet;
  /** A set by the versions of its items, as `packItemSet` writes it, and what its candidates are. */
  readonly packItems: (
    set: Uint8Array,
    given: readonly Candidate[],
    known: ReadonlyMap<string, Candidate>,
  ) => PackedSet;
}

/** Packs candidate sets; one that was packed lately gives the same objects again. */
export function createSetPacker(): SetPacker {
  // Two halves by age: to drop the oldest of a Map one by one is to walk over all that were dropped before.
  let recent = new Map<string, PackedSet>();
  let older = new Map<string, PackedSet>();

  function keep(blob: BlobContent, make: () => readonly Candidate[]): PackedSet {
    const known = recent.get(blob.hash) ?? older.get(blob.hash) ?? { blob, candidates: make() };
    if (recent.size >= keptSets / 2) {
      older = recent;
      recent = new Map();
    }
    recent.set(blob.hash, known);
    return known;
  }

  return {
    packSet: (given) => {
      const { bytes, normalise } = packCandidates(given);
      return keep(toBlob(bytes, candidatesMediaType), normalise);
    },
    packItems: (set, given, known) =>
      keep(toBlob(set, itemSetMediaType), () =>
        given.flatMap((candidate) => known.get(candidate.item) ?? normaliseCandidates([candidate])),
      ),
  };
}

/** Sets that a reader keeps, and those whose content it reads at once. */
const readSets = 1_000;
const setsAtOnce = 100;
/** PostgreSQL takes 65,535 parameters. */
const versionsAtOnce = 10_000;

/** Reads stored candidate sets, which come again from decision to decision: it keeps those read lately. */
export interface CandidatesReader {
  /** Reads many sets at once, so that `of` finds them; a set that is not there is told of by `of`. */
  fetch(hashes: readonly string[]): Promise<void>;
  /** @throws HeedError `not-found` for a set that is not in the store. */
  of(hash: string): Promise<readonly Candidate[]>;
}

/** Makes a reader whose memory is bounded: a thousand sets, and the content of a hundred while they are read. */
export function createCandidatesReader(store: Store): CandidatesReader {
  const sets = new Map<string, readonly Candidate[]>();

  function keep(hash: string, candidates: readonly Candidate[]): readonly Candidate[] {
    sets.set(hash, candidates);
    return candidates;
  }

  return {
    async fetch(hashes) {
      const wanted = [...new Set(hashes)];
      if (sets.size + wanted.length > readSets) {
        const kept = wanted.flatMap((hash) => (sets.has(hash) ? [[hash, sets.get(hash) ?? []] as const] : []));
        sets.clear();
        for (const [hash, candidates] of kept) sets.set(hash, candidates);
      }
      const unknown = wanted.filter((hash) => !sets.has(hash));
      for (let from = 0; from < unknown.length; from += setsAtOnce)
        for (const [hash, candidates] of await readMany(store, unknown.slice(from, from + setsAtOnce)))
          sets.set(hash, candidates);
    },
    async of(hash) {
      if (sets.size >= readSets) sets.clear();
      return sets.get(hash) ?? keep(hash, await readCandidates(store, hash));
    },
  };
}

/** Reads a stored candidate set. */
export async function readCandidates(store: Store, hash: string): Promise<readonly Candidate[]> {
  const found = (await readMany(store, [hash])).get(hash);
  if (found !== undefined) return found;
  throw new HeedError(
    'not-found',
    `cannot read a decision's candidates, as the set ${hash} must be in the store: it is not`,
  );
}

/** Of many sets those that are stored. The candidates of one that names versions of registered items are as they were then. */
async function readMany(store: Store, hashes: readonly string[]): Promise<Map<string, readonly Candidate[]>> {
  const blobs = [...(await store.blobs.getMany(hashes)).values()];
  const places = new Map(
    blobs.flatMap(({ hash, mediaType, content }) =>
      mediaType === itemSetMediaType ? [[hash, unpackItemSet(content)] as const] : [],
    ),
  );
  const named = [...places.values()].flat().flatMap((place) => ('version' in place ? [place.version] : []));
  const items = await readItems(store, [...new Set(named)]);
  const itemOf = (id: string): readonly Candidate[] => {
    const known = items.get(id);
    if (known === undefined) throw versionMissing(id);
    return known;
  };
  return new Map(
    blobs.map(({ hash, content }) => [
      hash,
      places.get(hash)?.flatMap((place) => ('inline' in place ? [place.inline] : itemOf(place.version))) ??
        unpackCandidates(content),
    ]),
  );
}

/** Registered items by the ids of their versions, each as a set of one; without those whose features were deleted. */
async function readItems(store: Store, ids: readonly string[]): Promise<Map<string, readonly Candidate[]>> {
  const items = new Map<string, readonly Candidate[]>();
  for (let from = 0; from < ids.length; from += versionsAtOnce)
    for (const [id, { item, features }] of await store.items.byId(ids.slice(from, from + versionsAtOnce)))
      if (features !== null) items.set(id, normaliseCandidates([{ item, features }]));
  return items;
}

/** A context in the one form that policies see: fields sorted, numbers rounded to float32, however it was stored. */
export function normaliseContext(context: JsonObject): JsonObject {
  const [normal] = normaliseCandidates([{ item: 'context', features: context }]);
  return (normal?.features ?? {}) as JsonObject;
}
