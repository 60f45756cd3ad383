import { statfs } from 'node:fs/promises';
import { HeedError } from '../spec/index.ts';

/** Four segments of PostgreSQL's log: where it finds no room for the next one it ends, and cannot start before there is. */
const leastFreeBytes = 64 * 2 ** 20;

/** Bytes that an ordinary user may still take on the disk of a folder. */
export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Makes the check that refuses writes before the disk is full: PostgreSQL then stays, and what is stored can be read.
 *
 * @param dataFolder of the embedded server; `null`: another machine's disk is its operator's to watch.
 * @returns rejects with a HeedError `storage-full`.
 */
export function createSpaceCheck(dataFolder: string | null): () => Promise<void> {
  if (dataFolder === null) return async () => undefined;
  return async () => {
    const freeBytes = await freeBytesAt(dataFolder);
    if (freeBytes >= leastFreeBytes) return;
    throw new HeedError(
      'storage-full',
      `cannot store anything, as the disk must have ${leastFreeBytes / 2 ** 20} MiB free: it has ${Math.floor(freeBytes / 2 ** 20)}`,
    );
  };
}
