import type { Paper } from './paper.ts';

/** The orders that a reader can choose from. */
export const orders = ['new', 'trending', 'for-you'] as const;
export type Order = (typeof orders)[number];

/** The formula that `trendingScore` computes, as the page names it. */
export const trendingFormula = '(upvotes + 2 · comments)^0.8 / (hours + 2)^1.5';

const hourMs = 3_600_000;

/** Hours since the start of a day, `YYYY-MM-DD` in UTC; never below 0. */
export function hoursSince(day: string, nowMs: number): number {
  return Math.max(0, (nowMs - Date.parse(`${day}T00:00:00Z`)) / hourMs);
}

/** `(upvotes + 2 · comments)^0.8 / (hours + 2)^1.5`, with hours since the day on which the paper was featured. */
export function trendingScore(
  { upvotes, comments, featuredOn }: Pick<Paper, 'upvotes' | 'comments' | 'featuredOn'>,
  nowMs: number,
): number {
  return (upvotes + 2 * comments) ** 0.8 / (hoursSince(featuredOn, nowMs) + 2) ** 1.5;
}

/** Papers by the day that featured them, then the day of publication, newest first. */
export function newestFirst(papers: readonly Paper[]): Paper[] {
  return papers.toSorted(
    (a, b) => compare(b.featuredOn, a.featuredOn) || compare(b.publishedOn, a.publishedOn) || compare(a.id, b.id),
  );
}

/** Papers by `trendingScore`, largest first; where it says nothing, newest first. */
export function trendingFirst(papers: readonly Paper[], nowMs: number): Paper[] {
  const scored = newestFirst(papers).map((paper) => ({ paper, score: trendingScore(paper, nowMs) }));
  return scored.toSorted((a, b) => b.score - a.score).map(({ paper }) => paper);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
