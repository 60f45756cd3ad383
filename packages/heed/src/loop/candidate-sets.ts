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

/** Candidate sets kept in memory: a set that comes again keeps its objects, and with them what policies remember of them. */
const keptSets = 256;

export interface PackedSet {
  readonly blob: BlobContent;
  /** The candidates in the one form that policies see. */
  readonly candidates: readonly Candidate[];
}

/** Packs candidate sets; one that was packed lately gives the same objects again. */
export function createSetPacker(): (candidates: readonly Candidate[]) => PackedSet {
  const kept = new Map<string, PackedSet>();
  return (given) => {
    const blob = toBlob(packCandidates(given), candidatesMediaType);
    const known = kept.get(blob.hash) ?? { blob, candidates: normaliseCandidates(given) };
    kept.delete(blob.hash);
    kept.set(blob.hash, known);
    const [oldest] = kept.keys();
    if (kept.size > keptSets && oldest !== undefined) kept.delete(oldest);
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
  return unpackCandidates(blob.content);
}

/** A context in the one form that policies see: fields sorted, numbers rounded to float32, however it was stored. */
export function normaliseContext(context: JsonObject): JsonObject {
  const [normal] = normaliseCandidates([{ item: 'context', features: context }]);
  return (normal?.features ?? {}) as JsonObject;
}
