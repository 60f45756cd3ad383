import type { Ranker } from '../ranker.ts';
import type { PaperStore } from '../store/store.ts';

/** What every route needs. */
export interface Surroundings {
  readonly store: PaperStore;
  readonly ranker: Ranker;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** A fresh random id for a new reader. */
  readonly newId: () => string;
}

/** The title of a paper, or its id where it is not in the store. */
export function titles(store: PaperStore): (paper: string) => string {
  const known = new Map<string, string>();
  return (id) => {
    const title = known.get(id) ?? store.paper(id)?.title ?? id;
    known.set(id, title);
    return title;
  };
}
