import { dayOf, resolvePageDay } from './import/dates.ts';
import { readPage } from './import/page.ts';
import { paperId } from './paper.ts';
import { readSample } from './sample.ts';
import type { NewPaper, PaperStore } from './store/store.ts';

export interface ImportOptions {
  /** The day that the papers were featured; `null` takes the one that the page names. */
  readonly featuredOn: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Reads the plain text of a page and puts its papers into the store.
 *
 * @throws {PageFormatError} When the text is no such page; then nothing is imported.
 */
export function importText(
  store: PaperStore,
  text: string,
  { featuredOn, now }: ImportOptions,
): { readonly featuredOn: string; readonly added: number; readonly changed: number } {
  const { day, papers } = readPage(text);
  const featured = featuredOn ?? resolvePageDay(day, dayOf(now));
  const rows = papers.map((paper): NewPaper => ({
    id: paperId(paper.title),
    summary: null,
    featuredOn: featured,
    ...paper,
  }));
  return { featuredOn: featured, ...store.putPapers(rows, now) };
}

/** Puts the sample into a store that has no papers; returns how many came in. */
export function seed(store: PaperStore, now: number): number {
  if (store.days().length > 0) return 0;
  const { featuredOn, papers } = readSample();
  return store.putPapers(
    papers.map((paper) => ({ id: paperId(paper.title), abstract: null, featuredOn, ...paper })),
    now,
  ).added;
}
