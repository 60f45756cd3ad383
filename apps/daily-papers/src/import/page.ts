import { readDateLine, readPageDay } from './dates.ts';
import type { DateLine, PageDay } from './dates.ts';
import { PageFormatError } from './page-format-error.ts';

/** One paper as a page shows it. */
export interface PagePaper {
  readonly title: string;
  /** Paragraphs are separated by an empty line; the page may have cut the last one. */
  readonly abstract: string;
  /** `null` where the page shows an organisation in its place. */
  readonly authors: number | null;
  readonly organisation: string | null;
  /** Day of publication, `YYYY-MM-DD`. */
  readonly publishedOn: string;
  readonly comments: number;
}

/** A page of daily papers. */
export interface Page {
  readonly day: PageDay;
  readonly papers: readonly PagePaper[];
}

/** The three lines that end a paper: who wrote it, a middle dot, the date. */
interface Foot {
  /** Index of its first line. */
  readonly at: number;
  readonly byline: string;
  readonly date: DateLine;
}

/**
 * Reads the plain text of a daily-papers page as a browser saves it.
 *
 * After a head that ends with the line `Daily Papers`, a byline and a day, each paper is: its title; the paragraphs of its abstract;
 * `• 11 authors` or an organisation's badge; `·`; a date with the comment count, where there are any.
 * Nothing inside an abstract ends a paper but those last three lines together.
 *
 * @throws {PageFormatError} With the line, what was expected there and what was found, where the text is no such page.
 */
export function readPage(text: string): Page {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replaceAll('\u00A0', ' ').trim());
  const head = readHead(lines);
  const papers: PagePaper[] = [];
  let from = head.end;
  for (const foot of findFeet(lines, from)) {
    papers.push(readPaper(lines, from, foot));
    from = foot.at + 3;
  }
  const rest = nextText(lines, from);
  if (papers.length === 0)
    throw refusal(lines, rest, 'the title of the first paper, followed by its abstract, "• N authors", "·" and a date');
  if (rest < lines.length)
    throw new PageFormatError(
      lines.length,
      `the foot ("• N authors", "·", a date) of the paper that starts at line ${rest + 1}`,
      'the end of the text',
    );
  return { day: head.day, papers };
}

function readHead(lines: readonly string[]): { readonly day: PageDay; readonly end: number } {
  const title = lines.indexOf('Daily Papers');
  if (title < 0)
    throw refusal(lines, nextText(lines, 0), 'the head of a page, with "Daily Papers" on a line of its own');
  let at = nextText(lines, title + 1);
  if (/^by\s?\S/.test(lines[at] ?? '')) at = nextText(lines, at + 1);
  const day = readPageDay(lines[at] ?? '');
  if (day === null) throw refusal(lines, at, 'the day of the page, as "Jan 6"');
  return { day, end: at + 1 };
}

function findFeet(lines: readonly string[], from: number): Foot[] {
  const feet: Foot[] = [];
  for (let at = from; at + 2 < lines.length; at++) {
    const foot = footAt(lines, at);
    if (foot !== null) feet.push(foot);
  }
  return feet;
}

function footAt(lines: readonly string[], at: number): Foot | null {
  const byline = lines[at] ?? '';
  if (byline === '' || (lines[at - 1] ?? '') !== '' || lines[at + 1] !== '·' || (lines[at + 3] ?? '') !== '')
    return null;
  const date = readDateLine(lines[at + 2] ?? '');
  return date === null ? null : { at, byline, date };
}

function readPaper(lines: readonly string[], from: number, foot: Foot): PagePaper {
  const titleAt = nextText(lines, from);
  if (titleAt >= foot.at) throw refusal(lines, foot.at, 'the title of a paper');
  const abstractAt = nextText(lines, titleAt + 1);
  if (abstractAt >= foot.at) throw refusal(lines, foot.at, `the abstract of the paper at line ${titleAt + 1}`);
  if (abstractAt === titleAt + 1) throw refusal(lines, titleAt + 1, 'the empty line that follows a title');
  return {
    title: lines[titleAt] ?? '',
    abstract: lines
      .slice(abstractAt, foot.at)
      .join('\n')
      .trim()
      .replaceAll(/\n{3,}/g, '\n\n'),
    ...readByline(lines, foot),
    publishedOn: foot.date.day,
    comments: foot.date.comments,
  };
}

function readByline(lines: readonly string[], { at, byline }: Foot): Pick<PagePaper, 'authors' | 'organisation'> {
  const count = /^•\s*(\d{1,6}) authors?$/.exec(byline);
  if (count !== null) return { authors: Number(count[1]), organisation: null };
  if (byline.startsWith('•')) throw refusal(lines, at, '"• N authors" or the badge of an organisation');
  return { authors: null, organisation: organisationName(byline) };
}

/**
 * The name on an organisation's badge. A saved badge reads as its account, then its name (`AcmeAI Acme AI Laboratory`):
 * the first word is dropped where its letters are found, in order, in what follows.
 */
export function organisationName(badge: string): string {
  const [account = '', ...words] = badge.split(/\s+/);
  const name = words.join(' ');
  let matched = 0;
  const letters = account.toLowerCase().match(/[\p{L}\p{N}]/gu) ?? [];
  for (const letter of name.toLowerCase()) if (letter === letters[matched]) matched++;
  return letters.length > 0 && matched === letters.length ? name : badge;
}

function nextText(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && lines[at] === '') at++;
  return at;
}

function refusal(lines: readonly string[], at: number, expected: string): PageFormatError {
  const line = lines[at];
  if (line === undefined) return new PageFormatError(lines.length, expected, 'the end of the text');
  return new PageFormatError(at + 1, expected, JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line));
}
