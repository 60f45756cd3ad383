import { parentPort, workerData } from 'node:worker_threads';
import { openParameterStore, type ParameterStoreHandle } from './parameter-store.ts';

/** A reader in a thread of its own: holds snapshots until the last version, and tells what it saw. */
const { handle, lastVersion } = workerData as { handle: ParameterStoreHandle; lastVersion: number };
const reader = openParameterStore(handle);
parentPort?.postMessage('ready');
const seen = new Set<number>();
let torn = 0;
let backwards = 0;
let last = 0;
while (last < lastVersion) {
  const snapshot = reader.acquire();
  if (snapshot === null) continue;
  // Every element of a version is its number.
  const isWhole = Object.values(snapshot.tensors).every(({ data }) =>
    (data as Float32Array).every((value) => value === snapshot.version),
  );
  if (!isWhole) torn += 1;
  if (snapshot.version < last) backwards += 1;
  last = snapshot.version;
  seen.add(last);
  snapshot.release();
}
parentPort?.postMessage({ torn, backwards, seen: seen.size, last });
