import { openStore } from './database.ts';

/** Rotates the master key of a store, a key at a time, and says after each how many it has changed. */
const [url = '', ...masterKey] = process.argv.slice(2);
const store = await openStore({ url, masterKey, clock: () => Date.UTC(2026, 0, 6, 9, 30) });
const { changed } = await store.rotateMasterKey({
  step: 1,
  onProgress: (done) => void process.stdout.write(`${done}\n`),
});
process.stdout.write(`ended with ${changed}\n`);
await store.close();
