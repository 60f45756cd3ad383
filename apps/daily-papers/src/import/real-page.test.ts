import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSample } from '../sample.ts';
import { readPage } from './page.ts';
import type { PagePaper } from './page.ts';

const path =
  process.env.HEED_SEED_PAGE ?? fileURLToPath(new URL('../../../../../shared/daily-papers.txt', import.meta.url));
const present = existsSync(path);
if (!present)
  process.stderr.write(
    `skipped: a real page was not found (set HEED_SEED_PAGE to the plain text of one, as saved from a browser): ${path}\n`,
  );

/** Reads the page by the distances between its lines, from its middle dots outwards: true of this page, not of every one. */
function byDistances(text: string): { title: string; abstract: string; byline: string; date: string }[] {
  const lines = text.split('\n');
  const dots = lines.flatMap((line, index) => (line === '·' ? [index] : []));
  return dots.map((dot) => ({
    title: lines[dot - 5] ?? '',
    abstract: lines[dot - 3] ?? '',
    byline: (lines[dot - 1] ?? '').trim(),
    date: lines[dot + 1] ?? '',
  }));
}

/** All but the words of a paper. */
function facts({
  title,
  authors,
  organisation,
  publishedOn,
  comments,
}: Omit<PagePaper, 'abstract'>): Omit<PagePaper, 'abstract'> {
  return { title, authors, organisation, publishedOn, comments };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe.skipIf(!present)('a real page of 39 papers', () => {
  const text = present ? readFileSync(path, 'utf8') : '';

  it('gives every title, author count, organisation, date and comment count that the sample states', () => {
    const papers = readPage(text).papers.map(facts);
    const stated = readSample().papers.map(facts);
    expect(stated).toHaveLength(39);
    expect(papers).toEqual(stated);
  });

  it('gives every abstract whole, as the distances between lines say', () => {
    const { papers } = readPage(text);
    const expected = byDistances(text);
    expect(expected).toHaveLength(39);
    expect(papers.map((paper) => paper.title)).toEqual(expected.map((paper) => paper.title));
    expect(papers.map((paper) => paper.abstract)).toEqual(expected.map((paper) => paper.abstract));
    expect(Math.min(...papers.map((paper) => paper.abstract.length))).toBe(1356);
    expect(papers[6]?.abstract.endsWith('highly stochastic rewards and transition')).toBe(true);
  });

  it('gives the abstracts whose digest was taken outside this program', () => {
    const abstracts = readPage(text).papers.map((paper) => paper.abstract);
    expect(sha256(`${abstracts.join('\n')}\n`)).toBe(
      '73d1d9d42075e095c4abd089b71a13685bec8fc976a598f55361069ecf425ea9',
    );
  });

  it('gives the day of the page', () => {
    expect(readPage(text).day).toEqual({ month: 1, day: 6, year: null });
  });
});
