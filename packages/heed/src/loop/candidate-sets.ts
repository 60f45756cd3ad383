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

/** Sets that a reader keeps. */
const readSets = 1_000;

/** Reads stored candidate sets, which come again from decision to decision: it keeps those read lately. */
export function createCandidatesReader(store: Store): (hash: string) => Promise<readonly Candidate[]> {
  const sets = new Map<string, Promise<readonly Candidate[]>>();
  return (hash) => {
    if (sets.size >= readSets) sets.clear();
    const known = sets.get(hash) ?? readCandidates(store, hash);
    sets.set(hash, known);
    return known;
  };
}

/** Reads a stored candidate set. */
export async function readCandidates(store: Store, hash: string): Promise<readonly Candidate[]> {
  const blob = await store.blobs.get(hash);
  if (blob === null)
    throw new HeedError(
      'not-found',
      `cannot read a decision's candidates, as the set ${hash} must be in the store: it is not`,
    );
  return blob.mediaType === itemSetMediaType ? readItems(store, blob.content) : unpackCandidates(blob.content);
}

/** The candidates of a set that names versions of registered items: as they were then. */
async function readItems(store: Store, set: Uint8Array): Promise<Candidate[]> {
  const places = unpackItemSet(set);
  const versions = await store.items.byId(places.flatMap((place) => ('version' in place ? [place.version] : [])));
  return places.flatMap((place) => {
    if ('inline' in place) return [place.inline];
    const found = versions.get(place.version);
    if (found === undefined || found.features === null) throw versionMissing(place.version);
    return normaliseCandidates([{ item: found.item, features: found.features }]);
  });
}

/** A context in the one form that policies see: fields sorted, numbers rounded to float32, however it was stored. */
export function normaliseContext(context: JsonObject): JsonObject {
  const [normal] = normaliseCandidates([{ item: 'context', features: context }]);
  return (normal?.features ?? {}) as JsonObject;
}
