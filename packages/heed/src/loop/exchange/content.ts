import { createHash } from 'node:crypto';
import { HeedError, candidatesMediaType, packCandidates, unpackCandidates } from '../../spec/index.ts';
import type { Candidate, JsonObject } from '../../spec/index.ts';
import type { BlobContent } from '../../store/index.ts';
import { itemSetMediaType } from '../item-sets.ts';
import type { CarriedBlobs, RowOf } from './rows.ts';

/** Content larger than this stays behind: an exported line is no place for a video. */
const carriedBytes = 1_048_576;

/** Reads blobs by hash; `null` for one that is not there. */
export type ReadBlob = (hash: string) => Promise<BlobContent | null>;

/** The blobs that a record names, as far as they are there and have no more than so many bytes. */
export async function carryBlobs(
  record: object,
  read: ReadBlob,
  largestBytes: number = carriedBytes,
): Promise<CarriedBlobs | undefined> {
  const found = await Promise.all([...hashesIn(record)].map((each) => read(each)));
  const small = found.filter((blob) => blob !== null && blob.content.byteLength <= largestBytes) as BlobContent[];
  if (small.length === 0) return undefined;
  return Object.fromEntries(
    small.map(({ hash, mediaType, content }) => [hash, { mediaType, base64: Buffer.from(content).toString('base64') }]),
  );
}

/** The candidates of a stored set, as a row carries them. */
export function carryCandidates({ content }: BlobContent): { item: string; features: JsonObject }[] {
  return unpackCandidates(content).map(({ item, features }) => ({ item, features: features as JsonObject }));
}

/** A set that names versions of registered items travels under its hash, so that its decision stays the same record. */
export function carryItemSet({ hash, mediaType, content }: BlobContent): CarriedBlobs | undefined {
  return mediaType === itemSetMediaType
    ? { [hash]: { mediaType, base64: Buffer.from(content).toString('base64') } }
    : undefined;
}

/**
 * The blobs that a row brings, but for item sets: the candidates themselves take their place.
 * @throws HeedError `invalid-input` where content does not have the hash under which it came.
 */
export function blobsOf({ blobs = {} }: { readonly blobs?: CarriedBlobs | undefined }): BlobContent[] {
  return Object.entries(blobs).flatMap(([hash, { mediaType, base64 }]) => {
    const content = new Uint8Array(Buffer.from(base64, 'base64'));
    const actual = sha256(content);
    if (actual === hash) return mediaType === itemSetMediaType ? [] : [{ hash, mediaType, content }];
    throw new HeedError(
      'invalid-input',
      `cannot import a blob, as its content must have the hash ${hash}: it has ${actual}`,
    );
  });
}

/**
 * A row's decision with its candidate set packed: the set that it names, or, where it names none, the set's name filled in.
 * @throws HeedError `invalid-input` where the candidates that came are not the set that the decision names.
 */
export function packRow({
  decision,
  candidates,
  blobs,
}: Pick<RowOf<'decision'>, 'decision' | 'candidates' | 'blobs'>): {
  decision: RowOf<'decision'>['decision'];
  set: BlobContent | null;
} {
  if (candidates === null) return { decision, set: null };
  const { bytes: content } = packCandidates(candidates satisfies readonly Candidate[]);
  const set: BlobContent = { hash: sha256(content), mediaType: candidatesMediaType, content };
  const reference = decision.candidates ?? { set: set.hash, count: candidates.length, excluded: [] };
  // The versions that the set names are of another store, perhaps: the candidates lie here under its hash.
  if (blobs?.[reference.set]?.mediaType === itemSetMediaType && reference.count === candidates.length)
    return { decision, set: { ...set, hash: reference.set } };
  if (reference.set === set.hash && reference.count === candidates.length)
    return { decision: { ...decision, candidates: reference }, set };
  throw new HeedError(
    'invalid-input',
    `cannot import the decision ${decision.id}, as its candidates must be the ${reference.count} of the set ${reference.set}: they are ${candidates.length}, of the set ${set.hash}`,
  );
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

const hash = /^[0-9a-f]{64}$/;

/** Whatever in a record may be a blob's name, but for the candidate set, which travels as candidates. */
function hashesIn(value: unknown, field = '', found = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    if (field !== 'set' && hash.test(value)) found.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const [inner, each] of Object.entries(value)) hashesIn(each, Array.isArray(value) ? field : inner, found);
  }
  return found;
}
