import { hoursSince } from './orders.ts';
import type { Paper } from './paper.ts';
import { stopWords } from './stop-words.ts';

/** What the ranking sees of a paper: its words by weight, and its circumstances as numbers of similar size. */
export interface PaperFeatures {
  readonly words: Record<string, number>;
  readonly logAgeDays: number;
  readonly logUpvotes: number;
  readonly logComments: number;
  readonly logAuthors: number;
  readonly organisation: number;
}

/**
 * The words of a text: lower-cased, parted at all but letters and digits, without numbers and stop words, without plural endings.
 * One letter is no word.
 */
export function words(text: string): string[] {
  const parts = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[’']s\b/g, '')
    .split(/[^\p{L}\p{N}]+/u);
  return parts.filter((part) => part.length > 1 && /\p{L}/u.test(part) && !stopWords.has(part)).map(singular);
}

/**
 * Takes a plural ending off: `ies → y`, `sses → ss`, `es → e`, `s → `, with the exceptions of the source.
 * Words of three letters or fewer stay.
 *
 * @source D. Harman, "How effective is suffixing?", JASIS 42(1), 1991, table 1 (the S stemmer); `sses` is ours.
 */
export function singular(word: string): string {
  if (word.length <= 3) return word;
  if (word.endsWith('ies')) return /[ae]ies$/.test(word) ? word : `${word.slice(0, -3)}y`;
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (word.endsWith('es')) return /[aeo]es$/.test(word) ? word : word.slice(0, -1);
  if (word.endsWith('s')) return /[us]s$/.test(word) ? word : word.slice(0, -1);
  return word;
}

/** Weight `1 + ln(count)` of each word of a text. */
export function wordWeights(text: string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].map(([word, count]) => [word, 1 + Math.log(count)]));
}

/**
 * Features of a paper at a time (epoch milliseconds): the words of its title, and of its abstract or else its summary; and
 * `ln(1 + hours / 24)` since publication, `ln(1 + upvotes)`, `ln(1 + comments)`, `ln(1 + authors)`, and 1 for an organisation.
 */
export function paperFeatures(paper: Paper, nowMs: number): PaperFeatures {
  return {
    words: wordWeights(`${paper.title}\n${paper.abstract ?? paper.summary ?? ''}`),
    logAgeDays: Math.log1p(hoursSince(paper.publishedOn, nowMs) / 24),
    logUpvotes: Math.log1p(paper.upvotes),
    logComments: Math.log1p(paper.comments),
    logAuthors: Math.log1p(paper.authors ?? 0),
    organisation: paper.organisation === null ? 0 : 1,
  };
}
