import { expect, it } from 'vitest';
import { hoursSince, newestFirst, trendingFirst, trendingScore } from './orders.ts';
import type { Paper } from './paper.ts';

const now = Date.UTC(2026, 0, 6, 14);

function paper(id: string, more: Partial<Paper>): Paper {
  return {
    id,
    title: id,
    summary: null,
    abstract: null,
    authors: 1,
    organisation: null,
    publishedOn: '2026-01-01',
    featuredOn: '2026-01-06',
    comments: 0,
    upvotes: 0,
    ...more,
  };
}

it('computes the trending score', () => {
  // (8 + 2 · 12)^0.8 = 32^0.8 = 16 and (14 + 2)^1.5 = 64.
  expect(trendingScore({ upvotes: 8, comments: 12, featuredOn: '2026-01-06' }, now)).toBeCloseTo(0.25, 12);
  expect(trendingScore({ upvotes: 0, comments: 0, featuredOn: '2026-01-06' }, now)).toBe(0);
  expect(hoursSince('2026-01-07', now)).toBe(0);
});

it('orders by trend, and where nothing was said newest first', () => {
  const papers = [
    paper('quiet-old', { publishedOn: '2025-12-31' }),
    paper('quiet', {}),
    paper('talked', { comments: 1 }),
    paper('voted', { upvotes: 3 }),
    paper('stale', { comments: 1, featuredOn: '2026-01-01' }),
  ];
  expect(trendingFirst(papers, now).map(({ id }) => id)).toEqual(['voted', 'talked', 'stale', 'quiet', 'quiet-old']);
});

it('orders by featured day, then by day of publication, then by id', () => {
  const papers = [
    paper('b', {}),
    paper('a', {}),
    paper('later', { publishedOn: '2026-01-02' }),
    paper('next-day', { featuredOn: '2026-01-07', publishedOn: '2020-01-01' }),
  ];
  expect(newestFirst(papers).map(({ id }) => id)).toEqual(['next-day', 'later', 'a', 'b']);
});
