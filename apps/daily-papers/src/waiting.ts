import type { QueueEntry, QueueStorage } from 'heed/client';
import type { PaperStore } from './store/store.ts';

/** Keeps what waits for Heed in the app's own store, so that it is sent even after a restart. */
export function queueIn({ waiting }: Pick<PaperStore, 'waiting'>): QueueStorage {
  return {
    load: async () => waiting.all().map((entry) => JSON.parse(entry) as QueueEntry),
    add: async (entry) => waiting.add(entry.id, JSON.stringify(entry)),
    remove: async (ids) => waiting.remove(ids),
  };
}
