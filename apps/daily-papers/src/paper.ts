import { createHash } from 'node:crypto';

/** A paper as the app keeps it. */
export interface Paper {
  /** Made from the title: the same paper from two pages is one paper. */
  readonly id: string;
  readonly title: string;
  /** One sentence of our own; `null` for imported papers. */
  readonly summary: string | null;
  /** `null` for papers of the sample, which ships none. */
  readonly abstract: string | null;
  /** `null` where the page showed an organisation in its place. */
  readonly authors: number | null;
  readonly organisation: string | null;
  /** Day of publication, `YYYY-MM-DD`. */
  readonly publishedOn: string;
  /** Day whose page showed it, `YYYY-MM-DD`. */
  readonly featuredOn: string;
  readonly comments: number;
  /** Readers who upvote or love it now. */
  readonly upvotes: number;
}

const longestId = 80;

/** The id of a paper with this title: its letters and digits in ASCII, joined by hyphens; with a digest where that says too little or is cut. */
export function paperId(title: string): string {
  const spelled = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll('ß', 'ss');
  const slug = spelled.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  const letters = spelled.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const saysEnough = slug.replaceAll('-', '').length * 2 > letters;
  if (slug !== '' && saysEnough && slug.length <= longestId) return slug;
  const digest = createHash('sha256').update(title.normalize('NFC')).digest('hex').slice(0, 8);
  const start = slug.slice(0, longestId - 9).replace(/-[^-]*$/, '');
  return start === '' ? `paper-${digest}` : `${start}-${digest}`;
}
