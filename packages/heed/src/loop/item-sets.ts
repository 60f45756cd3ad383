import { HeedError, packCandidates, unpackCandidates } from '../spec/index.ts';
import type { Candidate } from '../spec/index.ts';

/** Media type of a set that names versions of registered items instead of holding their features. */
export const itemSetMediaType = 'application/x-heed-item-set';

/** A place in a set: the id of an item's version, or a candidate that came with its features. */
export type SetPlace = { readonly version: string } | { readonly inline: Candidate };

const formatVersion = 1;
const headBytes = 5;
const idBytes = 16;
const noVersion = '0'.repeat(2 * idBytes);

/**
 * Packs a set by the versions of its items: 16 bytes each. Candidates that came with their features follow, packed.
 *
 * Layout: format version (1 byte), number of places (uint32, little-endian), per place the version's id (zeros: the next
 * of the candidates that follow), then these as `packCandidates` writes them.
 */
export function packItemSet(places: readonly SetPlace[]): Uint8Array {
  const inline = places.flatMap((place) => ('inline' in place ? [place.inline] : []));
  const head = Buffer.alloc(headBytes + idBytes * places.length);
  head.writeUInt8(formatVersion, 0);
  head.writeUInt32LE(places.length, 1);
  places.forEach((place, index) => {
    if ('version' in place) head.write(place.version.replaceAll('-', ''), headBytes + idBytes * index, 'hex');
  });
  return inline.length === 0 ? head : Buffer.concat([head, packCandidates(inline).bytes]);
}

/**
 * Reads a packed set.
 * @throws TypeError where the bytes are no such set, or of a format version that this code does not know.
 */
export function unpackItemSet(bytes: Uint8Array): SetPlace[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.byteLength < headBytes ? Infinity : headBytes + idBytes * view.readUInt32LE(1);
  if (bytes[0] !== formatVersion || bytes.byteLength < end)
    throw new TypeError(
      `cannot unpack an item set, as it must be whole and of format version ${formatVersion}: it has version ${bytes[0] ?? 'none'} and ${bytes.byteLength} bytes`,
    );
  const inline = bytes.byteLength === end ? [] : unpackCandidates(bytes.subarray(end));
  let taken = 0;
  return Array.from({ length: view.readUInt32LE(1) }, (_, index) => {
    const digits = view.toString('hex', headBytes + idBytes * index, headBytes + idBytes * (index + 1));
    if (digits !== noVersion) return { version: toId(digits) };
    const candidate = inline[taken];
    taken += 1;
    if (candidate === undefined)
      throw new TypeError(`cannot unpack an item set, as place ${index} must hold a candidate: there is none`);
    return { inline: candidate };
  });
}

/** The error of a version that a stored set names and that is not there. */
export function versionMissing(id: string): HeedError {
  return new HeedError(
    'not-found',
    `cannot read a decision's candidates, as the item version ${id} must be in the store: it is not`,
  );
}

function toId(digits: string): string {
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
